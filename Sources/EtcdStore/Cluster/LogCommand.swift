import Basics
import KeyValueCore
import RaftCore

/// What a command entry of the log says: something for the keys, the directory of members, or the alarms; and, if another member than the leader proposed it, who, so that it knows its own when it comes back as an entry.
struct LogCommand: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case keyValue(Command)
        case member(ClusterMember)
        case alarm(AlarmChange)

        /// Whether it makes the store larger for good, so that a full store refuses it.
        var isKeyValue: Bool { if case .keyValue = self { true } else { false } }
        var takesSpace: Bool { if case .keyValue(let command) = self { command.takesSpace } else { false } }
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
    private static let alarmMark: UInt8 = 0x82
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
        case .alarm(let change):
            var writer = ByteWriter()
            writer.write(alarmMark)
            change.encode(into: &writer)
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
        guard let mark = bytes.first, mark == memberMark || mark == alarmMark else {
            return .keyValue(try Command(decoding: bytes))
        }
        return try ByteReader.read(bytes[1...]) { reader throws(ByteReaderError) in
            mark == memberMark
                ? .member(try ClusterMember(from: &reader)) : .alarm(try AlarmChange(from: &reader))
        }
    }
}

extension ByteReaderError {
    /// Bytes that say nothing, wherever that showed.
    static let malformed = ByteReaderError(offset: 0)
}
