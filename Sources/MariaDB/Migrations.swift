import Basics
import Foundation
import Logging

/// One numbered step in the life of the schema.
public struct Migration: Sendable, Equatable {
    public var number: Int
    /// The file's name without ".sql", such as "0001_audit_events".
    public var name: String
    public var sql: String

    /// Nil unless the name begins with four digits and an underscore.
    public init?(name: String, sql: String) {
        guard let number = Int(name.prefix(4)), name.prefix(4).count == 4, name.dropFirst(4).hasPrefix("_"),
            name.utf8.count <= 190
        else { return nil }
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// FNV-1a over the text; it guards against edits, not against enemies.
    public var checksum: String { FNV1a.hash64(sql.utf8).digits(16, radix: 16) }

    /// The statements, split at semicolons outside quotes and comments.
    public var statements: [String] { SQLText.statements(sql) }

    /// All `NNNN_name.sql` in a directory, by number.
    public static func load(directory: String) throws -> [Migration] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }
        return try names.sorted().map { file in
            let text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
            guard let migration = Migration(name: String(file.dropLast(4)), sql: text) else {
                throw MigrationError(file, "its name does not begin with four digits and an underscore")
            }
            return migration
        }
    }
}

/// Why the schema cannot be brought up to date; `migration` is the name of the step.
public struct MigrationError: Error, Equatable, CustomStringConvertible {
    public var migration: String
    public var reason: String
    init(_ migration: String, _ reason: String) {
        self.migration = migration
        self.reason = reason
    }
    public var description: String { "migration \(migration): \(reason)" }
}

/// Brings a database's schema up to date: each migration once, in order, whoever else starts at the same time.
public struct Migrations: Sendable {
    private let list: [Migration]
    /// How long to wait for another starter that is migrating.
    private let lockSeconds: Int

    public init(_ list: [Migration], lockSeconds: Int = 60) {
        self.list = list.sorted { $0.number < $1.number }
        self.lockSeconds = lockSeconds
    }

    /// What is recorded of a migration in the database.
    struct Record: Equatable {
        var number: Int
        var name: String
        var checksum: String
        /// How many of its statements are done.
        var done: Int
        var isComplete: Bool
    }

    /// Makes the database itself if the server has none of this name.
    public static func createDatabase(_ url: DatabaseURL, logger: Logger) async throws {
        var server = url
        server.name = ""
        let pool = Database(server, logger: logger)
        let name = url.name.replacing("`", with: "``")
        do {
            try await pool.execute(
                "CREATE DATABASE IF NOT EXISTS `\(name)` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        } catch {
            await pool.shutdown()
            throw error
        }
        await pool.shutdown()
    }

    /// Returns the names of the migrations that were applied now. Throws `MigrationError` or `DatabaseError`.
    @discardableResult
    public func run(on database: Database) async throws -> [String] {
        let migrations = self
        return try await database.session { (session: borrowing Session) throws in try migrations.run(on: session) }
    }

    private func run(on session: borrowing Session) throws -> [String] {
        try lock(session)
        defer { _ = try? session.query("SELECT RELEASE_LOCK('skiff.migrations')") }
        try session.execute(Self.table)
        let records = try session.query(
            "SELECT number, name, checksum, done, is_complete FROM schema_migrations ORDER BY number"
        ).map { row in
            Record(
                number: Int(row[0].int ?? 0), name: row[1].text ?? "", checksum: row[2].text ?? "",
                done: Int(row[3].int ?? 0), isComplete: row[4].int == 1)
        }
        let due = try Self.plan(list, records)
        for step in due { try apply(step.migration, from: step.firstStatement, session) }
        return due.map(\.migration.name)
    }

    /// What is left to do. Throws the error that names a migration which was changed, is missing or came too late.
    static func plan(
        _ list: [Migration], _ records: [Record]
    ) throws(MigrationError) -> [(migration: Migration, firstStatement: Int)] {
        for (earlier, later) in zip(list, list.dropFirst()) where earlier.number == later.number {
            throw MigrationError(later.name, "its number is that of \(earlier.name)")
        }
        for record in records {
            guard let migration = list.first(where: { $0.number == record.number }) else {
                throw MigrationError(record.name, "it was applied to this database but is missing here")
            }
            guard migration.checksum == record.checksum, migration.name == record.name else {
                throw MigrationError(record.name, "it was changed after it was applied")
            }
        }
        let latest = records.map(\.number).max() ?? 0
        var due: [(migration: Migration, firstStatement: Int)] = []
        for migration in list {
            if let record = records.first(where: { $0.number == migration.number }) {
                if !record.isComplete { due.append((migration, record.done)) }
            } else if migration.number > latest {
                due.append((migration, 0))
            } else {
                throw MigrationError(migration.name, "it comes before one that was applied already")
            }
        }
        return due
    }

    private func lock(_ session: borrowing Session) throws {
        let got = try session.query("SELECT GET_LOCK('skiff.migrations', ?)", [.int(Int64(lockSeconds))])
        guard got.first?[0].int == 1 else {
            throw DatabaseError(kind: .overloaded, message: "another process is still migrating this database")
        }
    }

    /// MariaDB commits each statement of a schema change by itself, so progress is kept by the statement.
    private func apply(_ migration: Migration, from first: Int, _ session: borrowing Session) throws {
        try session.execute(
            "INSERT IGNORE INTO schema_migrations (number, name, checksum) VALUES (?, ?, ?)",
            [.int(Int64(migration.number)), .text(migration.name), .text(migration.checksum)])
        let statements = migration.statements
        for (index, statement) in statements.enumerated().dropFirst(first) {
            do throws(DatabaseError) {
                try session.execute(statement)
            } catch {
                if error.isOutage { throw error }
                throw MigrationError(migration.name, "statement \(index + 1): \(error.description)")
            }
            try session.execute(
                "UPDATE schema_migrations SET done = ? WHERE number = ?",
                [.int(Int64(index + 1)), .int(Int64(migration.number))])
        }
        try session.execute(
            "UPDATE schema_migrations SET is_complete = 1, applied_at = UTC_TIMESTAMP(6) WHERE number = ?",
            [.int(Int64(migration.number))])
    }

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number INT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(190) NOT NULL, checksum CHAR(16) NOT NULL,
            done INT UNSIGNED NOT NULL DEFAULT 0, is_complete TINYINT NOT NULL DEFAULT 0, applied_at DATETIME(6) NULL
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """
}
