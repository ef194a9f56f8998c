import MariaDB

/// Puts rows into the table; those that are there already stay as they are.
struct AuditWriter: Sendable {
    let database: Database
    /// Rows of one statement, from many to one; a statement of each size is prepared once per connection.
    static let rowsPerStatement = [64, 16, 4, 1]

    /// All rows in one transaction. Doing it twice is the same as once, so it is repeated whatever happens.
    func write(_ rows: [AuditRow]) async throws {
        guard !rows.isEmpty else { return }
        try await database.transaction(isIdempotent: true) { (session: borrowing Session) throws in
            var rest = rows[...]
            while !rest.isEmpty {
                let count = Self.rowsPerStatement.first { $0 <= rest.count } ?? 1
                try session.execute(Self.insert(count), rest.prefix(count).flatMap(\.values))
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Not INSERT IGNORE, which would also let pass what is wrong with a row.
    private static func insert(_ count: Int) -> String {
        let row = "(" + AuditRow.columns.map { _ in "?" }.joined(separator: ",") + ")"
        return "INSERT INTO audit_events (\(AuditRow.columns.joined(separator: ","))) VALUES "
            + [String](repeating: row, count: count).joined(separator: ",") + " ON DUPLICATE KEY UPDATE id = id"
    }
}
