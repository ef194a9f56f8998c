import Basics

/// A record's form on disk: length of the payload, CRC-32C of the payload, payload; numbers little-endian.
enum SpoolRecord {
    static let headerBytes = 8
    /// An event with request and response bodies of the largest size fits.
    static let payloadLimit = 8 << 20

    static func encode(_ payload: [UInt8]) -> [UInt8] {
        var record: [UInt8] = []
        record.reserveCapacity(headerBytes + payload.count)
        for number in [UInt32(payload.count), CRC32C.of(payload)] {
            for shift in [0, 8, 16, 24] { record.append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
        }
        record += payload
        return record
    }

    enum Reading: Equatable {
        /// A whole record, and where the next one begins.
        case record([UInt8], next: Int)
        case end
        /// The file ends within a record: its writer was cut off before anybody was told that it was kept.
        case torn
        /// What follows is damaged.
        case broken
    }

    static func read(_ bytes: [UInt8], at offset: Int) -> Reading {
        let left = bytes.count - offset
        if left == 0 { return .end }
        guard left >= headerBytes else { return .torn }
        func number(_ start: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
        }
        let length = Int(number(offset))
        // No record is empty; zeros are what a file system leaves after a power failure.
        guard length > 0, length <= payloadLimit else { return .broken }
        guard length <= left - headerBytes else { return .torn }
        let start = offset + headerBytes
        let payload = bytes.withUnsafeBytes { Array(UnsafeRawBufferPointer(rebasing: $0[start..<start + length])) }
        guard CRC32C.of(payload) == number(offset + 4) else { return .broken }
        return .record(payload, next: start + length)
    }
}
