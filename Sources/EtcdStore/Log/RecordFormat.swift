import Basics
import KeyValueCore

/// A record's form in a file: a header of 16 bytes (kind, length of the payload, checksum of the payload, checksum
/// of the header), the payload, an end mark, and zeros up to a multiple of 16.
///
/// The header's checksum covers the file's salt and the record's offset too, so nothing that a caller stores as a value can
/// look like a record, and no record is taken for one elsewhere.
struct RecordFormat {
    enum Kind: UInt8 {
        case batch = 1
        case snapshotStart = 2
        case slots = 3
        case snapshotEnd = 4
        case restart = 5
    }

    static let headerSize = 16
    static let alignment = 16
    /// Not zero anywhere, so that a write that stopped short is seen.
    static let endMark: [UInt8] = [0xE7, 0x9D, 0x5B, 0xC3]

    let salt: UInt64

    /// Bytes on disk of a record with so long a payload.
    static func size(payload: Int) -> Int {
        (headerSize + payload + endMark.count + alignment - 1) / alignment * alignment
    }

    /// Puts header, end mark and padding around the payload that `body` writes.
    func encode(_ kind: Kind, at offset: Int, _ writer: inout ByteWriter, _ body: (inout ByteWriter) -> Void) {
        writer.bytes.removeAll(keepingCapacity: true)
        writer.bytes.append(contentsOf: repeatElement(0, count: Self.headerSize))
        body(&writer)
        let length = writer.bytes.count - Self.headerSize
        let payloadChecksum = writer.bytes.withUnsafeBytes { bytes in
            CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[Self.headerSize...]))
        }
        let header = header(length: length, kind: kind.rawValue, payloadChecksum: payloadChecksum, at: offset)
        writer.bytes.replaceSubrange(0..<Self.headerSize, with: header)
        writer.bytes.append(contentsOf: Self.endMark)
        let size = Self.size(payload: length)
        writer.bytes.append(contentsOf: repeatElement(0, count: size - writer.bytes.count))
    }

    private func header(length: Int, kind: UInt8, payloadChecksum: UInt32, at offset: Int) -> [UInt8] {
        var writer = ByteWriter(capacity: Self.headerSize)
        writer.write(UInt32(kind))
        writer.write(UInt32(length))
        writer.write(payloadChecksum)
        writer.write(headerChecksum(writer.bytes, at: offset))
        return writer.bytes
    }

    private func headerChecksum(_ first: [UInt8], at offset: Int) -> UInt32 {
        var covered = ByteWriter(capacity: 32)
        covered.write(salt)
        covered.write(UInt64(offset))
        covered.bytes += first
        return CRC32C.of(covered.bytes)
    }

    /// What stands at a place of a file.
    enum Finding: Equatable {
        case record(Kind, payload: Range<Int>, next: Int)
        /// Zeros, where no record was written yet (or nothing of it arrived).
        case nothing
        /// A record of which a part never arrived: a write that was cut short or arrived in pieces.
        case torn
        /// A record that was written whole and is not what it was.
        case damaged(String)
    }

    /// Looks at a place in bytes that begin at `base` of the file; all places given and returned count from there.
    func find(at place: Int, in bytes: UnsafeRawBufferPointer, base: Int = 0) -> Finding {
        guard place + Self.headerSize <= bytes.count else {
            return Self.isZero(bytes, min(place, bytes.count)..<bytes.count) ? .nothing : .torn
        }
        if Self.isZero(bytes, place..<place + Self.headerSize) { return .nothing }
        guard let (length, kind, checksum) = header(at: place, in: bytes, base: base) else {
            // A header's first byte is never zero, so one that begins or ends with zero may have arrived in part, or
            // may have been cut away in part.
            let isCutShort = bytes[place] == 0 || bytes[place + Self.headerSize - 1] == 0
            return isCutShort ? .torn : .damaged("the checksum of a record's header is wrong")
        }
        let payload = place + Self.headerSize..<place + Self.headerSize + length
        let end = payload.upperBound + Self.endMark.count
        guard end <= bytes.count else { return .torn }
        let isWhole = bytes[payload.upperBound..<end].elementsEqual(Self.endMark)
        guard isWhole, CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes[payload])) == checksum else {
            let isTorn = Self.hasHole(bytes, place..<end, base: base)
            return isTorn ? .torn : .damaged("a record's checksum is wrong")
        }
        guard let kind = Kind(rawValue: kind) else { return .damaged("a record's kind is not known") }
        return .record(kind, payload: payload, next: place + Self.size(payload: length))
    }

    /// The size of the record whose header is at `place`; nil if the header is not right.
    func recordSize(at place: Int, in bytes: UnsafeRawBufferPointer, base: Int) -> Int? {
        guard place + Self.headerSize <= bytes.count else { return nil }
        return header(at: place, in: bytes, base: base).map { Self.size(payload: $0.length) }
    }

    private func header(
        at place: Int, in bytes: UnsafeRawBufferPointer, base: Int
    ) -> (length: Int, kind: UInt8, payloadChecksum: UInt32)? {
        let words = (0..<4).map { word in
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place + word * 4, as: UInt32.self))
        }
        guard headerChecksum(Array(bytes[place..<place + 12]), at: base + place) == words[3], words[0] <= 0xFF else {
            return nil
        }
        return (Int(words[1]), UInt8(words[0]), words[2])
    }

    /// Whether a valid record begins anywhere from `place` on.
    func hasRecord(from place: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
        for place in stride(from: place, to: bytes.count - Self.headerSize, by: Self.alignment) {
            if case .record = find(at: place, in: bytes) { return true }
        }
        return false
    }

    static func isZero(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        var place = range.lowerBound
        while place + 8 <= range.upperBound {
            if bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) != 0 { return false }
            place += 8
        }
        while place < range.upperBound {
            if bytes[place] != 0 { return false }
            place += 1
        }
        return true
    }

    /// Whether a part of the record is still as it was before the write: a sector of zeros, or zeros at the end.
    private static func hasHole(_ bytes: UnsafeRawBufferPointer, _ record: Range<Int>, base: Int) -> Bool {
        if bytes[record.upperBound - 1] == 0 { return true }
        let sector = 512
        var start = record.lowerBound
        while start < record.upperBound {
            let end = min(((base + start) / sector + 1) * sector - base, record.upperBound)
            if isZero(bytes, start..<end) { return true }
            start = end
        }
        return false
    }
}
