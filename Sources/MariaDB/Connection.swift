import CMariaDB
import Foundation

/// One connection to a server. Blocking, and used by one thread for its whole life.
final class Connection {
    private let handle: UnsafeMutablePointer<MYSQL>
    private var statements = StatementCache(limit: 64)

    struct Timeouts: Sendable {
        var connectSeconds: UInt32 = 5
        var readSeconds: UInt32 = 30
        var writeSeconds: UInt32 = 30
    }

    init(_ url: DatabaseURL, timeouts: Timeouts) throws(DatabaseError) {
        guard let handle = mysql_init(nil) else {
            throw DatabaseError(kind: .unavailable, message: "libmariadb has no memory for a connection")
        }
        self.handle = handle
        var connect = timeouts.connectSeconds
        var read = timeouts.readSeconds
        var write = timeouts.writeSeconds
        var off: UInt32 = 0
        mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &connect)
        mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &read)
        mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &write)
        mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        mysql_options(handle, MYSQL_INIT_COMMAND, Self.sessionSettings)
        let connected = mysql_real_connect(
            handle, url.socket == nil ? url.host : "localhost", url.user, url.password,
            url.name.isEmpty ? nil : url.name, UInt32(url.port), url.socket, UInt(CLIENT_FOUND_ROWS))
        guard connected != nil else {
            let error = Self.error(of: handle)  // deinit closes the handle
            // Whatever kept us from connecting, nothing was done yet.
            throw error.kind == .missing
                ? error
                : DatabaseError(
                    kind: .unavailable, code: error.code, sqlState: error.sqlState, message: error.message)
        }
    }

    /// Times in UTC, mistakes are errors, and a lock is not waited for longer than a statement may take.
    private static let sessionSettings =
        "SET time_zone='+00:00', sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', "
        + "innodb_lock_wait_timeout=10"

    deinit {
        statements.removeAll()
        mysql_close(handle)
    }

    /// Whether the server still answers.
    func isAlive() -> Bool { mysql_ping(handle) == 0 }

    /// Whether nothing came unasked: a server that ends a connection says so, or closes it.
    func isQuiet() -> Bool {
        var descriptor = pollfd(fd: Int32(mysql_get_socket(handle)), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    func query(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [Row] {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.execute(values)
        return try statement.rows()
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> Outcome {
        let statement = try prepared(sql)
        defer { statement.reset() }
        return try statement.execute(values)
    }

    func begin() throws(DatabaseError) { _ = try execute("START TRANSACTION", []) }
    func commit() throws(DatabaseError) { try check(mysql_commit(handle)) }
    func rollback() throws(DatabaseError) { try check(mysql_rollback(handle)) }

    private func check(_ failed: my_bool) throws(DatabaseError) {
        if failed != 0 { throw Self.error(of: handle) }
    }

    private func prepared(_ sql: String) throws(DatabaseError) -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try Statement(handle, sql)
        statements[sql] = statement
        return statement
    }

    private static func error(of handle: UnsafeMutablePointer<MYSQL>) -> DatabaseError {
        DatabaseError(
            code: mysql_errno(handle), sqlState: String(cString: mysql_sqlstate(handle)),
            message: String(cString: mysql_error(handle)))
    }
}

/// A connection's prepared statements, the least recently used of which goes when there are too many.
private struct StatementCache {
    let limit: Int
    private var statements: [String: (statement: Statement, used: Int)] = [:]
    private var clock = 0

    init(limit: Int) { self.limit = limit }

    subscript(_ sql: String) -> Statement? {
        mutating get {
            guard let found = statements[sql] else { return nil }
            clock += 1
            statements[sql] = (found.statement, clock)
            return found.statement
        }
        set {
            guard let newValue else { return }
            if statements.count >= limit, let oldest = statements.min(by: { $0.value.used < $1.value.used }) {
                statements[oldest.key] = nil
            }
            clock += 1
            statements[sql] = (newValue, clock)
        }
    }
    mutating func removeAll() { statements.removeAll() }
}
