/// The configurations of the log's end. The last one counts, from when it is in the log, committed or not (§4.1); if
/// it is cut off with the end of the log, the one before counts again.
///
/// etcd lets a configuration count when it is applied. Then a member that restarts must not campaign before it has
/// applied what it had, and members of one log disagree for a while; from the log itself there is nothing to wait for.
struct Membership: Sendable {
    /// The last applied one, and those after it. `index` is where a configuration is in the log.
    private var history: [(index: Index, configuration: Configuration)]
    private let fault: Raft.Fault?
    /// A majority of each of these lists makes a quorum.
    private var electorates: [[Member]] = []
    /// Everybody who receives the log, in order.
    private(set) var members: [Member] = []

    init(_ configuration: Configuration, at index: Index, _ fault: Raft.Fault?) {
        history = [(index, configuration)]
        self.fault = fault
        countVoters()
    }

    var current: Configuration { history[history.count - 1].configuration }
    /// Where the current configuration is in the log.
    var index: Index { history[history.count - 1].index }
    /// Everybody whose voice counts somewhere, in order.
    var electors: [Member] { Set(electorates.joined()).sorted() }

    // MARK: The log moves

    /// Takes note of entries that were appended. Returns whether the configuration is another now.
    @discardableResult mutating func appended(_ entries: [Entry]) -> Bool {
        var isNew = false
        for entry in entries where entry.kind == .configuration {
            // Messages and the disk hold only such as can be read.
            guard let configuration = entry.configuration else { continue }
            history.append((entry.index, configuration))
            isNew = true
        }
        if isNew { countVoters() }
        return isNew
    }

    /// Takes back what is cut off from an index on. Returns whether the configuration is another now.
    mutating func truncated(from index: Index) -> Bool {
        let before = history.count
        while history.count > 1, self.index >= index { history.removeLast() }
        if history.count < before { countVoters() }
        return history.count < before
    }

    /// What is applied cannot be taken back.
    mutating func applied(_ index: Index) {
        while history.count > 1, history[1].index <= index { history.removeFirst() }
    }

    mutating func reset(to configuration: Configuration, at index: Index) {
        history = [(index, configuration)]
        countVoters()
    }

    /// Voters campaign; so does who votes no longer, as long as that is not known to be committed: it may be the only
    /// one with a log that is new enough (§4.2.2).
    func mayCampaign(_ member: Member, committed: Index) -> Bool {
        let first = history.lastIndex { $0.index <= committed } ?? 0
        return history[first...].contains { $0.configuration.isVoter(member) }
    }

    // MARK: Majorities

    /// A joint configuration needs both majorities (§4.3), and learners do not count (§4.2.1).
    private mutating func countVoters() {
        members = current.members
        electorates = current.isJoint ? [current.voters, current.outgoing] : [current.voters]
        if fault == .countsJointQuorumsAsOne { electorates = [Set(current.voters + current.outgoing).sorted()] }
        if fault == .countsLearners { electorates = electorates.map { Set($0 + current.learners).sorted() } }
    }

    func isQuorum(_ members: [Member]) -> Bool { isQuorum { members.contains($0) } }

    func isQuorum(_ isIn: (Member) -> Bool) -> Bool {
        electorates.allSatisfy { list in list.count(where: isIn) > list.count / 2 }
    }

    /// Whether there can be no quorum without these members.
    func isBlocking(_ members: [Member]) -> Bool { !isQuorum { !members.contains($0) } }

    /// The last index that a quorum has, each member up to what is given for it.
    func quorumIndex(_ index: (Member) -> Index) -> Index {
        var result = Index.max
        for list in electorates {
            // Sorted from the greatest on, the middle one is held by a majority.
            let held = list.map(index).sorted(by: >)
            result = min(result, held.isEmpty ? 0 : held[held.count / 2])
        }
        return result
    }
}
