import Basics
import CoreMetrics
import KeyValueCore
import Logging
import RaftCore
import Synchronization

/// One member of the store, in this process: every write is on the disks of a majority before it is acknowledged.
public final class EmbeddedStore: RevisionedStore {
    let shared: SharedState
    let queue: EngineQueue
    let limits: StoreLimits
    let clock: any TimeSource
    let random: @Sendable () -> UInt64
    private let ending: Gate<Void>
    /// Which member of which cluster this is.
    public let identity: StoreIdentity
    /// Nil for a store that is alone.
    let transporter: (any Transporter)?

    /// Opens the store in a directory, which is made if missing. Throws `StoreError.locked` if another process has
    /// it open, and `StoreError.corrupt` if what is there cannot be trusted. With `cluster` it listens for other
    /// members and talks to them; without, it is the only one.
    public static func open(
        directory: String, cluster: ClusterSettings? = nil, limits: StoreLimits = StoreLimits(),
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger = Logger(label: "EtcdStore")
    ) async throws -> EmbeddedStore {
        let disk: TimedDisk
        do throws(DiskError) {
            disk = TimedDisk(try PosixDisk(path: directory), metrics)
        } catch {
            throw error.storeError
        }
        return try await open(disk: disk, clock: SystemClock(), cluster: cluster, limits: limits, logger: logger)
    }

    /// Opens a new store that is alone, in memory: all of it ends with the process.
    public static func openInMemory(
        limits: StoreLimits = .inMemory, metrics: any MetricsFactory = MetricsSystem.factory,
        logger: Logger = Logger(label: "EtcdStore")
    ) async throws -> EmbeddedStore {
        try await open(disk: TimedDisk(MemoryDisk(), metrics), clock: SystemClock(), limits: limits, logger: logger)
    }

    /// Opens the store on any disk; `random` chooses the numbers of new members, files and leases.
    public static func open(
        disk: any Disk, clock: any TimeSource, cluster: ClusterSettings? = nil, limits: StoreLimits = StoreLimits(),
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 1 ... .max) }, logger: Logger
    ) async throws -> EmbeddedStore {
        let environment = StoreEnvironment(
            disk: disk, limits: cluster == nil ? limits.alone : limits, random: random, logger: logger)
        let connect: StoreOpening.Connect? = try cluster.map { try PeerTransport.connect($0, environment) }
        var bootstrap = cluster?.bootstrap ?? .alone
        if let cluster, case .joinThrough(let urls) = bootstrap, try !StoreRecovery.hasMember(disk) {
            bootstrap = try await PeerInquiry(cluster, limits, logger).bootstrap(urls)
        }
        let chosen = bootstrap
        let store: EmbeddedStore = try await withCheckedThrowingContinuation { continuation in
            let isRunning = WorkerThread.start {
                StoreThread(
                    StoreOpening(environment: environment, bootstrap: chosen, clock: clock, connect: connect)
                ).run { continuation.resume(with: $0) }
            }
            if !isRunning { continuation.resume(throwing: StoreError.stopped("there is no thread for the store")) }
        }
        if let cluster { store.introduce(cluster) }
        return store
    }

    init(
        shared: SharedState, queue: EngineQueue, environment: StoreEnvironment, clock: any TimeSource,
        ending: Gate<Void>, identity: StoreIdentity, transporter: (any Transporter)?
    ) {
        self.shared = shared
        self.queue = queue
        limits = environment.limits
        random = environment.random
        self.clock = clock
        self.ending = ending
        self.identity = identity
        self.transporter = transporter
    }

    deinit { queue.post(.close) }

    /// Ends the store in order: what was accepted is answered, watches end, and the directory is free for another.
    public func close() async {
        queue.post(.close)
        await ending.waitThroughCancellation()
    }

    /// From now on this member shows the others another certificate, and asks for ones of these roots. Connections that
    /// there are go on. Throws, and changes nothing, when the materials cannot be used; a store without others has no use
    /// for them.
    public func changePeerSecurity(to security: PeerSecurity) throws {
        try (transporter as? PeerTransport)?.change(to: security)
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
        if try shared.withRunning({ $0.memberState.isAlone }) { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            catchUp { continuation.resume(with: $0) }
        }
    }

    private func catchUp(_ answer: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        do throws(StoreError) { try queue.post(WaitingRead(answer: answer)) } catch { answer(.failure(reason(error))) }
    }

    /// `range` without a task: `answer` is called once, here if nobody must be asked, or else on the store's thread, which
    /// it should not hold up.
    package func range(
        _ request: RangeRequest, _ answer: @escaping @Sendable (Result<RangeResponse, any Error>) -> Void
    ) {
        let isCurrent = Result { try request.serializable || shared.withRunning { $0.memberState.isAlone } }
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
    public var isLearner: Bool { shared.withContent { $0.memberState.isLearner } }

    /// The term this member knows. Throws why the store has stopped.
    public var term: UInt64 { get throws { try shared.withRunning { $0.memberState.leadership.term } } }

    public func status() async throws -> StoreStatus {
        try shared.withRunning { content in
            let memberState = content.memberState
            var status = StoreStatus(
                revision: content.state.revision, compactedRevision: content.state.compactedRevision,
                term: memberState.leadership.term, isLeader: memberState.leadership.isLeading,
                sizeInBytes: content.bytesOnDisk)
            status.member = identity.member
            status.leader = memberState.leadership.leader
            status.isLearner = memberState.isLearner
            status.isMember = memberState.configuration.contains(Member(identity.member))
            status.isRemoved =
                !content.applied.configuration.voters.isEmpty
                && !content.applied.configuration.contains(Member(identity.member))
                && !memberState.configuration.contains(Member(identity.member))
            status.committedIndex = memberState.committed
            status.appliedIndex = content.applied.position.index
            status.bytesHeld = content.state.bytesHeld
            status.quotaBytes = limits.quotaBytes
            status.alarms = content.applied.alarms.all
            let own = StoreAlarm(member: identity.member, kind: .noSpace)
            if memberState.hasUntoldAlarm, !status.alarms.contains(own) { status.alarms.append(own) }
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
                continuation.yield(content.memberState.leadership)
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
                let current = content.memberState.leadership.term
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
            let isCurrent = Result { try shared.withRunning { $0.memberState.isAlone } }
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

    func propose(_ command: Command, inTerm term: UInt64? = nil) async throws -> CommandResult {
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
        do throws(StoreError) { try queue.post(proposal) } catch { answer(.failure(reason(error))) }
    }

    /// Has the leader do something, wherever it is.
    func ask(_ request: LeaderRequest) async throws -> LeaderAnswer {
        try await withCheckedThrowingContinuation { continuation in
            let request = WaitingRequest(request) { continuation.resume(with: $0) }
            do throws(StoreError) { try queue.post(request) } catch { continuation.resume(throwing: reason(error)) }
        }
    }

    /// A store that has stopped says why rather than that it is closed.
    func reason(_ error: StoreError) -> StoreError {
        error == .closed ? shared.withContent { $0.failure } ?? error : error
    }
}
