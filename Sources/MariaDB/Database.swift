import Foundation
import Logging
import Synchronization

/// A pool of connections to one database.
public final class Database: Sendable {
    public struct Limits: Sendable {
        public var connections = 4
        /// Statements that may wait for a connection.
        public var queued = 1_024
        /// How long one may wait.
        public var queueSeconds = 10
        public var connectSeconds = 5
        /// The longest a statement may take to answer.
        public var readSeconds = 30
        public var writeSeconds = 30
        /// How often a transaction is begun again that others got in the way of.
        public var attempts = 6
        public init() {}
    }

    typealias Work = @Sendable (Connection) -> ConnectionFate
    /// What a job leaves behind.
    enum ConnectionFate { case keep, drop }

    private struct Job: Sendable {
        let deadline: ContinuousClock.Instant
        let work: Work
        let fail: @Sendable (any Error) -> Void
    }

    public let url: DatabaseURL
    private let limits: Limits
    private let logger: Logger
    private let state: Mutex<PoolState<Job>>
    private let reconnect = Mutex(Reconnect())
    private let wakeUps = DispatchSemaphore(value: 0)
    private let ended = DispatchGroup()

    public init(_ url: DatabaseURL, limits: Limits = Limits(), logger: Logger) {
        self.url = url
        self.limits = limits
        self.logger = logger
        state = Mutex(PoolState(workerLimit: limits.connections, queueLimit: limits.queued))
    }

    /// Rows of a statement that changes nothing; done again once if the connection turns out to be broken.
    public func query(_ sql: String, _ values: [SQLValue] = []) async throws -> [Row] {
        try await attempts(again: { $0.kind == .connectionLost || $0.kind == .transient }) {
            try await self.session { (session: borrowing Session) throws in try session.query(sql, values) }
        }
    }

    /// One statement that changes something, in a transaction of its own. If the connection breaks under way it is
    /// done again only when the caller says that doing it twice is the same as once.
    @discardableResult
    public func execute(
        _ sql: String, _ values: [SQLValue] = [], isIdempotent: Bool = false
    ) async throws -> Outcome {
        try await attempts(again: { $0.kind == .transient || $0.kind == .connectionLost && isIdempotent }) {
            try await self.session { (session: borrowing Session) throws in try session.execute(sql, values) }
        }
    }

    /// Runs `body` in a transaction on a connection's thread, again if others got in its way, or if the connection broke
    /// before the commit was sent. If it breaks during the commit, only an idempotent body is run again; otherwise
    /// `connectionLost` says that nobody knows.
    public func transaction<Value: Sendable>(
        isIdempotent: Bool = false, _ body: @escaping @Sendable (borrowing Session) throws -> Value
    ) async throws -> Value {
        let commits = Mutex(false)
        return try await attempts(again: { error in
            error.kind == .transient || error.kind == .connectionLost && (isIdempotent || !commits.withLock { $0 })
        }) {
            commits.withLock { $0 = false }
            return try await self.session { (session: borrowing Session) throws in
                try session.begin()
                do {
                    let value = try body(session)
                    commits.withLock { $0 = true }
                    try session.commit()
                    return value
                } catch {
                    session.rollback()
                    throw error
                }
            }
        }
    }

    /// Lends a connection to `body`, which runs on that connection's thread and may block it.
    public func session<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Session) throws -> Value
    ) async throws -> Value {
        let withdrawal = Withdrawal()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
                let job = Job(
                    deadline: .now + .seconds(limits.queueSeconds),
                    work: { connection in
                        do {
                            continuation.resume(returning: try body(Session(connection)))
                            return .keep
                        } catch let error as DatabaseError {
                            continuation.resume(throwing: error)
                            return error.kind == .connectionLost || error.kind == .unavailable ? .drop : .keep
                        } catch {
                            continuation.resume(throwing: error)
                            return .keep
                        }
                    }, fail: { continuation.resume(throwing: $0) })
                if let id = submit(job), withdrawal.queued(id) { withdraw(id) }
            }
        } onCancel: {
            if let id = withdrawal.cancelled() { withdraw(id) }
        }
    }

    /// Lets running statements end, refuses those that wait, and closes all connections.
    public func shutdown() async {
        let (jobs, wake) = state.withLock { $0.closed() }
        for job in jobs { job.fail(DatabaseError(kind: .unavailable, message: "the pool is shutting down")) }
        for _ in 0..<wake { wakeUps.signal() }
        await withCheckedContinuation { continuation in ended.notify(queue: .global()) { continuation.resume() } }
    }

    // MARK: Jobs

    private func submit(_ job: Job) -> Int? {
        let (id, submission) = state.withLock { $0.submitted(job) }
        switch submission {
        case .wake: wakeUps.signal()
        case .start: startWorker()
        case .wait: break
        case .refuse:
            job.fail(DatabaseError(kind: .overloaded, message: "too many statements wait for the database"))
            return nil
        }
        return id
    }

    private func withdraw(_ id: Int) { state.withLock { $0.withdrawn(id) }?.fail(CancellationError()) }

    private func attempts<Value>(
        again: (DatabaseError) -> Bool, _ body: () async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let error as DatabaseError where attempt < limits.attempts && again(error) {
                logger.debug(
                    "A statement is done again.",
                    metadata: ["attempt": .stringConvertible(attempt), "error": .string("\(error)")])
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...(5 << attempt))))
                attempt += 1
            }
        }
    }

    // MARK: Workers

    private func startWorker() {
        ended.enter()
        let thread = Thread {
            self.work()
            self.ended.leave()
        }
        thread.name = "mariadb"
        thread.stackSize = 1 << 19
        thread.start()
    }

    /// One worker's life: its connection is made when a job needs it and never leaves this thread.
    private func work() {
        var connection: Connection?
        var lastUse = ContinuousClock.now
        while true {
            switch state.withLock({ $0.workerFree() }) {
            case .end: return
            case .sleep: wakeUps.wait()
            case .run(let job):
                guard job.deadline > .now else {
                    job.fail(
                        DatabaseError(kind: .overloaded, message: "the statement waited too long for a connection"))
                    continue
                }
                // A connection that lay idle may be gone; better to find out before the statement is on its way, for
                // what changes something cannot be repeated. To ask costs a round trip, to look costs next to nothing.
                if let idle = connection, ContinuousClock.now - lastUse > .seconds(1) || !idle.isQuiet(),
                    !idle.isAlive()
                {
                    connection = nil
                }
                do {
                    let usable = try connection ?? connect()
                    connection = usable
                    if job.work(usable) == .drop { connection = nil }
                } catch {
                    job.fail(error)
                }
                lastUse = .now
            }
        }
    }

    private func connect() throws(DatabaseError) -> Connection {
        if let refusal = reconnect.withLock({ $0.refusal(at: .now) }) { throw refusal }
        do {
            let connection = try Connection(
                url,
                timeouts: .init(
                    connectSeconds: UInt32(clamping: limits.connectSeconds),
                    readSeconds: UInt32(clamping: limits.readSeconds),
                    writeSeconds: UInt32(clamping: limits.writeSeconds)))
            reconnect.withLock { $0.succeeded() }
            return connection
        } catch {
            reconnect.withLock { $0.failed(error, at: .now, jitter: Double.random(in: 0...1)) }
            throw error
        }
    }
}

/// Brings together a job's number and the cancellation of its task, whichever comes first.
private final class Withdrawal: Sendable {
    private let state = Mutex<(id: Int?, isCancelled: Bool)>((nil, false))
    /// Whether the job must be withdrawn at once.
    func queued(_ id: Int) -> Bool {
        state.withLock {
            $0.id = id
            return $0.isCancelled
        }
    }
    /// The number of the job to withdraw, if it has one.
    func cancelled() -> Int? {
        state.withLock {
            $0.isCancelled = true
            return $0.id
        }
    }
}
