/// What one member tells another (thesis figure 3.1). A cluster of one sends none, and drops what it receives.
public struct Message: Sendable, Equatable {
    public enum Body: Sendable, Equatable {
        /// Asks for a vote; `last` is the candidate's last entry.
        case requestVote(last: LogPosition)
        case vote(granted: Bool)
        /// Entries that follow `previous`; without entries it is a heartbeat.
        case append(previous: LogPosition, entries: [Entry], committed: Index)
        /// Everything up to `upTo` is on the sender's disk; not accepted: the receiver should go back to there.
        case appended(upTo: Index, accepted: Bool)
    }
    public var from: Member
    public var term: Term
    public var body: Body
    public init(from: Member, term: Term, body: Body) {
        self.from = from
        self.term = term
        self.body = body
    }
}
