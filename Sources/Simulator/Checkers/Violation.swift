/// Something that must never happen, and happened.
public struct Violation: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is promised; each is checked while a simulation runs, or at its end.
    public enum Rule: String, Sendable, CaseIterable {
        case electionSafety = "one leader per term"
        case leaderCompleteness = "a leader has every committed entry"
        case oneVote = "a member votes for one candidate in a term"
        case commitment = "what is committed is of the leader's term, and on the disks of a quorum"
        case ownDisk = "what a member applies is on its disk"
        case oneHistory = "no two members apply different entries at one index"
        case applyOrder = "entries are applied once, in order"
        case logMatching = "logs that share an entry share what is before it"
        case equalStates = "members that applied the same have the same state"
        case linearizability = "client histories are linearizable"
        case revisions = "revisions grow with every write, for everybody"
        case watches = "watches tell every change once, in order"
        case leases = "a lease that is kept alive keeps its keys, and one that is not loses them"
        case room = "a full disk stops its member, not the cluster, and does no harm once it has room"
        case recovery = "a member starts from its own disk after a crash"
        case progress = "when nothing goes wrong any more, the cluster agrees and goes on"
    }
    public var rule: Rule
    public var detail: String
    public init(_ rule: Rule, _ detail: String) {
        self.rule = rule
        self.detail = detail
    }
    public var description: String { "violated: \(rule.rawValue)\n\(detail)" }
}
