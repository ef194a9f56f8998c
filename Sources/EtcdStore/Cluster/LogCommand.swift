import KeyValueCore
import RaftCore

/// What a command entry of the log says: something for the keys, or something for the directory of members; and,
/// if another member than the leader proposed it, who, so that it knows its own when it comes back as an entry.
struct LogCommand: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case keyValue(Command)
        case member(ClusterMember)
    }
    /// A proposal's number, counted by the member that waits for it.
    struct Origin: Sendable, Hashable {
        var member: UInt64
        var number: UInt64
    }
    var origin: Origin?
    var content: Content

    /// First bytes that no `Command` has.
    private static let originMark: UInt8 = 0x80
    private static let memberMark: UInt8 = 0x81
    /// What an origin adds in front of the bytes.
    static let originSize = 1 + 8 + 8

    /// The bytes of a command with its proposer before it.
    static func bytes(_ command: [UInt8], from origin: Origin) -> [UInt8] {
        var writer = ByteWriter(capacity: originSize + command.count)
        writer.write(originMark)
        writer.write(origin.member)
        writer.write(origin.number)
        writer.bytes += command
        return writer.bytes
    }

    /// The bytes of a command without origin.
    static func bytes(_ content: Content) -> [UInt8] {
        switch content {
        case .keyValue(let command):
            return command.encoded
        case .member(let member):
            var writer = ByteWriter()
            writer.write(memberMark)
            member.encode(into: &writer)
            return writer.bytes
        }
    }

    /// Throws for bytes that say nothing.
    init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        guard bytes.first == Self.originMark else {
            content = try Self.content(bytes)
            return
        }
        guard bytes.count > Self.originSize else { throw .malformed }
        let words = bytes.withUnsafeBytes { bytes in
            (0..<2).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 1 + $0 * 8, as: UInt64.self)) }
        }
        origin = Origin(member: words[0], number: words[1])
        content = try Self.content(Array(bytes[Self.originSize...]))
    }

    private static func content(_ bytes: [UInt8]) throws(ByteReaderError) -> Content {
        guard bytes.first == memberMark else { return .keyValue(try Command(decoding: bytes)) }
        let member: Result<ClusterMember, ByteReaderError> = bytes.withUnsafeBytes { buffer in
            do throws(ByteReaderError) {
                var reader = ByteReader(UnsafeRawBufferPointer(rebasing: buffer[1...]))
                let member = try ClusterMember(from: &reader)
                return reader.remaining == 0 ? .success(member) : .failure(reader.failure)
            } catch {
                return .failure(error)
            }
        }
        return .member(try member.get())
    }
}

extension ByteReaderError {
    /// Bytes that say nothing, wherever that showed.
    static let malformed = ByteReader(UnsafeRawBufferPointer(start: nil, count: 0)).failure
}
