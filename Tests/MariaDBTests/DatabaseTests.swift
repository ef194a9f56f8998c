import Foundation
import DatabaseTestKit
import Testing

@testable import MariaDB

/// The pool against a real server.
@Suite(.enabled(if: PrivateServer.isInstalled, "mariadbd is not installed")) struct DatabaseTests {
    @Test func valuesOfEveryTypeComeBack() async throws {
        let database = try await TestServer.database()
        try await database.execute(
            """
            CREATE TABLE v (i BIGINT, u BIGINT UNSIGNED, s SMALLINT, d DOUBLE, f FLOAT, t TEXT, b LONGBLOB, n VARCHAR(5),
            w DATETIME(6), m DECIMAL(20,5), j JSON)
            """)
        let large = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
        let row: [SQLValue] = [
            .int(.min), .unsigned(.max), -7, .double(0.1), .double(1.5), "ü 🚣 ' \" \\ \0 end", .bytes(large), nil,
            "2026-11-23 18:00:01.123456", "12345678901234.56789", #"{"a":1}"#,
        ]
        try await database.execute("INSERT INTO v VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)
        #expect(try await database.query("SELECT * FROM v") == [Row(row)])
        #expect(try await database.query("SELECT '', x'' FROM v WHERE i = ?", [.int(.min)])[0][0] == "")
        await database.shutdown()
    }

    @Test func parametersAreNeverSQL() async throws {
        let database = try await TestServer.database()
        try await database.execute("CREATE TABLE t (name VARCHAR(100))")
        let name = "x'); DROP TABLE t; --"
        try await database.execute("INSERT INTO t VALUES (?)", [.text(name)])
        #expect(try await database.query("SELECT name FROM t WHERE name = ?", [.text(name)]).count == 1)
        await database.shutdown()
    }

    @Test func errorsAreSortedByWhatToDo() async throws {
        let database = try await TestServer.database()
        try await database.execute("CREATE TABLE t (id INT PRIMARY KEY)")
        try await database.execute("INSERT INTO t VALUES (1)")
        func kind(_ sql: String, _ values: [SQLValue] = []) async -> DatabaseError.Kind? {
            do {
                try await database.execute(sql, values)
                return nil
            } catch { return (error as? DatabaseError)?.kind }
        }
        #expect(await kind("INSERT INTO t VALUES (1)") == .duplicate)
        #expect(await kind("INSERT INTO missing VALUES (1)") == .missing)
        #expect(await kind("NONSENSE") == .statement)
        #expect(await kind("INSERT INTO t VALUES (?)", []) == .statement)
        #expect(await kind("INSERT INTO t VALUES (?)", [2]) == nil)
        let away = Database(DatabaseURL(user: "x", socket: "/nowhere/socket", name: "x"), logger: quiet)
        await #expect(throws: DatabaseError.self) { try await away.query("SELECT 1") }
        await database.shutdown()
        await #expect(throws: DatabaseError.self) { try await database.query("SELECT 1") }
    }

    @Test func transactionsThatDeadlockAreDoneAgain() async throws {
        let database = try await TestServer.database()
        try await database.execute("CREATE TABLE a (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB")
        try await database.execute("INSERT INTO a VALUES (1, 0), (2, 0)")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for turn in 0..<40 {
                let order: [SQLValue] = turn % 2 == 0 ? [1, 2] : [2, 1]
                tasks.addTask {
                    try await database.transaction { (session: borrowing Session) throws in
                        for id in order { try session.execute("UPDATE a SET n = n + 1 WHERE id = ?", [id]) }
                    }
                }
            }
            try await tasks.waitForAll()
        }
        #expect(try await database.query("SELECT n FROM a ORDER BY id") == [Row([40]), Row([40])])
        await database.shutdown()
    }

    @Test func aFailedTransactionLeavesNothing() async throws {
        struct Reason: Error {}
        let database = try await TestServer.database()
        try await database.execute("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB")
        await #expect(throws: Reason.self) {
            try await database.transaction { (session: borrowing Session) throws in
                try session.execute("INSERT INTO t VALUES (1)")
                throw Reason()
            }
        }
        #expect(try await database.query("SELECT * FROM t").isEmpty)
        await database.shutdown()
    }

    @Test func aKilledConnectionIsReplacedAndItsStatementNotSilentlyRepeated() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        let database = try await TestServer.database(limits: limits)
        let other = Database(database.url, logger: quiet)
        try await database.execute("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, n INT)")
        let id = try await database.query("SELECT CONNECTION_ID()")[0][0]
        let number = try #require(id.int)
        // The connection is killed while the statement sleeps.
        async let slow = database.execute("INSERT INTO t (n) SELECT SLEEP(20)")
        while try await other.query(
            "SELECT 1 FROM information_schema.processlist WHERE id = ? AND info LIKE 'INSERT%'", [id]
        ).isEmpty {}
        try await other.execute("KILL CONNECTION \(number)")
        var kind: DatabaseError.Kind?
        do { _ = try await slow } catch { kind = (error as? DatabaseError)?.kind }
        #expect(kind == .connectionLost)
        #expect(try await database.query("SELECT COUNT(*) FROM t") == [Row([0])])
        // One that is killed while it lies idle harms nobody: the next reader gets another.
        let next = try #require(try await database.query("SELECT CONNECTION_ID()")[0][0].int)
        #expect(next != number)
        try await other.execute("KILL CONNECTION \(next)")
        #expect(try await database.query("SELECT COUNT(*) FROM t") == [Row([0])])
        await database.shutdown()
        await other.shutdown()
    }

    /// Also within the second in which a connection is not asked whether it is alive, and for what cannot be repeated.
    @Test func connectionsThatWereKilledAtRestFailNobody() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        let database = try await TestServer.database(limits: limits)
        let other = Database(database.url, logger: quiet)
        try await database.execute("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, n INT)")
        for round in 1...20 {
            let id = try await database.query("SELECT CONNECTION_ID()")[0][0]
            try await other.execute("KILL CONNECTION \(try #require(id.int))")
            while try await !other.query("SELECT 1 FROM information_schema.processlist WHERE id = ?", [id]).isEmpty {}
            if round % 2 == 0 {
                try await database.execute("INSERT INTO t (n) VALUES (1)")
            } else {
                #expect(try await database.query("SELECT COUNT(*) FROM t") == [Row([.int(Int64(round / 2))])])
            }
        }
        #expect(try await database.query("SELECT COUNT(*) FROM t") == [Row([10])])
        await database.shutdown()
        await other.shutdown()
    }

    @Test func statementsThatWaitCanBeCancelled() async throws {
        var limits = Database.Limits()
        limits.connections = 1
        let database = try await TestServer.database(limits: limits)
        let watcher = Database(database.url, logger: quiet)
        _ = try await database.query("SELECT 1")
        let busy = Task { try await database.query("SELECT SLEEP(30) AS long_sleep") }
        while try await watcher.query(
            "SELECT id FROM information_schema.processlist WHERE info LIKE '%AS long_sleep' AND db = ?",
            [.text(database.url.name)]
        ).isEmpty {}
        let waiting = Task { try await database.query("SELECT 2") }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let id =
            try await watcher.query(
                "SELECT id FROM information_schema.processlist WHERE info LIKE '%AS long_sleep' AND db = ?",
                [.text(database.url.name)])[0][0].int ?? 0
        try await watcher.execute("KILL QUERY \(id)")
        _ = try? await busy.value
        await database.shutdown()
        await watcher.shutdown()
    }
}
