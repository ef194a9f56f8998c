/// One member's view of consensus: a value that turns inputs into effects.
public struct Raft: Sendable {
    public enum Input: Sendable, Equatable {
        /// The member begins to take part; the first input.
        case started
        /// Commands to append. Those refused are told by `.refuse`, the others take the next indexes in order.
        case propose([Proposal])
        case receive(Message)
        /// Everything written up to this index is on disk, and so is what was to be remembered before it.
        case persisted(Index)
    }

    /// What the shell does next, in this order. The order is the durability argument: what a message promises is on
    /// disk when it leaves, and what is applied is committed.
    public enum Effect: Sendable, Equatable {
        /// Put this on disk before any later effect leaves the member; a `.write` that follows may go with it.
        case remember(HardState)
        /// Append to the log on disk, replacing what is there from the first index on; then say `.persisted`.
        case write([Entry])
        case send(Message, to: Member)
        /// Committed entries, each told once, in order.
        case apply([Entry])
        /// Proposals (by their place in the input) that were not appended, because this member does not lead or
        /// leads in another term.
        case refuse([Int], leader: Member?, term: Term)
    }

    /// What a member does in the cluster.
    enum Role: Sendable {
        case follower(leader: Member?)
        /// Entries from `since` on are of the leader's own term. `matched` has what each member is known to hold.
        case leader(since: Index, matched: [Member: Index])
    }

    public let member: Member
    /// Members whose votes and disks count.
    public private(set) var voters: Set<Member>
    public private(set) var term: Term
    private var vote: Member?
    private var role = Role.follower(leader: nil)
    private var log: RaftLog

    /// A member as its disk remembers it: `applied` is what the state machine has, `entries` what follows it on disk.
    public init(member: Member, hardState: HardState = HardState(), applied: LogPosition, entries: [Entry]) {
        self.member = member
        voters = [member]
        term = max(hardState.term, entries.last?.term ?? applied.term)
        vote = hardState.vote
        log = RaftLog(applied: applied, entries: entries, committed: hardState.committed)
    }

    public var isLeader: Bool {
        if case .leader = role { true } else { false }
    }
    public var leader: Member? {
        switch role {
        case .leader: member
        case .follower(let leader): leader
        }
    }
    public var lastIndex: Index { log.last.index }
    public var committed: Index { log.committed }
    public var hardState: HardState { HardState(term: term, vote: vote, committed: log.committed) }

    public mutating func step(_ input: Input) -> [Effect] {
        switch input {
        case .started: start()
        case .propose(let proposals): propose(proposals)
        case .receive(let message): receive(message)
        case .persisted(let index): persisted(upTo: index)
        }
    }

    /// A cluster of one needs no timeout to know that nobody leads, and its own vote is the majority (§3.4).
    private mutating func start() -> [Effect] {
        guard case .follower = role, voters == [member] else { return [] }
        term += 1
        vote = member
        let first = Entry(index: log.last.index + 1, term: term, kind: .empty)
        role = .leader(since: first.index, matched: [:])
        log.append([first])
        return [.remember(hardState), .write([first])]
    }

    private mutating func propose(_ proposals: [Proposal]) -> [Effect] {
        guard isLeader else { return [.refuse(Array(proposals.indices), leader: leader, term: term)] }
        var refused: [Int] = []
        var entries: [Entry] = []
        entries.reserveCapacity(proposals.count)
        var index = log.last.index
        for (place, proposal) in proposals.enumerated() {
            if let wanted = proposal.term, wanted != term {
                refused.append(place)
                continue
            }
            index += 1
            entries.append(Entry(index: index, term: term, kind: .command, command: proposal.command))
        }
        log.append(entries)
        var effects: [Effect] = []
        if !refused.isEmpty { effects.append(.refuse(refused, leader: member, term: term)) }
        if !entries.isEmpty { effects.append(.write(entries)) }
        return effects
    }

    private mutating func receive(_ message: Message) -> [Effect] {
        // Members that are not in the configuration have no say (§4.2.3), and there is no other voter yet.
        guard voters.contains(message.from), message.from != member else { return [] }
        return []
    }

    private mutating func persisted(upTo index: Index) -> [Effect] {
        log.persisted(upTo: index)
        guard case .leader(let since, var matched) = role else { return [] }
        matched[member] = log.persisted
        role = .leader(since: since, matched: matched)
        return commitWhatMostHold(matched, since: since)
    }

    /// An entry is committed once a majority has it on disk, if it is of the leader's own term; the entries before it
    /// are committed with it (§3.6.2).
    private mutating func commitWhatMostHold(_ matched: [Member: Index], since: Index) -> [Effect] {
        let held = voters.map { matched[$0] ?? 0 }.sorted(by: >)
        let index = held[held.count / 2]
        guard index >= since, index > log.committed else { return [] }
        log.commit(upTo: index)
        let entries = log.takeCommitted()
        return entries.isEmpty ? [] : [.apply(entries)]
    }
}
