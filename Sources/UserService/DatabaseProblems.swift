import HTTPServer
import MariaDB
import Records

extension Problem {
    public static let noDatabase = Problem.unavailable("There is no database.")

    /// What a failure of the database is to a client: never a 200, and no words of the server's.
    public init?(_ error: any Error) {
        switch error {
        case let error as DatabaseError:
            switch error.kind {
            case .unavailable, .overloaded, .transient: self = .unavailable("The database cannot be reached now.")
            case .connectionLost:
                self = .unavailable("The connection to the database broke; the change may have been made or not.")
            case .missing: self = .unavailable("The database has no such table yet.")
            case .duplicate, .statement: self = .internalError
            }
        case is PasswordHasher.Overloaded: self = .unavailable("Too many passwords wait to be hashed.")
        default: return nil
        }
    }
}
