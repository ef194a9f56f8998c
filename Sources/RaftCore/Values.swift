/// A leader's time in office; it only grows (thesis §3.3).
public typealias Term = UInt64
/// A place in the log; the first entry has index 1.
public typealias Index = UInt64

/// One server of the store's cluster.
public struct Member: Hashable, Sendable, Comparable {
    public var id: UInt64
    public init(_ id: UInt64) { self.id = id }
    public static func < (left: Member, right: Member) -> Bool { left.id < right.id }
}

/// One entry of the log.
public struct Entry: Sendable, Equatable {
    public enum Kind: UInt8, Sendable {
        /// What a leader appends first, because entries of earlier terms are committed only with one of its own
        /// (thesis §3.6.2).
        case empty = 0
        case command = 1
        /// The command is an encoded `Configuration`, which counts from when it is in the log (thesis §4.1).
        case configuration = 2
    }
    public var index: Index
    public var term: Term
    public var kind: Kind
    public var command: [UInt8]
    public init(index: Index, term: Term, kind: Kind, command: [UInt8] = []) {
        self.index = index
        self.term = term
        self.kind = kind
        self.command = command
    }

    public var position: LogPosition { LogPosition(index: index, term: term) }

    /// The configuration that this entry brings, if it brings one.
    public var configuration: Configuration? {
        kind == .configuration ? try? Configuration(decoding: command) : nil
    }

    /// What one entry takes in memory and in messages besides its command, for limits in bytes.
    static let overheadBytes = 48
    var bytes: Int { command.count + Self.overheadBytes }
}

/// A command that somebody wants in the log.
public struct Proposal: Sendable, Equatable {
    public var command: [UInt8]
    /// If given, the command is refused unless the leader's term is this one.
    public var term: Term?
    public init(_ command: [UInt8], inTerm term: Term? = nil) {
        self.command = command
        self.term = term
    }
}

/// What a member must never forget (thesis §3.8), written before what depends on it leaves the member.
public struct HardState: Sendable, Equatable {
    public var term: Term
    public var vote: Member?
    /// Entries up to this are known to be committed. It may be behind; it saves work at the next start.
    public var committed: Index
    public init(term: Term = 0, vote: Member? = nil, committed: Index = 0) {
        self.term = term
        self.vote = vote
        self.committed = committed
    }
}

/// The last entry that a snapshot, or anything else that covers the log's beginning, includes.
public struct LogPosition: Sendable, Equatable {
    public var index: Index
    public var term: Term
    public init(index: Index = 0, term: Term = 0) {
        self.index = index
        self.term = term
    }
}

/// Names a linearizable read, or as many as the shell wants answered together. The shell chooses it, each once in a
/// member's run.
public struct ReadID: Hashable, Sendable {
    public var id: UInt64
    public init(_ id: UInt64) { self.id = id }
}
