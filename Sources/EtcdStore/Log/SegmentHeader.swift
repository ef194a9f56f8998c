import Basics
import KeyValueCore
import RaftCore

/// The first 64 bytes of a log segment. The file gets its name only when they are on disk.
struct SegmentHeader: Equatable {
    static let size = 64
    private static let magic = Array("SKIFLOG1".utf8)

    var salt: UInt64
    var identity: StoreIdentity
    /// Counts segments without gaps.
    var sequence: UInt64
    /// The number of the segment's first record.
    var firstNumber: UInt64
    /// The index that the next entry had when the segment was begun.
    var firstIndex: Index
    /// The size that the file was made with; a shorter file has lost something.
    var capacity: Int

    var name: String { Self.name(sequence) }

    static func name(_ sequence: UInt64) -> String { FileName.make(sequence, "log") }

    var encoded: [UInt8] {
        var writer = ByteWriter(capacity: Self.size)
        writer.bytes += Self.magic
        for number in [salt, identity.cluster, identity.member, sequence, firstNumber, firstIndex] {
            writer.write(number)
        }
        writer.write(UInt32(truncatingIfNeeded: capacity))
        writer.write(CRC32C.of(writer.bytes))
        return writer.bytes
    }

    /// Nil if the bytes are no valid header.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.size, Array(bytes[..<8]) == Self.magic else { return nil }
        let words = bytes.withUnsafeBytes { bytes in
            (0..<8).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        guard UInt32(truncatingIfNeeded: words[7] >> 32) == CRC32C.of(bytes[..<60]) else { return nil }
        salt = words[1]
        identity = StoreIdentity(cluster: words[2], member: words[3])
        sequence = words[4]
        firstNumber = words[5]
        firstIndex = words[6]
        capacity = Int(UInt32(truncatingIfNeeded: words[7]))
    }

    init(
        salt: UInt64, identity: StoreIdentity, sequence: UInt64, firstNumber: UInt64, firstIndex: Index, capacity: Int
    ) {
        self.capacity = capacity
        self.salt = salt
        self.identity = identity
        self.sequence = sequence
        self.firstNumber = firstNumber
        self.firstIndex = firstIndex
    }
}

/// Names of numbered files: sixteen hexadecimal digits and an ending, so that they sort by number.
enum FileName {
    static let unfinished = "tmp"

    static func make(_ number: UInt64, _ ending: String) -> String {
        number.digits(16, radix: 16) + "." + ending
    }

    /// The number of a name with this ending; nil for any other name.
    static func number(_ name: String, _ ending: String) -> UInt64? {
        guard name.hasSuffix("." + ending), name.utf8.count == 17 + ending.utf8.count else { return nil }
        return UInt64(name.prefix(16), radix: 16)
    }
}
