extension Raft {
    /// Times in ticks and limits. What a tick is, the shell decides.
    public struct Settings: Sendable, Equatable {
        /// A follower campaigns when it has heard no leader for this long and a random part of the spread (§3.4).
        public var electionTicks = 10
        /// Nil: as long as `electionTicks`.
        public var electionSpreadTicks: Int?
        /// Who campaigns without success tries again after this and a random part of as much again. Nobody leads then,
        /// so no leader has to be missed first. Nil: like a follower.
        public var retryTicks: Int?
        public var heartbeatTicks = 1
        /// The entries of one message, in bytes; a longer entry goes alone.
        public var entriesPerMessageBytes = 1 << 20
        /// What a peer may have in flight before its answers are awaited (§10.2.1).
        public var inFlightMessages = 64
        public var inFlightBytes = 8 << 20
        /// Applied entries kept in memory for peers that lag behind; who needs older ones gets a snapshot (§5).
        public var retainedEntries = 20_000
        public var retainedBytes = 64 << 20
        /// The same while a peer takes a snapshot and will need what follows it.
        public var retainedForSnapshotEntries = 400_000
        public var retainedForSnapshotBytes = 256 << 20
        /// Proposals are refused while the leader has as many bytes of entries that are not committed.
        public var uncommittedBytes = 64 << 20
        /// Reads that wait for a round, or for the leader's answer; more are refused.
        public var waitingReads = 10_000
        /// A learner that lacks more entries than this does not become a voter (§4.2.1).
        public var promotionLagEntries: UInt64 = 5_000
        /// A leader steps down when a majority is silent for an election timeout, and who hears a leader does not vote
        /// (§6.2, §4.2.3).
        public var checksQuorum = true
        /// Candidates ask whether they would be elected before they raise the term (§9.6).
        public var asksBeforeElection = true
        /// Nil but in tests of a simulator.
        public var fault: Fault?
        public init() {}
    }

    /// Deliberate bugs, for a simulator's tests only: each must be found by its checkers. Off by default.
    public enum Fault: String, Sendable, CaseIterable {
        /// Votes, and remembers only the term.
        case forgetsVote
        /// Votes for everybody who asks in a term.
        case votesTwice
        /// Votes without comparing logs.
        case votesWithoutLogCheck
        /// A question before an election raises the receiver's term.
        case preVoteRaisesTerm
        /// A follower acknowledges entries before they are on its disk.
        case acknowledgesBeforePersisted
        /// A leader counts its own disk before the entries are on it.
        case countsOwnDiskEarly
        /// A leader commits entries of earlier terms by counting who has them.
        case commitsOlderTermByCounting
        /// A heartbeat lets a follower commit what it has, whether that is the leader's or not.
        case commitsUnverified
        /// Applies committed entries before they are on the own disk.
        case appliesUnpersisted
        /// Entries that conflict with the leader's stay in the log, and are acknowledged as the leader's.
        case keepsConflictingEntries
        /// A leader answers reads without asking whether it still leads.
        case readsWithoutRound
        /// A majority of all voters of a joint configuration is enough.
        case countsJointQuorumsAsOne
        /// Learners' votes and disks count.
        case countsLearners
    }
}
