import GRPCServer

/// Errors as etcd's clients know them; they compare code and message, so both are etcd's.
/// Source: etcd, api/v3rpc/rpctypes.
extension CallError {
    package static let emptyKey = CallError(.invalidArgument, "etcdserver: key is not provided")
    package static let keyNotFound = CallError(.invalidArgument, "etcdserver: key not found")
    package static let invalidSort = CallError(.invalidArgument, "etcdserver: invalid sort option")
    package static let valueProvided = CallError(.invalidArgument, "etcdserver: value is provided")
    package static let leaseProvided = CallError(.invalidArgument, "etcdserver: lease is provided")
    package static let tooManyOperations = CallError(.invalidArgument, "etcdserver: too many operations in txn request")
    package static let duplicateKey = CallError(.invalidArgument, "etcdserver: duplicate key given in txn request")
    package static let compacted = CallError(.outOfRange, "etcdserver: mvcc: required revision has been compacted")
    package static let futureRevision = CallError(
        .outOfRange, "etcdserver: mvcc: required revision is a future revision")
    package static let noSpace = CallError(.resourceExhausted, "etcdserver: mvcc: database space exceeded")
    package static let leaseNotFound = CallError(.notFound, "etcdserver: requested lease not found")
    package static let leaseExists = CallError(.failedPrecondition, "etcdserver: lease already exists")
    package static let leaseTooLong = CallError(.outOfRange, "etcdserver: too large lease TTL")
    package static let requestTooLarge = CallError(.invalidArgument, "etcdserver: request is too large")
    package static let tooManyRequests = CallError(.resourceExhausted, "etcdserver: too many requests")
    package static let noLeader = CallError(.unavailable, "etcdserver: no leader")
    package static let notLeader = CallError(.failedPrecondition, "etcdserver: not leader")
    package static let leaderChanged = CallError(.unavailable, "etcdserver: leader changed")
    package static let timedOut = CallError(.unavailable, "etcdserver: request timed out")
    package static let memberURLsInvalid = CallError(.invalidArgument, "etcdserver: given member URLs are invalid")
    package static let notSupportedForLearner = CallError(
        .failedPrecondition, "etcdserver: rpc not supported for learner")
    package static let downgradeVersionMalformed = CallError(
        .invalidArgument, "etcdserver: wrong downgrade target version format")
    package static let downgradeTargetInvalid = CallError(
        .invalidArgument, "etcdserver: invalid downgrade target version")
    package static let unknownAction = CallError(.unknown, "etcdserver: unknown method")
    package static let stopped = CallError(.unavailable, "etcdserver: server stopped")
    package static let corrupt = CallError(.dataLoss, "etcdserver: corrupt cluster")
    package static let authNotEnabled = CallError(.failedPrecondition, "etcdserver: authentication is not enabled")
    package static let noElectionLeader = CallError(.unknown, "election: no leader")
    package static let notElectionLeader = CallError(.unknown, "election: not leader")
    package static let watchRangeEmpty = CallError(.invalidArgument, "mvcc: watcher range is empty")
    package static let watchDuplicate = CallError(
        .invalidArgument, "mvcc: duplicate watch ID provided on the WatchStream")
}
