import Basics

/// Why bytes are no message or no configuration: the sender's fault.
public enum CodingFailure: Error, Sendable, Equatable {
    /// The bytes end too early.
    case truncated
    /// Bytes follow the end.
    case trailing
    case unknownKind(UInt8)
    /// More bytes, entries or members than the limit.
    case tooLong
    case malformed
}

extension Message {
    /// The longest message that is read, in bytes: more than `Raft.Settings` lets a leader send, unless it holds one
    /// long command.
    public static let byteLimit = 64 << 20
    /// The most entries in a message that is read.
    public static let entryLimit = 1 << 20
    /// The greatest term and index that are read.
    public static let ordinalLimit: UInt64 = 1 << 62

    private static let entryHeader = 8 + 1 + 4

    /// Kind (1 byte), sender (8), term (8), and the kind's own fields; integers have their lowest byte first.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }

    /// How long `encoded` is, in bytes.
    public var encodedSize: Int {
        let own =
            switch body {
            case .requestPreVote: 24
            case .preVote: 9
            case .requestVote: 17
            case .vote: 1
            case .append(_, let entries, _):
                entries.reduce(28) { $0 + Self.entryHeader + $1.command.count }
            case .appended, .heartbeatAnswer, .commit, .requestRead: 8
            case .rejected: 24
            case .heartbeat, .readable: 16
            case .snapshot(_, let configuration): 16 + configuration.encodedSize
            case .timeoutNow: 0
            }
        return 17 + own
    }

    /// Appends `encodedSize` bytes.
    public func encode(into bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + encodedSize)
        bytes.append(body.kind.rawValue)
        bytes.appendInteger(from.id)
        bytes.appendInteger(term)
        switch body {
        case .requestPreVote(let last, let wanted):
            bytes.appendPosition(last)
            bytes.appendInteger(wanted)
        case .preVote(let granted, let wanted):
            bytes.append(granted ? 1 : 0)
            bytes.appendInteger(wanted)
        case .requestVote(let last, let isTransfer):
            bytes.appendPosition(last)
            bytes.append(isTransfer ? 1 : 0)
        case .vote(let granted): bytes.append(granted ? 1 : 0)
        case .append(let previous, let entries, let committed):
            bytes.appendPosition(previous)
            bytes.appendInteger(committed)
            Self.encode(entries, into: &bytes)
        case .appended(let index), .commit(let index): bytes.appendInteger(index)
        case .rejected(let previous, let hint):
            bytes.appendInteger(previous)
            bytes.appendPosition(hint)
        case .heartbeat(let committed, let round):
            bytes.appendInteger(committed)
            bytes.appendInteger(round)
        case .heartbeatAnswer(let number), .requestRead(let number): bytes.appendInteger(number)
        case .readable(let number, let index):
            bytes.appendInteger(number)
            bytes.appendInteger(index)
        case .snapshot(let position, let configuration):
            bytes.appendPosition(position)
            configuration.encode(into: &bytes)
        case .timeoutNow: break
        }
    }

    private static func encode(_ entries: [Entry], into bytes: inout [UInt8]) {
        bytes.appendInteger(UInt32(truncatingIfNeeded: entries.count))
        for entry in entries {
            bytes.appendInteger(entry.term)
            bytes.append(entry.kind.rawValue)
            bytes.appendInteger(UInt32(truncatingIfNeeded: entry.command.count))
            bytes.append(contentsOf: entry.command)
        }
    }

    public init(decoding bytes: [UInt8]) throws(CodingFailure) { try self.init(decoding: bytes[...]) }

    /// Reads a whole message; entries of kind configuration hold one that can be read.
    public init(decoding bytes: ArraySlice<UInt8>) throws(CodingFailure) {
        guard bytes.count <= Self.byteLimit else { throw .tooLong }
        self = try MessageReader.read(bytes) { reader throws(CodingFailure) in
            let code = try reader.integer(UInt8.self)
            guard let kind = Body.Kind(rawValue: code) else { throw .unknownKind(code) }
            let from = Member(try reader.integer(UInt64.self))
            let term = try reader.ordinal()
            return Message(from: from, term: term, body: try Body(kind, from: &reader))
        }
    }
}

extension Message.Body {
    /// A body's first byte on the wire.
    enum Kind: UInt8 {
        case requestPreVote = 1
        case preVote, requestVote, vote, append, appended, rejected, heartbeat, heartbeatAnswer, commit, snapshot,
            requestRead, readable, timeoutNow
    }

    var kind: Kind {
        switch self {
        case .requestPreVote: .requestPreVote
        case .preVote: .preVote
        case .requestVote: .requestVote
        case .vote: .vote
        case .append: .append
        case .appended: .appended
        case .rejected: .rejected
        case .heartbeat: .heartbeat
        case .heartbeatAnswer: .heartbeatAnswer
        case .commit: .commit
        case .snapshot: .snapshot
        case .requestRead: .requestRead
        case .readable: .readable
        case .timeoutNow: .timeoutNow
        }
    }

    init(_ kind: Kind, from reader: inout MessageReader) throws(CodingFailure) {
        switch kind {
        case .requestPreVote:
            self = .requestPreVote(last: try reader.position(), of: try reader.ordinal())
        case .preVote: self = .preVote(granted: try reader.flag(), of: try reader.ordinal())
        case .requestVote: self = .requestVote(last: try reader.position(), isTransfer: try reader.flag())
        case .vote: self = .vote(granted: try reader.flag())
        case .append:
            let previous = try reader.position()
            let committed = try reader.integer(UInt64.self)
            self = .append(
                previous: previous, entries: try reader.entries(after: previous.index), committed: committed)
        case .appended: self = .appended(upTo: try reader.integer(UInt64.self))
        case .rejected: self = .rejected(previous: try reader.integer(UInt64.self), hint: try reader.position())
        case .heartbeat:
            self = .heartbeat(committed: try reader.integer(UInt64.self), round: try reader.integer(UInt64.self))
        case .heartbeatAnswer: self = .heartbeatAnswer(round: try reader.integer(UInt64.self))
        case .commit: self = .commit(try reader.integer(UInt64.self))
        case .snapshot: self = .snapshot(try reader.position(), try Configuration(from: &reader))
        case .requestRead: self = .requestRead(number: try reader.integer(UInt64.self))
        case .readable:
            self = .readable(number: try reader.integer(UInt64.self), at: try reader.integer(UInt64.self))
        case .timeoutNow: self = .timeoutNow
        }
    }
}
