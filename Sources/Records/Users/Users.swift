import MariaDB

/// A row of the sample's table, without the password.
public struct User: Sendable, Equatable {
    public var id: Int
    public var name: String
    public var email: String
}

/// The sample user service's table: `users(user_id, user_name, user_email, user_password)`. Errors are `DatabaseError`
/// or `PasswordHasher.Overloaded`.
public struct Users: Sendable {
    /// The longest value a column takes, in characters.
    public static let longestValue = 255
    /// More are not listed at once.
    public static let listLimit = 10_000

    private let database: Database
    private let hasher: PasswordHasher

    public init(database: Database, hasher: PasswordHasher = PasswordHasher()) {
        self.database = database
        self.hasher = hasher
    }

    public func list() async throws -> [User] {
        try await database.query(
            "SELECT user_id, user_name, user_email FROM users ORDER BY user_id LIMIT ?", [.int(Int64(Self.listLimit))]
        ).map(Self.user)
    }

    public func get(_ id: Int) async throws -> User? {
        try await database.query(
            "SELECT user_id, user_name, user_email FROM users WHERE user_id = ?", [.int(Int64(id))]
        ).first.map(Self.user)
    }

    /// The new user's id.
    @discardableResult
    public func create(name: String, email: String, password: String) async throws -> Int {
        let hash = try await hasher.hash(password)
        let outcome = try await database.execute(
            "INSERT INTO users (user_name, user_email, user_password) VALUES (?, ?, ?)",
            [.text(name), .text(email), .text(hash)])
        return Int(clamping: outcome.lastInsertID)
    }

    /// False if there is no such user.
    public func update(_ id: Int, name: String, email: String, password: String) async throws -> Bool {
        let hash = try await hasher.hash(password)
        let outcome = try await database.execute(
            "UPDATE users SET user_name = ?, user_email = ?, user_password = ? WHERE user_id = ?",
            [.text(name), .text(email), .text(hash), .int(Int64(id))], isIdempotent: true)
        return outcome.affectedRows > 0
    }

    /// False if there is no such user.
    public func delete(_ id: Int) async throws -> Bool {
        try await database.execute(
            "DELETE FROM users WHERE user_id = ?", [.int(Int64(id))], isIdempotent: true
        ).affectedRows > 0
    }

    /// Whether this is the user's password.
    public func verify(_ id: Int, password: String) async throws -> Bool {
        let rows = try await database.query("SELECT user_password FROM users WHERE user_id = ?", [.int(Int64(id))])
        guard let hash = rows.first?[0].text else { return false }
        return try await PasswordHasher.verify(password, hash)
    }

    private static func user(_ row: Row) -> User {
        User(id: Int(row[0].int ?? 0), name: row[1].text ?? "", email: row[2].text ?? "")
    }
}
