import Basics
import Logging
import MariaDB
import Records
import ServiceLifecycle
import Synchronization

/// The database of the audit trail and the users: a server elsewhere by URL, or a private one. The cluster never waits
/// for it; `fault` says what is amiss.
final class DatabaseService: Service {
    /// Tables that are not as the migrations left them end the process, if they are found within this time of its start;
    /// a cluster that has served for longer goes on without its database.
    static let startSeconds = 30
    /// Everything else is tried again after this long, doubled up to the second.
    static let retries = Backoff(base: .milliseconds(200), limit: .seconds(5), jitter: 0)

    let database: Database
    private let privateServer: PrivateServer?
    private let logger: Logger
    private let start: Progress
    private let state = Mutex<String?>("it has not been reached yet")
    /// Ends when the database can be used for the first time.
    private let waiting = AsyncStream<Never>.makeStream()

    /// nil when there is neither a URL nor a server to start.
    init?(url: String?, directory: String, start: Progress, logger: Logger) throws {
        self.logger = logger
        self.start = start
        if let url {
            privateServer = nil
            database = Database(try DatabaseURL(parsing: url), logger: logger)
        } else if PrivateServer.isInstalled {
            let server = PrivateServer(directory: directory, logger: logger)
            privateServer = server
            if !server.hasFiles { start.say("Database is being made in \(directory) …") }
            database = Database(server.url(name: "skiff"), logger: logger)
        } else {
            return nil
        }
    }

    /// nil when the database can be used, else a sentence.
    var fault: String? { state.withLock { $0 } }

    /// Returns when the tables are there for the first time, or the task is cancelled. One caller.
    func waitForFirstUse() async { for await _ in waiting.stream {} }

    /// Whether an answer of the database comes now; for the health page.
    func check() async -> String? {
        if let fault { return fault }
        do {
            _ = try await database.query("SELECT 1")
            return nil
        } catch {
            return "\(error)"
        }
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                if let privateServer { tasks.addTask { try? await privateServer.run() } }
                tasks.addTask { try await self.migrate() }
                try await tasks.waitForAll()
                // A shutdown's cancellation must find something to end, also without a private server.
                while (try? await Task.sleep(for: .seconds(86_400))) != nil {}
            }
        }
        await database.shutdown()
    }

    private func migrate() async throws {
        let began = ContinuousClock.now
        var failures = 0
        var isWarned = false
        while !Task.isCancelled {
            do {
                if privateServer != nil { try await Migrations.createDatabase(database.url, logger: logger) }
                let applied = try await RecordsSchema.migrate(database)
                state.withLock { $0 = nil }
                waiting.continuation.finish()
                start.done("Database ready" + (applied.isEmpty ? "" : ": \(applied.count) migrations applied"))
                return
            } catch {
                let isNew = state.withLock { state in
                    defer { state = "\(error)" }
                    return state != "\(error)"
                }
                if error is MigrationError, ContinuousClock.now - began < .seconds(Self.startSeconds) { throw error }
                if isNew, error is MigrationError {
                    logger.error("The database's tables are not as expected.", metadata: ["error": "\(error)"])
                } else if !isWarned, isLate(since: began) {
                    isWarned = true
                    logger.warning(
                        "The database is not there yet; audit events wait in the spool.",
                        metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: Self.retries.delay(afterFailures: failures))
            failures += 1
        }
    }

    /// A server elsewhere should be there; one of our own is given the time of its start.
    private func isLate(since began: ContinuousClock.Instant) -> Bool {
        privateServer == nil || ContinuousClock.now - began > .seconds(Self.startSeconds)
    }
}
