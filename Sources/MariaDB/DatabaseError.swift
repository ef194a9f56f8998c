/// What went wrong with a statement, sorted by what one may do about it.
public struct DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// The server cannot be reached, or refuses us; nothing was done.
        case unavailable
        /// The connection broke under way: the statement may have been done or not.
        case connectionLost
        /// The transaction was rolled back for others' sake (deadlock, lock wait, changed row): do it again.
        case transient
        /// A unique key is there already.
        case duplicate
        /// The table or database is not there.
        case missing
        /// The pool's queue is full or the statement waited in it for too long; nothing was done.
        case overloaded
        /// Anything else: the statement is wrong.
        case statement
    }
    public var kind: Kind
    /// MariaDB's error code, 0 for our own.
    public var code: UInt32
    /// Five characters (ISO 9075), empty for our own.
    public var sqlState: String
    public var message: String

    public init(kind: Kind, code: UInt32 = 0, sqlState: String = "", message: String) {
        self.kind = kind
        self.code = code
        self.sqlState = sqlState
        self.message = message
    }
    init(code: UInt32, sqlState: String, message: String) {
        self.init(kind: Self.kind(ofCode: code), code: code, sqlState: sqlState, message: message)
    }

    public var description: String { code == 0 ? message : "\(message) (error \(code), state \(sqlState))" }

    /// Whether the database, rather than the statement, is what fails.
    public var isOutage: Bool { kind == .unavailable || kind == .connectionLost || kind == .overloaded }

    /// Codes of MariaDB's server (1000…, 4000…) and client library (2000…).
    static func kind(ofCode code: UInt32) -> Kind {
        switch code {
        case 1213, 1205, 1020: .transient
        case 1062, 1586: .duplicate
        case 1049, 1146: .missing
        // Too many connections; shutting down while connecting; access denied; cannot connect, by socket, TCP, name.
        case 1040, 1203, 1226, 1044, 1045, 1698, 2002, 2003, 2005, 2058, 2059: .unavailable
        // Shutdown and killed connections; gone away; lost; read and write of a broken socket.
        case 1053, 1927, 1152, 1158, 1159, 1160, 1161, 2006, 2012, 2013, 2026, 2027, 2055: .connectionLost
        default: .statement
        }
    }
}
