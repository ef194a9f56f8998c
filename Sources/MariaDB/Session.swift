/// One connection while it is lent; blocking. Not sendable and only ever borrowed, so it stays in the closure it is lent to.
///
/// It would be noncopyable, but Swift 6.3 crashes when it specialises `Database.session` for one.
public struct Session {
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    /// All rows of a statement, its parameters (`?`) in order.
    public func query(_ sql: String, _ values: [SQLValue] = []) throws(DatabaseError) -> [Row] {
        try connection.query(sql, values)
    }
    /// A statement that returns no rows.
    @discardableResult
    public func execute(_ sql: String, _ values: [SQLValue] = []) throws(DatabaseError) -> Outcome {
        try connection.execute(sql, values)
    }

    func begin() throws(DatabaseError) { try connection.begin() }
    func commit() throws(DatabaseError) { try connection.commit() }
    /// Errors do not matter: a broken connection has rolled back already.
    func rollback() { try? connection.rollback() }
}
