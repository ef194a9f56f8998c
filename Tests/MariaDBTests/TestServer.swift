import Foundation
import Logging
import Synchronization
import Testing

@testable import MariaDB

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A real server for these tests: started when the first asks, ended with the process.
enum TestServer {
    private static let shared = Task { () throws -> PrivateServer in
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("skiff-db-\(getpid())").path
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
    private static let leftovers = Mutex<(pid: pid_t, directory: String)>((0, ""))
    private static let names = Mutex(0)

    /// A new, empty database of this server.
    static func database(limits: Database.Limits = .init()) async throws -> Database {
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

/// A directory for a server of a test's own.
func temporaryServerDirectory() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("skiff-own-\(UUID().uuidString.prefix(8))").path
}
