import Foundation
import DatabaseTestKit
import Testing

@testable import MariaDB

@Suite(.enabled(if: PrivateServer.isInstalled, "mariadbd is not installed")) struct PrivateServerTests {
    @Test func survivesKillAndIsAdoptedByItsNextOwner() async throws {
        let own = OwnServer()
        defer { own.remove() }
        let (server, directory) = (own.server, own.directory)
        try await server.start()
        let url = server.url(name: "app")
        try await Migrations.createDatabase(url, logger: quiet)
        let database = Database(url, logger: quiet)
        try await database.execute("CREATE TABLE t (id INT)")
        try await database.execute("INSERT INTO t VALUES (1)")

        // Its owner is gone, it runs on: the next owner adopts it.
        let second = PrivateServer(directory: directory, logger: quiet)
        try await second.start()
        #expect(second.pid == server.pid)

        // It was killed: the next start brings back what was committed, and the pool finds it again.
        kill(second.pid, SIGKILL)
        while Programs.isRunning(second.pid) { await pause() }
        await #expect(throws: DatabaseError.self) { try await database.execute("INSERT INTO t VALUES (2)") }
        let third = PrivateServer(directory: directory, logger: quiet)
        try await third.start()
        #expect(third.pid != server.pid)
        var rows: [Row] = []
        while rows.isEmpty { rows = (try? await database.query("SELECT id FROM t")) ?? [] }
        #expect(rows == [Row([1])])
        let pid = third.pid
        await third.stop()
        #expect(!Programs.isRunning(pid))
        await database.shutdown()
    }

    @Test func aForeignProcessInThePidFileIsLeftAlone() throws {
        let own = OwnServer()
        defer { own.remove() }
        let layout = ServerLayout(directory: own.directory)
        try layout.prepare()
        try "\(getpid())\n".write(toFile: layout.pidFile, atomically: true, encoding: .utf8)
        #expect(layout.runningServer() == nil)
    }

    @Test func aDeepDirectoryHasItsSocketElsewhere() {
        let deep = "/" + String(repeating: "d", count: 120)
        #expect(ServerLayout(directory: deep).socket.utf8.count <= 107)
        #expect(ServerLayout(directory: "/x").socket == "/x/mariadbd.sock")
    }
}
