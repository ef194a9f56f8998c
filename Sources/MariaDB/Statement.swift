import CMariaDB

/// One prepared statement of one connection.
final class Statement {
    private let handle: UnsafeMutablePointer<MYSQL_STMT>

    init(_ connection: UnsafeMutablePointer<MYSQL>, _ sql: String) throws(DatabaseError) {
        guard let handle = mysql_stmt_init(connection) else {
            throw DatabaseError(kind: .connectionLost, message: "libmariadb has no memory for a statement")
        }
        self.handle = handle
        var on: my_bool = 1
        mysql_stmt_attr_set(handle, STMT_ATTR_UPDATE_MAX_LENGTH, &on)
        guard mysql_stmt_prepare(handle, sql, UInt(sql.utf8.count)) == 0 else {
            throw Self.error(of: handle)  // deinit closes the handle
        }
    }

    deinit { mysql_stmt_close(handle) }

    /// Makes the statement ready for its next use; what is left of a result is thrown away.
    func reset() { mysql_stmt_free_result(handle) }

    @discardableResult
    func execute(_ values: [SQLValue]) throws(DatabaseError) -> Outcome {
        guard Int(mysql_stmt_param_count(handle)) == values.count else {
            throw DatabaseError(
                kind: .statement,
                message: "the statement has \(mysql_stmt_param_count(handle)) parameters, \(values.count) were given")
        }
        let parameters = Parameters(values)
        if !values.isEmpty { try check(Int32(mysql_stmt_bind_param(handle, parameters.binds.baseAddress))) }
        try check(mysql_stmt_execute(handle))
        withExtendedLifetime(parameters) {}
        // (my_ulonglong)-1 stands for a statement that returns rows.
        return Outcome(
            affectedRows: Int(exactly: mysql_stmt_affected_rows(handle)) ?? 0,
            lastInsertID: mysql_stmt_insert_id(handle))
    }

    /// All rows of what was executed.
    func rows() throws(DatabaseError) -> [Row] {
        guard let metadata = mysql_stmt_result_metadata(handle) else { return [] }
        defer { mysql_free_result(metadata) }
        try check(mysql_stmt_store_result(handle))
        let columns = Columns(metadata)
        try check(Int32(mysql_stmt_bind_result(handle, columns.binds.baseAddress)))
        var rows: [Row] = []
        while true {
            switch mysql_stmt_fetch(handle) {
            case 0: rows.append(columns.row())
            case MYSQL_NO_DATA: return rows
            case MYSQL_DATA_TRUNCATED:
                throw DatabaseError(kind: .statement, message: "a column was longer than the server had said")
            default: throw Self.error(of: handle)
            }
        }
    }

    private func check(_ result: Int32) throws(DatabaseError) {
        if result != 0 { throw Self.error(of: handle) }
    }

    private static func error(of handle: UnsafeMutablePointer<MYSQL_STMT>) -> DatabaseError {
        DatabaseError(
            code: mysql_stmt_errno(handle), sqlState: String(cString: mysql_stmt_sqlstate(handle)),
            message: String(cString: mysql_stmt_error(handle)))
    }
}
