import Foundation
import Logging
import MariaDB
import Synchronization

public let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A real server for a test process: started when the first test asks, ended with the process.
public enum TestServer {
    private static let shared = Task { () throws -> PrivateServer in
        await endOrphans()
        let directory = "\(prefix)\(getpid())"
        let server = PrivateServer(directory: directory, logger: quiet)
        try await server.start()
        leftovers.withLock { $0 = (server.pid, directory) }
        atexit {
            let (pid, directory) = leftovers.withLock { $0 }
            kill(pid, SIGKILL)
            try? FileManager.default.removeItem(atPath: directory)
        }
        return server
    }
    private static let prefix = FileManager.default.temporaryDirectory.appendingPathComponent("skiff-db-").path

    /// Ends servers whose test process was killed before it could: their directories carry its number.
    private static func endOrphans() async {
        let folder = FileManager.default.temporaryDirectory.path
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard name.hasPrefix("skiff-db-"), let owner = pid_t(name.dropFirst(9)), kill(owner, 0) != 0 else {
                continue
            }
            let server = PrivateServer(directory: "\(folder)/\(name)", logger: quiet)
            if server.adopt() { await server.stop() }
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
    private static let leftovers = Mutex<(pid: pid_t, directory: String)>((0, ""))
    private static let names = Mutex(0)

    /// A new, empty database of this server.
    public static func database(limits: Database.Limits = .init()) async throws -> Database {
        let server = try await shared.value
        let number = names.withLock {
            $0 += 1
            return $0
        }
        let url = server.url(name: "test\(number)")
        try await Migrations.createDatabase(url, logger: quiet)
        return Database(url, limits: limits, logger: quiet)
    }
}

/// A server of a test's own, to kill and start again; its directory goes with the value.
public final class OwnServer: Sendable {
    public let directory: String
    public let server: PrivateServer

    public init() {
        directory =
            FileManager.default.temporaryDirectory.appendingPathComponent("skiff-own-\(UUID().uuidString.prefix(8))")
            .path
        server = PrivateServer(directory: directory, logger: quiet)
    }
    /// As if the machine had taken it away.
    public func killNow() async {
        let pid = server.pid
        kill(pid, SIGKILL)
        while FileManager.default.fileExists(atPath: "/proc/\(pid)/fd/0") { await pause() }
    }
    public func remove() { try? FileManager.default.removeItem(atPath: directory) }
}

/// Between two looks at something that others bring about, without taking the processor from them.
public func pause() async { try? await Task.sleep(for: .milliseconds(2)) }
