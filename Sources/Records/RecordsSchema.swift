import MariaDB

/// The schema of our database: `migrations/*.sql`, as `EmbeddedMigrations` has them.
public enum RecordsSchema {
    public static let migrations: [Migration] = EmbeddedMigrations.files.compactMap {
        Migration(name: $0.name, sql: $0.sql)
    }

    /// Brings a database up to date; the names of the migrations that were applied.
    @discardableResult
    public static func migrate(_ database: Database) async throws -> [String] {
        try await Migrations(migrations).run(on: database)
    }
}
