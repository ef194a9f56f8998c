extension Raft {
    /// What a member does in the cluster; a learner is a follower. A candidate is also who asks before an election.
    public enum Role: Sendable, Equatable { case follower, candidate, leader }

    public enum Input: Sendable, Equatable {
        /// The member begins to take part; the first input. The only voter of its cluster leads at once.
        case started
        /// A settled time has passed, the same at all members.
        case tick
        /// Commands to append. Those refused are told by `.refuse`, the others take the next indexes in order.
        case propose([Proposal])
        /// A linearizable read (§6.4): answered by `.readable` or `.refuseReads`.
        case read(ReadID)
        case receive(Message)
        /// The write of this number, those before it, and what was to be remembered before them are on disk.
        case persisted(write: UInt64)
        /// Refused by `.refuseMembershipChange`; done when a configuration that is not joint is applied.
        case changeMembership(MembershipChange)
        /// Refused by `.refuseTransfer`; done when `.became` tells another leader (§3.10). To the leader itself it does
        /// nothing.
        case transferLeadership(to: Member)
        /// Messages to this member were lost, or may have been.
        case unreachable(Member)
        /// The snapshot that `.sendSnapshot` asked for is at the peer and includes this entry; nil: it failed.
        case snapshotSent(to: Member, upTo: Index?)
        /// `.installSnapshot` is carried out.
        case snapshotInstalled(LogPosition, Configuration)
    }

    /// What the shell does next, in this order. The order is the durability argument: what a message promises is on
    /// disk when it leaves, and what is applied is committed.
    public enum Effect: Sendable, Equatable {
        /// Put this on disk, and all earlier writes, before any later effect leaves the member; a `.write` that
        /// follows may go with it.
        case remember(HardState)
        /// Append to the log on disk, replacing what is there from the first index on; then say `.persisted` with the
        /// number. Numbers grow by one; later effects need not wait. The record may carry `hardState`.
        case write([Entry], number: UInt64)
        case send(Message, to: Member)
        /// Entries that are committed and on this member's disk, each told once, in order.
        case apply([Entry])
        /// Proposals, by their place in the input, that were not appended.
        case refuse([Int], Refusal)
        /// The reads may be answered when the state has applied this index.
        case readable([ReadID], at: Index)
        case refuseReads([ReadID], leader: Member?)
        /// Carry a snapshot that includes at least this entry to the peer, make one if there is none; then say
        /// `.snapshotSent`. It ends with the message `.snapshot` from this member in this term.
        case sendSnapshot(to: Member, atLeast: Index)
        /// Before any other input: the snapshot that came with the message replaces state and log on disk (what is to
        /// be remembered stays); then say `.snapshotInstalled`.
        case installSnapshot(LogPosition, Configuration)
        /// Role, term or leader are others now. Entries proposed here in an earlier term may be lost or committed.
        case became(Role, term: Term, leader: Member?)
        /// The configuration that counts, from now on. It may be taken back while it is not applied; who must survive
        /// a restart reads it from the applied entries.
        case membership(Configuration)
        case refuseMembershipChange(MembershipRefusal)
        case refuseTransfer(TransferRefusal)
    }

    /// Why proposals were not appended.
    public enum Refusal: Sendable, Equatable {
        case notLeader(Member?)
        /// The proposal's term is not the leader's.
        case termPassed(current: Term)
        /// `Settings.uncommittedBytes` is reached.
        case tooManyUncommitted
        /// The leader hands over to this member.
        case transferring(to: Member)
    }

    public enum MembershipRefusal: Error, Sendable, Equatable {
        case notLeader(Member?)
        /// An earlier change is not complete, or the leader has not committed an entry of its own term (§4.1).
        case inProgress
        case noVoterLeft
        case alreadyMember(Member)
        case notMember(Member)
        /// Only learners become voters.
        case notLearner(Member)
        /// The learner lacks too many entries (§4.2.1).
        case learnerBehind(Member)
        case tooManyMembers
        /// A member is named twice, or none.
        case contradictory
    }

    public enum TransferRefusal: Sendable, Equatable {
        case notLeader(Member?)
        case notVoter(Member)
        /// The member was not elected in an election timeout; the leader goes on.
        case timedOut(Member)
        case alreadyTransferring(to: Member)
    }
}
