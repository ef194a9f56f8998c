import DatabaseTestKit
import Testing

@testable import MariaDB

@Suite(.enabled(if: PrivateServer.isInstalled, "mariadbd is not installed")) struct MigrationsTests {
    static func migration(_ name: String, _ sql: String) throws -> Migration {
        try #require(Migration(name: name, sql: sql))
    }

    @Test func eachRunsOnceInOrder() async throws {
        let database = try await TestServer.database()
        let first = try Self.migration("0001_a", "CREATE TABLE a (id INT); INSERT INTO a VALUES (1)")
        let second = try Self.migration("0002_b", "-- more\nALTER TABLE a ADD COLUMN name VARCHAR(10) DEFAULT 'x'")
        #expect(try await Migrations([first]).run(on: database) == ["0001_a"])
        #expect(try await Migrations([second, first]).run(on: database) == ["0002_b"])
        #expect(try await Migrations([first, second]).run(on: database) == [])
        #expect(try await database.query("SELECT id, name FROM a") == [Row([1, "x"])])
        await database.shutdown()
    }

    @Test func changedAndMissingOnesAreNamed() async throws {
        let database = try await TestServer.database()
        let first = try Self.migration("0001_a", "CREATE TABLE a (id INT)")
        try await Migrations([first]).run(on: database)
        let changed = try Self.migration("0001_a", "CREATE TABLE a (id BIGINT)")
        await #expect(throws: MigrationError("0001_a", "it was changed after it was applied")) {
            try await Migrations([changed]).run(on: database)
        }
        await #expect(throws: MigrationError("0001_a", "it was applied to this database but is missing here")) {
            try await Migrations([]).run(on: database)
        }
        await database.shutdown()
    }

    @Test func manyStartersMigrateOnce() async throws {
        let database = try await TestServer.database()
        let list = try (1...5).map {
            try Self.migration("000\($0)_t", "CREATE TABLE t\($0) (id INT); INSERT INTO t\($0) VALUES (1)")
        }
        let applied = try await withThrowingTaskGroup(of: [String].self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    let own = Database(database.url, logger: quiet)
                    let names = try await Migrations(list).run(on: own)
                    await own.shutdown()
                    return names
                }
            }
            return try await tasks.reduce(into: []) { $0 += $1 }
        }
        #expect(applied == list.map(\.name))
        #expect(try await database.query("SELECT COUNT(*) FROM t5") == [Row([1])])
        await database.shutdown()
    }

    @Test func whatFailedGoesOnWhereItStopped() async throws {
        let database = try await TestServer.database()
        let list = [
            try Self.migration(
                "0001_a", "CREATE TABLE a (id INT); INSERT INTO a VALUES (1); INSERT INTO later VALUES (1)")
        ]
        await #expect(throws: MigrationError.self) { try await Migrations(list).run(on: database) }
        try await database.execute("CREATE TABLE later (id INT)")
        #expect(try await Migrations(list).run(on: database) == ["0001_a"])
        #expect(try await database.query("SELECT COUNT(*) FROM a") == [Row([1])])
        await database.shutdown()
    }
}
