import EtcdMessages
import EtcdStore
import GRPCServer
import KeyValueCore
import RaftCore

// What etcd says for the errors of the store and of its state.

extension KeyValueError: CallErrorConvertible {
    /// What etcd says for it.
    public var callError: CallError {
        switch self {
        case .compacted: .compacted
        case .futureRevision: .futureRevision
        case .leaseNotFound: .leaseNotFound
        case .leaseExists: .leaseExists
        case .keyNotFound: .keyNotFound
        case .duplicateKey: .duplicateKey
        case .emptyKey: .emptyKey
        case .tooDeep: .tooManyOperations
        }
    }
}

extension StoreError: CallErrorConvertible {
    /// What etcd says for it.
    public var callError: CallError {
        switch self {
        case .notLeader, .noLeader: .noLeader
        case .termPassed: .leaderChanged
        case .unknownOutcome: .timedOut
        case .stopped, .closed, .locked: .stopped
        case .outOfSpace: .noSpace
        case .requestTooLarge: .requestTooLarge
        case .tooManyRequests, .watcherTooSlow: .tooManyRequests
        case .corrupt: .corrupt
        case .invalidMember: .memberURLsInvalid
        case .membership(let refusal): refusal.callError
        case .transferRefused(let refusal): refusal.callError
        }
    }
}

extension Raft.MembershipRefusal {
    /// What etcd says for it.
    fileprivate var callError: CallError {
        switch self {
        case .notLeader: .noLeader
        case .inProgress: CallError(.unavailable, "etcdserver: unhealthy cluster")
        case .noVoterLeft:
            CallError(
                .failedPrecondition, "etcdserver: re-configuration failed due to not enough started members")
        case .alreadyMember: CallError(.failedPrecondition, "etcdserver: Peer URLs already exists")
        case .notMember: CallError(.notFound, "etcdserver: member not found")
        case .notLearner: CallError(.failedPrecondition, "etcdserver: can only promote a learner member")
        case .learnerBehind:
            CallError(
                .failedPrecondition, "etcdserver: can only promote a learner member which is in sync with leader")
        case .tooManyMembers:
            CallError(.failedPrecondition, "etcdserver: too many learner members in cluster")
        case .contradictory: .memberURLsInvalid
        }
    }
}

extension Raft.TransferRefusal {
    /// What etcd says for it.
    fileprivate var callError: CallError {
        switch self {
        case .notLeader: .notLeader
        case .notVoter: CallError(.failedPrecondition, "etcdserver: bad leader transferee")
        case .timedOut, .alreadyTransferring: .timedOut
        }
    }
}
