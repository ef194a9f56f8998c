/// One member's view of consensus: a value that turns inputs into effects.
public struct Raft: Sendable {
    public let member: Member
    public let settings: Settings
    public private(set) var term: Term
    var vote: Member?
    var log: RaftLog
    var currentConfiguration: Configuration
    var since: Index?
    var effects: [Effect] = []

    public init(
        member: Member, configuration: Configuration, hardState: HardState = HardState(), applied: LogPosition,
        entries: [Entry], settings: Settings = Settings(), seed: UInt64
    ) {
        self.member = member
        self.settings = settings
        currentConfiguration = configuration
        term = max(hardState.term, entries.last?.term ?? applied.term)
        vote = hardState.vote
        log = RaftLog(applied: applied, entries: entries, committed: hardState.committed)
    }

    public var role: Role { since == nil ? .follower : .leader }
    public var isLeader: Bool { role == .leader }
    public var leader: Member? { isLeader ? member : nil }
    /// The configuration that counts: the last in the log (§4.1).
    public var configuration: Configuration { currentConfiguration }
    public var last: LogPosition { log.last }
    public var lastIndex: Index { log.last.index }
    public var committed: Index { log.committed }
    /// The last entry that `.apply` has told.
    public var applied: Index { log.applied.index }
    public var hardState: HardState { HardState(term: term, vote: vote, committed: log.committed) }
    var writes: UInt64 = 0

    public mutating func step(_ input: Input) -> [Effect] {
        switch input {
        case .started: return start()
        case .propose(let proposals): return propose(proposals)
        case .persisted:
            log.persisted(upTo: log.last.index)
            guard let since, log.persisted >= since, log.persisted > log.committed else { return [] }
            log.commit(upTo: log.persisted)
            return [.apply(log.takeCommitted())]
        default: return []
        }
    }

    private mutating func start() -> [Effect] {
        guard since == nil, configuration.voters == [member] else { return [] }
        term += 1
        vote = member
        let first = Entry(index: log.last.index + 1, term: term, kind: .empty)
        since = first.index
        log.append([first])
        writes += 1
        return [.remember(hardState), .write([first], number: writes), .became(.leader, term: term, leader: member)]
    }

    private mutating func propose(_ proposals: [Proposal]) -> [Effect] {
        guard isLeader else { return [.refuse(Array(proposals.indices), .notLeader(leader))] }
        var refused: [Int] = []
        var entries: [Entry] = []
        for (place, proposal) in proposals.enumerated() {
            if let wanted = proposal.term, wanted != term {
                refused.append(place)
                continue
            }
            entries.append(
                Entry(
                    index: log.last.index + 1 + UInt64(entries.count), term: term, kind: .command,
                    command: proposal.command))
        }
        log.append(entries)
        var effects: [Effect] = []
        if !refused.isEmpty { effects.append(.refuse(refused, .termPassed(current: term))) }
        writes += 1
        if !entries.isEmpty { effects.append(.write(entries, number: writes)) }
        return effects
    }
}
