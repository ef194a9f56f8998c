import APIMachinery
import HTTPMessages
import HTTPServer
import MariaDB
import Records

/// The tutorial's user service: its paths, its sentences, its arrays; but passwords are never shown, and what goes wrong
/// in the database is an error.
public enum UserRoutes {
    /// `users` is where a site has them; nil answers 503.
    public static func all<Site: Sendable>(
        _ users: @escaping @Sendable (Site) -> Users?
    ) -> [Route<Site>] {
        [Route<Site>("GET", "/") { _, call in Welcome.answer(call) }]
            + tutorial.map { route in
                Route<Site>(route.method, route.path.text, changes: route.changes) { site, call in
                    try await route.handle(users(site), call)
                }
            }
    }

    private static let tutorial: [Route<Users?>] = [
        Route("GET", "/users") { users, _ in
            try await with(users) { users in JSON(try await users.list().map(row)) }
        },
        Route("GET", "/user/{id}") { users, call in
            guard let id = identifier(call) else { throw Problem.notFound("A user's id is a whole number.") }
            return try await with(users) { users in try await users.get(id).map(row) ?? .null }
        },
        Route("POST", "/create", changes: true) { users, call in
            let body = try body(of: call)
            guard let fields = try fields(body) else { return sentence("Please provide name, email and pwd") }
            return try await with(users) { users in
                try await users.create(name: fields.name, email: fields.email, password: fields.password)
                return "User created successfully!"
            }
        },
        Route("POST", "/update", changes: true) { users, call in
            let body = try body(of: call)
            let given = try (fields(body), identifier(body["user_id"]))
            guard case (let fields?, let id?) = given else {
                return sentence("Please provide id, name, email and pwd")
            }
            return try await with(users) { users in
                let exists = try await users.update(
                    id, name: fields.name, email: fields.email, password: fields.password)
                guard exists else { throw Problem.notFound("There is no user \(id).") }
                return "User updated successfully!"
            }
        },
        // A GET that changes something is the tutorial's; `changes` keeps other sites' pages from making a browser send it.
        Route("GET", "/delete/{id}", changes: true) { users, call in
            guard let id = identifier(call) else { throw Problem.notFound("A user's id is a whole number.") }
            return try await delete(id, users)
        },
        Route("POST", "/delete", changes: true) { users, call in
            guard let id = try identifier(body(of: call)["user_id"]) else {
                return sentence("Please provide user_id")
            }
            return try await delete(id, users)
        },
    ]

    private static func delete(_ id: Int, _ users: Users?) async throws -> Answer {
        try await with(users) { users in
            _ = try await users.delete(id)
            return "User deleted successfully!"
        }
    }

    private static func row(_ user: User) -> JSON { [JSON(user.id), JSON(user.name), JSON(user.email), .null] }

    private static func sentence(_ text: String) -> Answer { json(JSON(text)) }

    private static func json(_ value: JSON) -> Answer {
        Answer(
            status: 200, headers: [("content-type", "application/json"), ("cache-control", "no-store")],
            body: .bytes(value.bytes + [UInt8(ascii: "\n")]))
    }

    private static func with(_ users: Users?, _ body: (Users) async throws -> JSON) async throws -> Answer {
        guard let users else { throw Problem.noDatabase }
        return json(try await body(users))
    }

    // MARK: What the client sent

    private static func body(of call: Call) throws -> JSON {
        let type = call.request.header("content-type") ?? ""
        guard type.lowercased().hasPrefix("application/json") else {
            throw Problem(
                status: 415, title: "Unsupported Media Type", detail: "The body must be application/json.",
                headers: [.init(name: "accept-post", value: "application/json")])
        }
        do throws(JSONError) {
            let body = try JSON(parsing: call.request.body)
            guard body.isObject else { throw JSONError(offset: 0, reason: "it is not an object") }
            return body
        } catch {
            throw Problem.badRequest("The body is not a JSON object: \(error).")
        }
    }

    /// Nil if one is missing, null or empty; throws a problem for what is no text or too long.
    private static func fields(_ body: JSON) throws -> (name: String, email: String, password: String)? {
        let values = try ["name", "email", "pwd"].map { name in
            guard let value = body[name], !value.isNull else { return "" }
            guard let text = value.string else { throw Problem.badRequest("\(name) is not a string.") }
            return text
        }
        for value in values where value.unicodeScalars.count > Users.longestValue {
            throw Problem.badRequest("A value has more than \(Users.longestValue) characters.")
        }
        return values.contains("") ? nil : (values[0], values[1], values[2])
    }

    private static func identifier(_ call: Call) -> Int? { call.parameters["id"].flatMap { number($0) } }
    /// A number, or its digits as text, as the tutorial's forms send it. Nil if it is missing, null or empty; throws a problem for
    /// anything else.
    private static func identifier(_ value: JSON?) throws -> Int? {
        guard let value, !value.isNull, value.string != "" else { return nil }
        // 1.0 is a whole number, too (JSON Schema).
        let id = value.double.flatMap { Int(exactly: $0) } ?? value.string.flatMap { number($0) }
        guard let id, identifiers.contains(id) else {
            throw Problem.badRequest("user_id is not a whole number from 0 to \(identifiers.upperBound).")
        }
        return id
    }
    /// Whole numbers that every JSON reader has exactly (RFC 8259 §6).
    private static let identifiers = 0...9_007_199_254_740_991
    /// Digits only, as the tutorial's paths have them.
    private static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
