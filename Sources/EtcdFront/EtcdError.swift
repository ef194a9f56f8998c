import EtcdStore
import GRPCCore
import KeyValueCore
import RaftCore

/// An error as etcd's clients know it; they compare code and message, so both are etcd's.
/// Source: etcd, api/v3rpc/rpctypes.
struct EtcdError: Error, Equatable, RPCErrorConvertible {
    var code: RPCError.Code
    var message: String

    init(_ code: RPCError.Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var rpcErrorCode: RPCError.Code { code }
    var rpcErrorMessage: String { message }

    /// There is no such method among `known` paths, or no such service.
    static func unknownMethod(_ path: String, _ known: some Sequence<String>) -> EtcdError {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        if parts.count != 2 { return EtcdError(.unimplemented, "malformed method name: \"\(path)\"") }
        if !known.contains(where: { $0.hasPrefix("/\(parts[0])/") }) {
            return EtcdError(.unimplemented, "unknown service \(parts[0])")
        }
        return EtcdError(.unimplemented, "unknown method \(parts[1]) for service \(parts[0])")
    }

    static let emptyKey = EtcdError(.invalidArgument, "etcdserver: key is not provided")
    static let keyNotFound = EtcdError(.invalidArgument, "etcdserver: key not found")
    static let invalidSort = EtcdError(.invalidArgument, "etcdserver: invalid sort option")
    static let valueProvided = EtcdError(.invalidArgument, "etcdserver: value is provided")
    static let leaseProvided = EtcdError(.invalidArgument, "etcdserver: lease is provided")
    static let tooManyOperations = EtcdError(.invalidArgument, "etcdserver: too many operations in txn request")
    static let duplicateKey = EtcdError(.invalidArgument, "etcdserver: duplicate key given in txn request")
    static let compacted = EtcdError(.outOfRange, "etcdserver: mvcc: required revision has been compacted")
    static let futureRevision = EtcdError(.outOfRange, "etcdserver: mvcc: required revision is a future revision")
    static let noSpace = EtcdError(.resourceExhausted, "etcdserver: mvcc: database space exceeded")
    static let leaseNotFound = EtcdError(.notFound, "etcdserver: requested lease not found")
    static let leaseExists = EtcdError(.failedPrecondition, "etcdserver: lease already exists")
    static let leaseTooLong = EtcdError(.outOfRange, "etcdserver: too large lease TTL")
    static let requestTooLarge = EtcdError(.invalidArgument, "etcdserver: request is too large")
    static let tooManyRequests = EtcdError(.resourceExhausted, "etcdserver: too many requests")
    static let noLeader = EtcdError(.unavailable, "etcdserver: no leader")
    static let notLeader = EtcdError(.failedPrecondition, "etcdserver: not leader")
    static let leaderChanged = EtcdError(.unavailable, "etcdserver: leader changed")
    static let timedOut = EtcdError(.unavailable, "etcdserver: request timed out")
    static let memberURLsInvalid = EtcdError(.invalidArgument, "etcdserver: given member URLs are invalid")
    static let notSupportedForLearner = EtcdError(.failedPrecondition, "etcdserver: rpc not supported for learner")
    static let downgradeVersionMalformed = EtcdError(
        .invalidArgument, "etcdserver: wrong downgrade target version format")
    static let downgradeTargetInvalid = EtcdError(.invalidArgument, "etcdserver: invalid downgrade target version")
    static let unknownAction = EtcdError(.unknown, "etcdserver: unknown method")
    static let stopped = EtcdError(.unavailable, "etcdserver: server stopped")
    static let corrupt = EtcdError(.dataLoss, "etcdserver: corrupt cluster")
    static let authNotEnabled = EtcdError(.failedPrecondition, "etcdserver: authentication is not enabled")
    static let noElectionLeader = EtcdError(.unknown, "election: no leader")
    static let notElectionLeader = EtcdError(.unknown, "election: not leader")
    static let watchRangeEmpty = EtcdError(.invalidArgument, "mvcc: watcher range is empty")
    static let watchDuplicate = EtcdError(
        .invalidArgument, "mvcc: duplicate watch ID provided on the WatchStream")
}

extension KeyValueError: RPCErrorConvertible {
    /// What etcd says for it.
    var inEtcd: EtcdError {
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
    public var rpcErrorCode: RPCError.Code { inEtcd.code }
    public var rpcErrorMessage: String { inEtcd.message }
}

extension StoreError: RPCErrorConvertible {
    /// What etcd says for it.
    var inEtcd: EtcdError {
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
        case .membership(let refusal): refusal.inEtcd
        case .transferRefused(let refusal): refusal.inEtcd
        }
    }
    public var rpcErrorCode: RPCError.Code { inEtcd.code }
    public var rpcErrorMessage: String { inEtcd.message }
}

extension Raft.MembershipRefusal {
    /// What etcd says for it.
    fileprivate var inEtcd: EtcdError {
        switch self {
        case .notLeader: .noLeader
        case .inProgress: EtcdError(.unavailable, "etcdserver: unhealthy cluster")
        case .noVoterLeft:
            EtcdError(
                .failedPrecondition, "etcdserver: re-configuration failed due to not enough started members")
        case .alreadyMember: EtcdError(.failedPrecondition, "etcdserver: Peer URLs already exists")
        case .notMember: EtcdError(.notFound, "etcdserver: member not found")
        case .notLearner: EtcdError(.failedPrecondition, "etcdserver: can only promote a learner member")
        case .learnerBehind:
            EtcdError(
                .failedPrecondition, "etcdserver: can only promote a learner member which is in sync with leader")
        case .tooManyMembers:
            EtcdError(.failedPrecondition, "etcdserver: too many learner members in cluster")
        case .contradictory: .memberURLsInvalid
        }
    }
}

extension Raft.TransferRefusal {
    /// What etcd says for it.
    fileprivate var inEtcd: EtcdError {
        switch self {
        case .notLeader: .notLeader
        case .notVoter: EtcdError(.failedPrecondition, "etcdserver: bad leader transferee")
        case .timedOut, .alreadyTransferring: .timedOut
        }
    }
}
