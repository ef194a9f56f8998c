import KeyValueCore
import Logging
import RaftCore
import Synchronization

/// One member of the store, in this process: every write is on its disk before it is acknowledged.
public final class EmbeddedStore: RevisionedStore {
    private let shared: SharedState
    private let inbox: Inbox
    private let limits: StoreLimits
    private let clock: any StoreClock
    private let random: @Sendable () -> UInt64
    private let ending: Ending

    /// Opens the store in a directory, which is made if missing. Throws `StoreError.locked` if another process has
    /// it open, and `StoreError.corrupt` if what is there cannot be trusted.
    public static func open(
        directory: String, limits: StoreLimits = StoreLimits(), logger: Logger = Logger(label: "EtcdStore")
    ) async throws -> EmbeddedStore {
        let disk: PosixDisk
        do throws(DiskError) { disk = try PosixDisk(path: directory) } catch { throw error.storeError }
        return try await open(disk: disk, clock: MonotonicClock(), limits: limits, logger: logger)
    }

    /// Opens the store on any disk; `random` chooses the numbers of new members, files and leases.
    public static func open(
        disk: any Disk, clock: any StoreClock, limits: StoreLimits = StoreLimits(),
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 1 ... .max) }, logger: Logger
    ) async throws -> EmbeddedStore {
        let environment = StoreEnvironment(disk: disk, limits: limits, random: random, logger: logger)
        return try await withCheckedThrowingContinuation { continuation in
            let isRunning = WorkerThread.start {
                StoreThread(environment, clock).run { continuation.resume(with: $0) }
            }
            if !isRunning { continuation.resume(throwing: StoreError.stopped("there is no thread for the store")) }
        }
    }

    init(
        shared: SharedState, inbox: Inbox, environment: StoreEnvironment, clock: any StoreClock, ending: Ending
    ) {
        self.shared = shared
        self.inbox = inbox
        limits = environment.limits
        random = environment.random
        self.clock = clock
        self.ending = ending
    }

    deinit { inbox.post(.close) }

    /// Ends the store in order: what was accepted is answered, watches end, and the directory is free for another.
    public func close() async {
        inbox.post(.close)
        await ending.wait()
    }

    // MARK: Reading

    public func range(_ request: RangeRequest) async throws -> RangeResponse { try rangeNow(request) }

    /// Like `range`, for callers that cannot wait: it never does. With one member, what is applied is all there is.
    public func rangeNow(_ request: RangeRequest) throws -> RangeResponse {
        if request.range.end == nil { return try shared.withRunning { try $0.state.range(request) } }
        return try shared.withRunning { $0.state.table }.range(request)
    }

    /// The revision of the newest change that is applied; never waits.
    public var revision: Revision { shared.withContent { $0.state.revision } }

    public func status() async throws -> StoreStatus {
        try shared.withRunning { content in
            StoreStatus(
                revision: content.state.revision, compactedRevision: content.state.compactedRevision,
                term: content.term, isLeader: content.isLeader, sizeInBytes: content.bytesOnDisk)
        }
    }

    /// A hash of the whole state, equal on members that applied the same, with its revision.
    public func hash() throws -> (hash: UInt64, revision: Revision) {
        try shared.withRunning { ($0.state.hash, $0.state.revision) }
    }

    public func watch(
        _ range: KeyRange, from revision: Revision, previousValues: Bool
    ) async throws -> any StoreWatch {
        try shared.watch(
            range, from: revision, previousValues: previousValues, limitBytes: limits.watcherBacklogBytes)
    }

    // MARK: Writing

    public func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse {
        try transaction.validate()
        if transaction.isReadOnly {
            return try shared.withRunning { content in
                if let term, term != content.term { throw StoreError.termPassed(current: content.term) }
                return try content.state.read(transaction)
            }
        }
        guard case .transaction(let response) = try await propose(.transact(transaction), inTerm: term) else {
            throw StoreError.stopped("a transaction was answered with something else")
        }
        return response
    }

    public func compact(_ revision: Revision) async throws { _ = try await propose(.compact(revision)) }

    private func propose(_ command: Command, inTerm term: UInt64? = nil) async throws -> CommandResult {
        let bytes = command.encoded
        if bytes.count > limits.requestBytes { throw StoreError.requestTooLarge(limitBytes: limits.requestBytes) }
        return try await withCheckedThrowingContinuation { continuation in
            let proposal = WaitingProposal(command: command, bytes: bytes, term: term) { continuation.resume(with: $0) }
            do throws(StoreError) { try inbox.post(proposal) } catch { continuation.resume(throwing: reason(error)) }
        }
    }

    /// A store that has stopped says why rather than that it is closed.
    private func reason(_ error: StoreError) -> StoreError {
        error == .closed ? shared.withContent { $0.failure } ?? error : error
    }

    // MARK: Leases

    /// With an id of 0 the store chooses one.
    public func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID {
        let id = id == 0 ? LeaseID(truncatingIfNeeded: max(1, random() & UInt64(Int64.max))) : id
        _ = try await propose(.grantLease(id, timeToLiveSeconds: timeToLiveSeconds))
        return id
    }

    public func revokeLease(_ id: LeaseID) async throws { _ = try await propose(.revokeLease(id)) }

    public func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 {
        let now = clock.milliseconds / 1_000
        return try shared.withRunning { content in
            guard let seconds = content.leaseClock.renew(id, now: now) else { throw KeyValueError.leaseNotFound(id) }
            return seconds
        }
    }

    /// The lease with its keys, and the seconds it has left.
    public func lease(_ id: LeaseID) throws -> (lease: Lease, remainingSeconds: Int64) {
        let now = clock.milliseconds / 1_000
        return try shared.withRunning { content in
            guard let lease = content.state.leases[id] else { throw KeyValueError.leaseNotFound(id) }
            return (lease, content.leaseClock.remaining(id, now: now) ?? 0)
        }
    }

    /// Numbers of all leases, in order.
    public func leases() throws -> [LeaseID] { try shared.withRunning { $0.state.leases.keys.sorted() } }
}

/// Lets many wait for one end.
final class Ending: Sendable {
    private let waiters = Mutex<[CheckedContinuation<Void, Never>]?>([])

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = waiters.withLock { waiters in
                waiters?.append(continuation)
                return waiters == nil
            }
            if isOver { continuation.resume() }
        }
    }

    func come() {
        let all = waiters.withLock { waiters in
            defer { waiters = nil }
            return waiters ?? []
        }
        for waiter in all { waiter.resume() }
    }
}
