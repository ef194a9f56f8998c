/// What a leader knows of one peer, and how it sends to it.
struct Progress: Sendable {
    enum Phase: Sendable {
        /// It is not known where the logs part: one message, then an answer or a heartbeat's answer (§3.5).
        case probe(next: Index, isWaiting: Bool)
        /// The logs agree: messages follow each other without waiting (§10.2.1).
        case pipeline(next: Index, inFlight: InFlight)
        /// The shell carries a snapshot (§5).
        case snapshot
    }

    /// What shall be sent.
    enum Shipment {
        case append(previous: LogPosition, entries: [Entry])
        case snapshot
    }

    let member: Member
    /// The peer has the leader's log up to here on its disk.
    private(set) var matched: Index = 0
    private(set) var phase: Phase
    /// It has answered since the leader last looked for a majority (§6.2).
    var isActive = false
    /// It was heard in the election timeout before this one.
    private(set) var wasActive = false
    /// The commit index that the peer has been told and can use.
    var toldCommitted: Index = 0
    /// The last round of reads that it has answered (§6.4).
    var answeredRound: UInt64 = 0
    /// The entry that takes the peer out of the configuration; it shall hear that this is committed.
    var leaving: Index?

    /// The leader has looked for a majority; from now on it listens anew.
    mutating func listenAnew() {
        wasActive = isActive
        isActive = false
    }

    init(_ member: Member, next: Index) {
        self.member = member
        phase = .probe(next: next, isWaiting: false)
    }

    var isInSnapshot: Bool { if case .snapshot = phase { true } else { false } }
    var isInPipeline: Bool { if case .pipeline = phase { true } else { false } }

    // MARK: Sending

    /// The next message, if one may be sent now. Without entries there is one only if `evenIfEmpty`.
    mutating func next(of log: RaftLog, _ settings: Raft.Settings, evenIfEmpty: Bool) -> Shipment? {
        let next: Index
        switch phase {
        case .probe(let index, isWaiting: false): next = index
        case .pipeline(let index, let inFlight):
            guard !inFlight.isFull(settings) else { return nil }
            next = index
        case .probe, .snapshot: return nil
        }
        guard evenIfEmpty || next <= log.last.index else { return nil }
        guard let term = log.term(at: next - 1) else {
            // Who does not answer would not take a snapshot either.
            guard isActive else { return nil }
            phase = .snapshot
            return .snapshot
        }
        let entries = log.entries(from: next, upTo: log.last.index, bytes: settings.entriesPerMessageBytes)
        sent(entries)
        return .append(previous: LogPosition(index: next - 1, term: term), entries: entries)
    }

    private mutating func sent(_ entries: [Entry]) {
        switch phase {
        case .probe(let next, _): phase = .probe(next: next, isWaiting: true)
        case .pipeline(var next, var inFlight):
            guard let last = entries.last else { return }
            phase = .snapshot  // so that the list is not shared while it grows
            next = last.index + 1
            inFlight.add(last.index, bytes: entries.reduce(0) { $0 + $1.bytes })
            phase = .pipeline(next: next, inFlight: inFlight)
        case .snapshot: break
        }
    }

    // MARK: Answers

    /// The peer has everything up to the index. Returns whether that is news.
    mutating func acknowledged(_ index: Index, base: Index) -> Bool {
        let isNews = index > matched
        matched = max(matched, index)
        switch phase {
        case .probe where index >= matched: phase = .pipeline(next: matched + 1, inFlight: InFlight())
        case .snapshot where matched >= base: phase = .pipeline(next: matched + 1, inFlight: InFlight())
        case .pipeline(let next, var inFlight):
            phase = .snapshot
            inFlight.free(upTo: matched)
            phase = .pipeline(next: max(next, matched + 1), inFlight: inFlight)
        case .probe, .snapshot: break
        }
        return isNews
    }

    /// The peer lacks the entry at `previous`; `agreed` is the last at which the logs may agree. Returns whether this
    /// answers the newest question.
    mutating func rejected(_ previous: Index, agreed: Index) -> Bool {
        switch phase {
        case .probe(let next, _):
            guard previous == next - 1, previous > matched else { return false }
            phase = .probe(next: max(min(previous, agreed + 1), matched + 1), isWaiting: false)
        case .pipeline:
            guard previous > matched else { return false }
            phase = .probe(next: matched + 1, isWaiting: false)
        case .snapshot: return false
        }
        return true
    }

    /// The peer is there: what was lost is sent again sooner or later, beginning now.
    mutating func heartbeatAnswered(_ settings: Raft.Settings) {
        switch phase {
        case .probe(let next, _): phase = .probe(next: next, isWaiting: false)
        case .pipeline(let next, var inFlight) where inFlight.isFull(settings):
            phase = .snapshot
            inFlight.freeFirst()
            phase = .pipeline(next: next, inFlight: inFlight)
        case .pipeline, .snapshot: break
        }
    }

    /// Messages on the way are lost.
    mutating func becameUnreachable() {
        if case .pipeline = phase { phase = .probe(next: matched + 1, isWaiting: false) }
    }

    /// A snapshot that reaches up to the index is at the peer, or not; its own answer, or a heartbeat's, goes on.
    mutating func snapshotSent(upTo index: Index?) {
        guard case .snapshot = phase else { return }
        phase = .probe(next: max(matched, index ?? 0) + 1, isWaiting: true)
    }
}

/// Messages that are on the way to a peer: for each its last index and its bytes, oldest first.
struct InFlight: Sendable {
    private var messages: [(last: Index, bytes: Int)] = []
    private var bytes = 0

    func isFull(_ settings: Raft.Settings) -> Bool {
        messages.count >= settings.inFlightMessages || bytes >= settings.inFlightBytes
    }

    mutating func add(_ last: Index, bytes: Int) {
        messages.append((last, bytes))
        self.bytes += bytes
    }

    mutating func free(upTo index: Index) {
        let done = messages.prefix { $0.last <= index }
        bytes -= done.reduce(0) { $0 + $1.bytes }
        messages.removeFirst(done.count)
    }

    mutating func freeFirst() {
        if let first = messages.first { free(upTo: first.last) }
    }
}

/// What a leader tells of a peer.
public struct PeerStatus: Sendable, Equatable {
    public enum Phase: Sendable, Equatable { case probe, pipeline, snapshot }
    public var member: Member
    /// The peer has the log up to here on its disk.
    public var matched: Index
    public var phase: Phase
    /// It has answered since the leader last looked for a majority.
    public var isActive: Bool
    /// Whether it was heard in this election timeout or the one before: at the beginning of one nobody is active yet.
    public var isThere: Bool

    init(_ progress: Progress) {
        member = progress.member
        matched = progress.matched
        isActive = progress.isActive
        isThere = progress.isActive || progress.wasActive
        phase =
            switch progress.phase {
            case .probe: .probe
            case .pipeline: .pipeline
            case .snapshot: .snapshot
            }
    }
}
