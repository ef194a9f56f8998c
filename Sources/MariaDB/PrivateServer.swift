import Basics
import Foundation
import Logging
import Synchronization

/// A mariadbd of our own: a child process with small settings, reached by a unix socket only, its files in one
/// directory. One that an earlier, killed owner left running is adopted.
public final class PrivateServer: Sendable {
    /// Why there is no server.
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    private static let restarts = Backoff(base: .milliseconds(200), limit: .seconds(10), jitter: 0)
    private struct State {
        /// The server's process, ours or adopted; 0 when there is none.
        var pid: pid_t = 0
    }

    private let layout: ServerLayout
    private let logger: Logger
    private let state = Mutex(State())

    /// `directory` is made if it is not there; nobody else may use it.
    public init(directory: String, logger: Logger) {
        layout = ServerLayout(directory: directory)
        self.logger = logger
    }

    /// Whether the programs it needs are on this machine.
    public static var isInstalled: Bool {
        Programs.find("mariadbd") != nil && Programs.find("mariadb-install-db") != nil
    }

    /// Whether its files are there; else it makes them at its first start, which takes some seconds.
    public var hasFiles: Bool { layout.isInstalled }

    /// Where it is reached, as the user who runs us; `name` is the database's.
    public func url(name: String) -> DatabaseURL {
        DatabaseURL(user: Programs.userName, socket: layout.socket, name: name)
    }

    /// The server's process; 0 when there is none.
    public var pid: pid_t { state.withLock { $0.pid } }

    /// Runs the server until the task is cancelled, starting it again when it dies; then stops it in order. `onStart` is
    /// called each time it answers.
    public func run(onStart: @Sendable () async -> Void = {}) async throws {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await start()
                failures = 0
                await onStart()
                await waitForExit()
                if !Task.isCancelled { logger.error("The private database server has ended; it is started again.") }
            } catch  where Task.isCancelled {
                break  // it was not given the time
            } catch {
                logger.error("The private database server does not start.", metadata: ["error": .string("\(error)")])
            }
            if Task.isCancelled { break }
            try? await Task.sleep(for: Self.restarts.delay(afterFailures: failures))
            failures += 1
        }
        await stop()
    }

    /// Starts or adopts the server; returns when it answers.
    public func start() async throws {
        try layout.prepare()
        if adopt() {
            let left = pid
            if await answers(within: .seconds(5), while: { Programs.isRunning(left) }) {
                logger.info("A private database server is adopted.", metadata: ["pid": .stringConvertible(left)])
                return
            }
            await stop()
        }
        if !layout.isInstalled { try await install() }
        let process = try launch()
        state.withLock { $0 = State(pid: process) }
        guard await answers(within: .seconds(60), while: { Programs.isRunning(process) }) else {
            // What has answered nobody holds nothing that was acknowledged; it need not be waited for.
            await stop(graceSeconds: Task.isCancelled ? 1 : Self.stopSeconds)
            throw Failure(description: "mariadbd did not begin to answer; see \(layout.errorLog)")
        }
    }

    /// Takes over a server that an earlier owner left running; false if there is none.
    public func adopt() -> Bool {
        guard let left = layout.runningServer() else { return false }
        state.withLock { $0 = State(pid: left) }
        return true
    }

    /// How long a server may take to stop in order.
    private static let stopSeconds = 30

    /// Stops the server in order; after half a minute by force.
    public func stop() async { await stop(graceSeconds: Self.stopSeconds) }

    private func stop(graceSeconds: Int) async {
        let pid = state.withLock { state in
            defer { state = State() }
            return state.pid
        }
        if pid != 0 { await Programs.end(pid, graceSeconds: graceSeconds) }
    }

    private func waitForExit() async {
        let pid = self.pid
        while Programs.isRunning(pid), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(200)) }
    }

    private func answers(within limit: Duration, while alive: () -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline && alive() {
            if UnixSocket.accepts(layout.socket) { return true }
            // When cancelled the caller stops what it has begun.
            if (try? await Task.sleep(for: .milliseconds(20))) == nil { return false }
        }
        return false
    }

    /// Installs beside and renames, so that an interrupted installation is not taken for one.
    private func install() async throws {
        guard let program = Programs.find("mariadb-install-db") else {
            throw Failure(description: "mariadb-install-db is not installed")
        }
        let status = try await Programs.run(program, layout.installArguments, output: layout.installLog)
        guard status == 0 else {
            let log = (try? String(contentsOfFile: layout.installLog, encoding: .utf8)) ?? ""
            let line = log.split(separator: "\n").last { $0.contains("rror") } ?? ""
            throw Failure(
                description: "mariadb-install-db ended with status \(status); see \(layout.installLog). \(line)")
        }
        try FileManager.default.moveItem(atPath: layout.newData, toPath: layout.data)
    }

    private func launch() throws -> pid_t {
        guard let program = Programs.find("mariadbd") else { throw Failure(description: "mariadbd is not installed") }
        return try Programs.start(program, layout.serverArguments)
    }
}
