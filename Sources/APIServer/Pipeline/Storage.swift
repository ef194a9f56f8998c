import APIMachinery
import EtcdStore
import KeyValueCore

/// The store as the pipeline uses it: single objects, each write on condition of what its writer saw.
struct Storage: Sendable {
    let store: any RevisionedStore
    /// The same, if it seals anything.
    let sealed: SealedStore?
    let metrics: ServerMetrics
    /// For latencies, in nanoseconds.
    let uptime: @Sendable () -> Int64
    /// Writes of the task are refused once the store's term is another: those of a loop whose process leads no more.
    @TaskLocal static var term: UInt64?

    enum Outcome: Sendable {
        case written(Revision)
        /// The condition did not hold; this is what is there instead of what was expected (nil: nothing).
        case refused(found: KeyValue?)
        /// The object that had to exist for this write, a namespace, does not.
        case requirementMissing
    }

    /// An object that must exist, as of its creation, for a write to happen.
    struct Requirement: Sendable {
        var key: Key
    }

    /// Where an object of a resource is stored.
    struct Key: Sendable {
        var resource: GroupResource
        var bytes: [UInt8]
    }

    static func key(_ resource: GroupResource, _ key: String) -> Key {
        Key(resource: resource, bytes: Array((StoredForm.prefix(resource) + key).utf8))
    }

    func create(_ key: Key, _ value: [UInt8], requiring: Requirement?, lease: LeaseID) async throws -> Outcome {
        var compare = [Compare(key.bytes, .version(0))]
        var failure: [Operation] = [.range(RangeRequest(.key(key.bytes)))]
        if let requiring {
            compare.append(Compare(requiring.key.bytes, .version(0), is: .greater))
            failure.append(.range(RangeRequest(.key(requiring.key.bytes), keysOnly: true)))
        }
        let response = try await transact(
            Transaction(
                compare: compare, success: [.put(key: key.bytes, value: value, lease: lease)], failure: failure),
            .init(operation: .create, resource: key.resource))
        if response.succeeded { return .written(response.revision) }
        if requiring != nil, case .range(let range)? = response.responses.last, range.keyValues.isEmpty {
            return .requirementMissing
        }
        return .refused(found: Self.found(response))
    }

    func replace(_ key: Key, _ value: [UInt8], expecting revision: Revision, lease: LeaseID = 0) async throws
        -> Outcome
    {
        try await write(
            key, revision, .put(key: key.bytes, value: value, lease: lease, ignoreLease: false), .update)
    }

    func remove(_ key: Key, expecting revision: Revision) async throws -> Outcome {
        try await write(key, revision, .delete(.key(key.bytes)), .delete)
    }

    /// Whether an object is written even though it stays as it is: its form in the store is an older one.
    func isStale(_ key: Key) async throws -> Bool {
        do { return try await sealed?.isStale(key.bytes) ?? false } catch { throw Self.statusError(error) }
    }

    func read(_ key: [UInt8]) async throws -> KeyValue? {
        do {
            return try await store.range(RangeRequest(.key(key))).keyValues.first
        } catch {
            throw Self.statusError(error)
        }
    }

    private func write(
        _ key: Key, _ revision: Revision, _ operation: Operation, _ call: ServerMetrics.StoreCall.Operation
    ) async throws -> Outcome {
        let response = try await transact(
            Transaction(
                compare: [Compare(key.bytes, .modRevision(revision))], success: [operation],
                failure: [.range(RangeRequest(.key(key.bytes)))]),
            .init(operation: call, resource: key.resource))
        return response.succeeded ? .written(response.revision) : .refused(found: Self.found(response))
    }

    private static func found(_ response: TransactionResponse) -> KeyValue? {
        if case .range(let range)? = response.responses.first { range.keyValues.first } else { nil }
    }

    private func transact(
        _ transaction: Transaction, _ call: ServerMetrics.StoreCall
    ) async throws -> TransactionResponse {
        let began = uptime()
        do {
            let response = try await store.transact(transaction, inTerm: Self.term)
            metrics.recordStoreCall(call, nanoseconds: uptime() - began, isFailure: false)
            return response
        } catch {
            metrics.recordStoreCall(call, nanoseconds: uptime() - began, isFailure: true)
            throw Self.statusError(error)
        }
    }

    private static let unknownOutcome = StatusError(
        code: 504, reason: .timeout,
        message: "etcdserver: request timed out; whether the change was made is not known")

    /// Whether the write that failed so may have happened all the same.
    static func mayHaveWritten(_ error: any Error) -> Bool {
        error is CancellationError || (error as? StatusError) == unknownOutcome
    }

    /// Whether an error is one of those that the store is known to have.
    static func isKnown(_ error: any Error) -> Bool {
        error is SealFailure || error is StoreError || error is KeyValueError
    }

    /// What clients see of the store's errors.
    static func statusError(_ error: any Error) -> any Error {
        switch error {
        case is StatusError, is CancellationError: return error
        case let failure as SealFailure: return StatusError.internalError(failure.description)
        case KeyValueError.compacted:
            return StatusError(
                code: 410, reason: .expired,
                message:
                    "The provided continue parameter is too old to display a consistent list result. You can start "
                    + "a new list without the continue parameter.")
        case StoreError.requestTooLarge(let limit):
            return StatusError(
                code: 413, reason: .requestEntityTooLarge, message: "etcdserver: request is too large (limit \(limit))")
        case StoreError.tooManyRequests:
            return StatusError(
                code: 429, reason: .tooManyRequests, message: "etcdserver: too many requests", retryAfterSeconds: 1)
        case StoreError.outOfSpace:
            return StatusError.internalError("etcdserver: mvcc: database space exceeded")
        case StoreError.unknownOutcome:
            return unknownOutcome
        case StoreError.notLeader, StoreError.noLeader, StoreError.termPassed, StoreError.stopped, StoreError.closed:
            return StatusError(
                code: 503, reason: .serviceUnavailable, message: "the store cannot be reached: \(error)",
                retryAfterSeconds: 1)
        default: return StatusError.internalError("\(error)")
        }
    }
}
