/// What one member tells another (thesis figure 3.1 and later chapters). Messages may be lost, doubled and reordered.
public struct Message: Sendable, Equatable {
    public enum Body: Sendable, Equatable {
        /// Would the receiver vote for the sender in the term `of`? Changes nothing at the receiver (§9.6).
        case requestPreVote(last: LogPosition, of: Term)
        case preVote(granted: Bool, of: Term)
        /// Asks for a vote; `last` is the candidate's last entry (§3.4). With `isTransfer` the old leader wants it.
        case requestVote(last: LogPosition, isTransfer: Bool)
        case vote(granted: Bool)
        /// Entries that follow `previous`, in order of their indexes without gaps (§3.5).
        case append(previous: LogPosition, entries: [Entry], committed: Index)
        /// The sender's log is the leader's up to this entry, and on the sender's disk.
        case appended(upTo: Index)
        /// The sender's log has not `previous`; it may agree with the leader's at `hint` or before.
        case rejected(previous: Index, hint: LogPosition)
        /// The leader is there. `committed` goes no further than what the receiver has acknowledged; `round` numbers
        /// the rounds of linearizable reads (§6.4).
        case heartbeat(committed: Index, round: UInt64)
        case heartbeatAnswer(round: UInt64)
        /// Entries up to this are committed; not answered.
        case commit(Index)
        /// A snapshot that the shell has carried and the receiver may now install (§5).
        case snapshot(LogPosition, Configuration)
        /// From which index on may a read of the sender be answered (§6.4)?
        case requestRead(number: UInt64)
        case readable(number: UInt64, at: Index)
        /// Campaign at once (§3.10).
        case timeoutNow
    }
    public var from: Member
    /// The sender's term.
    public var term: Term
    public var body: Body
    public init(from: Member, term: Term, body: Body) {
        self.from = from
        self.term = term
        self.body = body
    }
}
