import Basics
import KeyValueCore
import Logging
import RaftCore
import Synchronization

/// One member of the store, in this process: every write is on the disks of a majority before it is acknowledged.
public final class EmbeddedStore: RevisionedStore {
    let shared: SharedState
    let inbox: Inbox
    let limits: StoreLimits
    let clock: any TimeSource
    let random: @Sendable () -> UInt64
    private let ending: Gate<Void>
    /// Which member of which cluster this is.
    public let identity: StoreIdentity
    /// Nil for a store that is alone.
    let carrier: (any PeerCarrier)?

    /// Opens the store in a directory, which is made if missing. Throws `StoreError.locked` if another process has
    /// it open, and `StoreError.corrupt` if what is there cannot be trusted. With `cluster` it listens for other
    /// members and talks to them; without, it is the only one.
    public static func open(
        directory: String, cluster: ClusterSettings? = nil, limits: StoreLimits = StoreLimits(),
        logger: Logger = Logger(label: "EtcdStore")
    ) async throws -> EmbeddedStore {
        let disk: PosixDisk
        do throws(DiskError) { disk = try PosixDisk(path: directory) } catch { throw error.storeError }
        return try await open(disk: disk, clock: SystemClock(), cluster: cluster, limits: limits, logger: logger)
    }

    /// Opens the store on any disk; `random` chooses the numbers of new members, files and leases.
    public static func open(
        disk: any Disk, clock: any TimeSource, cluster: ClusterSettings? = nil, limits: StoreLimits = StoreLimits(),
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 1 ... .max) }, logger: Logger
    ) async throws -> EmbeddedStore {
        let environment = StoreEnvironment(
            disk: disk, limits: cluster == nil ? limits.alone : limits, random: random, logger: logger)
        let connect: StoreThread.Connect? = try cluster.map { try PeerTransport.connect($0, environment) }
        var founding = cluster?.founding ?? .alone
        if let cluster, case .joinThrough(let urls) = founding, try !StoreRecovery.hasMember(disk) {
            founding = try await PeerInquiry(cluster, limits, logger).founding(urls)
        }
        let chosen = founding
        let store: EmbeddedStore = try await withCheckedThrowingContinuation { continuation in
            let isRunning = WorkerThread.start {
                StoreThread(environment, chosen, clock, connect).run { continuation.resume(with: $0) }
            }
            if !isRunning { continuation.resume(throwing: StoreError.stopped("there is no thread for the store")) }
        }
        if let cluster { store.introduce(cluster) }
        return store
    }

    init(
        shared: SharedState, inbox: Inbox, environment: StoreEnvironment, clock: any TimeSource, ending: Gate<Void>,
        identity: StoreIdentity, carrier: (any PeerCarrier)?
    ) {
        self.shared = shared
        self.inbox = inbox
        limits = environment.limits
        random = environment.random
        self.clock = clock
        self.ending = ending
        self.identity = identity
        self.carrier = carrier
    }

    deinit { inbox.post(.close) }

    /// Ends the store in order: what was accepted is answered, watches end, and the directory is free for another.
    public func close() async {
        inbox.post(.close)
        await ending.waitThroughCancellation()
    }

    // MARK: Reading

    public func range(_ request: RangeRequest) async throws -> RangeResponse {
        if !request.serializable { try await catchUp() }
        return try rangeNow(request)
    }

    /// Like `range`, for callers that cannot wait: it never does. What it answers is what this member has applied.
    /// The only member of a cluster has applied all there is; one of several may be behind the leader by what is on
    /// its way, so there this is etcd's serializable read.
    public func rangeNow(_ request: RangeRequest) throws -> RangeResponse {
        if request.range.end == nil { return try shared.withReadable { try $0.state.range(request) } }
        return try shared.withReadable { $0.state.table }.range(request)
    }

    /// Returns when this member has applied everything that was acknowledged by any member before this call. Throws
    /// `StoreError.noLeader` if nobody leads for as long as a request may wait.
    public func catchUp() async throws {
        if try shared.withRunning({ $0.standing.isAlone }) { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            catchUp { continuation.resume(with: $0) }
        }
    }

    private func catchUp(_ answer: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        do throws(StoreError) { try inbox.post(WaitingRead(answer: answer)) } catch { answer(.failure(reason(error))) }
    }

    /// `range` without a task: `answer` is called once, here if nobody must be asked, or else on the store's thread, which
    /// it should not hold up.
    package func range(
        _ request: RangeRequest, _ answer: @escaping @Sendable (Result<RangeResponse, any Error>) -> Void
    ) {
        let isCurrent = Result { try request.serializable || shared.withRunning { $0.standing.isAlone } }
        switch isCurrent {
        case .success(true): answer(Result { try rangeNow(request) })
        case .success(false):
            catchUp { [self] caughtUp in answer(caughtUp.flatMap { Result { try rangeNow(request) } }) }
        case .failure(let error): answer(.failure(error))
        }
    }

    /// The revision of the newest change that is applied; never waits.
    public var revision: Revision { shared.withContent { $0.state.revision } }

    /// Whether this member has no vote (yet), as far as it knows; never waits.
    public var isLearner: Bool { shared.withContent { $0.standing.isLearner } }

    /// The term this member knows. Throws why the store has stopped.
    public var term: UInt64 { get throws { try shared.withRunning { $0.standing.leadership.term } } }

    public func status() async throws -> StoreStatus {
        try shared.withRunning { content in
            let standing = content.standing
            var status = StoreStatus(
                revision: content.state.revision, compactedRevision: content.state.compactedRevision,
                term: standing.leadership.term, isLeader: standing.leadership.isLeading,
                sizeInBytes: content.bytesOnDisk)
            status.member = identity.member
            status.leader = standing.leadership.leader
            status.isLearner = standing.isLearner
            status.isMember = standing.configuration.contains(Member(identity.member))
            status.isRemoved =
                !content.applied.configuration.voters.isEmpty
                && !content.applied.configuration.contains(Member(identity.member))
                && !standing.configuration.contains(Member(identity.member))
            status.committedIndex = standing.committed
            status.appliedIndex = content.applied.position.index
            status.bytesHeld = content.state.bytesHeld
            status.quotaBytes = limits.quotaBytes
            status.alarms = content.applied.alarms.all
            let own = StoreAlarm(member: identity.member, kind: .noSpace)
            if standing.hasUntoldAlarm, !status.alarms.contains(own) { status.alarms.append(own) }
            return status
        }
    }

    /// Who leads, now and whenever that changes. A reader that is slow misses what has passed already, never the
    /// newest. It ends when the store does.
    public var leadershipChanges: AsyncStream<Leadership> {
        let number = random()
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let isRunning = shared.withContent { content in
                guard content.failure == nil else { return false }
                continuation.yield(content.standing.leadership)
                content.leadership[number] = continuation
                return true
            }
            if !isRunning { return continuation.finish() }
            continuation.onTermination = { [shared] _ in
                shared.withContent { _ = $0.leadership.removeValue(forKey: number) }
            }
        }
    }

    /// A hash of the whole state, equal on members that applied the same, with its revision.
    public func hash() throws -> (hash: UInt64, revision: Revision) {
        try shared.withRunning { ($0.state.hash, $0.state.revision) }
    }

    public func watch(
        _ range: KeyRange, from revision: Revision, previousValues: Bool
    ) async throws -> any StoreWatch {
        try watchNow(range, from: revision, previousValues: previousValues)
    }

    /// Like `watch`, for callers that poll.
    package func watchNow(
        _ range: KeyRange, from revision: Revision, previousValues: Bool
    ) throws -> EmbeddedWatch {
        try shared.watch(
            range, from: revision, previousValues: previousValues, limitBytes: limits.watcherBacklogBytes)
    }

    // MARK: Writing

    public func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse {
        try transaction.validate()
        if transaction.isReadOnly {
            try await catchUp()
            return try shared.withReadable { content in
                let current = content.standing.leadership.term
                if let term, term != current { throw StoreError.termPassed(current: current) }
                return try content.state.read(transaction)
            }
        }
        guard case .transaction(let response) = try await propose(.transact(transaction), inTerm: term) else {
            throw StoreError.stopped("a transaction was answered with something else")
        }
        return response
    }

    /// `transact` without a task: `answer` is called once, here or on the store's thread, which it should not hold up.
    package func transact(
        _ transaction: Transaction, _ answer: @escaping @Sendable (Result<TransactionResponse, any Error>) -> Void
    ) {
        do { try transaction.validate() } catch { return answer(.failure(error)) }
        if transaction.isReadOnly {
            let isCurrent = Result { try shared.withRunning { $0.standing.isAlone } }
            let read = { @Sendable [self] in try shared.withReadable { try $0.state.read(transaction) } }
            switch isCurrent {
            case .success(true): answer(Result { try read() })
            case .success(false): catchUp { caughtUp in answer(caughtUp.flatMap { Result { try read() } }) }
            case .failure(let error): answer(.failure(error))
            }
            return
        }
        let command = Command.transact(transaction)
        propose(.keyValue(command), bytes: command.encoded, inTerm: nil) { result in
            switch result {
            case .success(.transaction(let response)?): answer(.success(response))
            case .success: answer(.failure(StoreError.stopped("a transaction was answered with something else")))
            case .failure(let error): answer(.failure(error))
            }
        }
    }

    public func compact(_ revision: Revision) async throws { _ = try await propose(.compact(revision)) }

    private func propose(_ command: Command, inTerm term: UInt64? = nil) async throws -> CommandResult {
        guard let result = try await propose(.keyValue(command), bytes: command.encoded, inTerm: term) else {
            throw StoreError.stopped("a command was taken for another")
        }
        return result
    }

    func propose(
        _ content: LogCommand.Content, bytes: [UInt8], inTerm term: UInt64? = nil
    ) async throws -> CommandResult? {
        try await withCheckedThrowingContinuation { continuation in
            propose(content, bytes: bytes, inTerm: term) { continuation.resume(with: $0) }
        }
    }

    private func propose(
        _ content: LogCommand.Content, bytes: [UInt8], inTerm term: UInt64?, _ answer: @escaping WaitingProposal.Answer
    ) {
        if bytes.count > limits.requestBytes {
            return answer(.failure(StoreError.requestTooLarge(limitBytes: limits.requestBytes)))
        }
        let proposal = WaitingProposal(content, bytes: bytes, inTerm: term, answer: answer)
        do throws(StoreError) { try inbox.post(proposal) } catch { answer(.failure(reason(error))) }
    }

    /// Has the leader do something, wherever it is.
    func ask(_ request: LeaderRequest) async throws -> LeaderAnswer {
        try await withCheckedThrowingContinuation { continuation in
            let request = WaitingRequest(request) { continuation.resume(with: $0) }
            do throws(StoreError) { try inbox.post(request) } catch { continuation.resume(throwing: reason(error)) }
        }
    }

    /// A store that has stopped says why rather than that it is closed.
    func reason(_ error: StoreError) -> StoreError {
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

    /// Gives a lease its full time again, and returns that in seconds. The leader keeps the clock.
    public func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 {
        let now = clock.uptimeMilliseconds
        let seconds: Int64?? = try shared.withRunning { content in
            content.standing.isAlone ? .some(content.leaseClock.renew(id, now: now)) : nil
        }
        switch seconds {
        case .some(let seconds?): return seconds
        case .some(nil): throw KeyValueError.leaseNotFound(id)
        case nil:
            guard case .seconds(let seconds) = try await ask(.keepAlive(id)) else { throw StoreError.unknownOutcome }
            return seconds
        }
    }

    /// The lease with its keys, and the seconds it has left by this member's clock, which counts if it leads.
    public func lease(_ id: LeaseID) throws -> (lease: Lease, remainingSeconds: Int64) {
        let now = clock.uptimeMilliseconds
        return try shared.withRunning { content in
            guard let lease = content.state.leases[id] else { throw KeyValueError.leaseNotFound(id) }
            return (lease, content.leaseClock.remaining(id, now: now) ?? 0)
        }
    }

    /// The lease with its keys, and the seconds it has left by the leader's clock.
    public func leaseStatus(_ id: LeaseID) async throws -> (lease: Lease, remainingSeconds: Int64) {
        try await catchUp()
        var (lease, remaining) = try lease(id)
        if try shared.withRunning({ $0.standing.isAlone }) { return (lease, remaining) }
        guard case .seconds(let seconds) = try await ask(.remaining(id)) else { throw StoreError.unknownOutcome }
        remaining = seconds
        return (lease, remaining)
    }

    /// Numbers of all leases, in order.
    public func leases() throws -> [LeaseID] { try shared.withRunning { $0.state.leases.keys.sorted() } }
}
