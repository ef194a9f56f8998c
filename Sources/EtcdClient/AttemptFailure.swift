import EtcdMessages
import EtcdStore
import GRPCCore
import GRPCServer
import KeyValueCore

/// What a failed try of a request means for whoever asked.
enum AttemptFailure: Error {
    /// The store has answered: asking again would be answered the same.
    case answer(any Error)
    /// Certainly nothing was done; another endpoint, or the same one later, may do it.
    case nothingDone(any Error)
    /// It may have been done, may be done yet, or may never be.
    case unknown(any Error)

    /// `hasDeparted`: whether any of the request may have left this process.
    init(_ error: any Error, hasDeparted: Bool, limits: EtcdClientLimits) {
        switch error {
        case is CancellationError:
            self = .answer(error)
        case let error as RPCError:
            self = Self.failure(error, hasDeparted: hasDeparted, limits: limits)
        case let error as RuntimeError where error.code == .clientIsStopped:
            self = .answer(StoreError.closed)
        default:
            self = hasDeparted ? .unknown(error) : .nothingDone(error)
        }
    }

    private static func failure(_ error: RPCError, hasDeparted: Bool, limits: EtcdClientLimits) -> AttemptFailure {
        if let answer = answer(CallError(error), limits) { return .answer(answer) }
        let elsewhere: [CallError] = [.noLeader, .notLeader, .notSupportedForLearner]
        if elsewhere.contains(where: { $0.message == error.message }) { return .nothingDone(StoreError.noLeader) }
        switch error.code {
        case .unauthenticated, .permissionDenied, .unimplemented, .invalidArgument, .failedPrecondition, .notFound,
            .outOfRange, .alreadyExists:
            return .answer(StoreError.stopped("etcd refuses: \(error.message)"))
        default:
            return hasDeparted ? .unknown(error) : .nothingDone(error)
        }
    }

    /// What etcd's own errors are here. They carry no numbers: revisions and leases are 0, for the caller to fill in.
    private static func answer(_ error: CallError, _ limits: EtcdClientLimits) -> (any Error)? {
        switch error {
        case .emptyKey: KeyValueError.emptyKey
        case .keyNotFound: KeyValueError.keyNotFound
        case .duplicateKey: KeyValueError.duplicateKey
        case .tooManyOperations: KeyValueError.tooDeep
        case .compacted: KeyValueError.compacted(0)
        case .futureRevision: KeyValueError.futureRevision(current: 0)
        case .leaseNotFound: KeyValueError.leaseNotFound(0)
        case .leaseExists: KeyValueError.leaseExists(0)
        case .noSpace: StoreError.outOfSpace
        case .requestTooLarge: StoreError.requestTooLarge(limitBytes: limits.requestBytes)
        case .tooManyRequests: StoreError.tooManyRequests
        default: nil
        }
    }
}

extension CallError {
    /// The same error in the other library's words.
    package init(_ error: RPCError) { self.init(Code(rawValue: error.code.rawValue) ?? .unknown, error.message) }
}
