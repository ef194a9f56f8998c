import DatabaseTestKit
import Foundation
import HTTPMessages
import MariaDB
import Records
import Testing

@testable import Gateway

/// The tutorial's user service, as its readers type it.
@Suite(.enabled(if: PrivateServer.isInstalled, "mariadbd is not installed")) struct UserRoutesTests {
    static func answer(_ gateway: TestGateway, _ path: String, _ body: String? = nil) async throws -> String {
        let data = body.map { ["-H", "content-type: application/json", "-d", $0] } ?? []
        return try await Shell.run(
            "curl", ["-sS", "--max-time", "60", "-w", "|%{http_code}"] + data + ["\(gateway.plain)\(path)"]
        ).output
    }

    static func run(
        _ database: Database?, _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        var parts = Site.Parts()
        parts.users = database.map { Users(database: $0, hasher: PasswordHasher(costLog2: 4)) }
        let finished = parts
        try await TestGateway.run(
            site: { Site($0, api: { _ in .init(status: 500) }, parts: finished, logger: quiet) }, body)
    }

    @Test func theTutorialsSteps() async throws {
        let database = try await TestServer.database()
        try await RecordsSchema.migrate(database)
        try await Self.run(database) { gateway async throws in
            let new = #"{"name":"Jane","email":"jane@example.com","pwd":"secret"}"#
            let ask = { @Sendable (path: String, body: String?) async throws -> String in
                try await Self.answer(gateway, path, body)
            }
            #expect(try await ask("/", nil) == "Hello, world!|200")
            #expect(try await ask("/users", nil) == "[]\n|200")
            #expect(try await ask("/create", new) == "\"User created successfully!\"\n|200")
            #expect(try await ask("/users", nil) == "[[1,\"Jane\",\"jane@example.com\",null]]\n|200")
            #expect(try await ask("/user/1", nil) == "[1,\"Jane\",\"jane@example.com\",null]\n|200")
            #expect(try await ask("/user/2", nil) == "null\n|200")
            let change = #"{"name":"J","email":"j@example.com","pwd":"new","user_id":1}"#
            #expect(try await ask("/update", change) == "\"User updated successfully!\"\n|200")
            #expect(try await ask("/user/1", nil) == "[1,\"J\",\"j@example.com\",null]\n|200")
            for incomplete in [#"{"name":"","email":"e","pwd":"p"}"#, #"{"email":"e","pwd":"p"}"#, "{}"] {
                #expect(try await ask("/create", incomplete) == "\"Please provide name, email and pwd\"\n|200")
                #expect(try await ask("/update", incomplete) == "\"Please provide id, name, email and pwd\"\n|200")
            }
            #expect(try await ask("/delete/1", nil) == "\"User deleted successfully!\"\n|200")
            #expect(try await ask("/delete", #"{"user_id":1}"#) == "\"User deleted successfully!\"\n|200")
            #expect(try await ask("/users", nil) == "[]\n|200")
        }
        await database.shutdown()
    }

    @Test func badInputIsAProblemAndChangesNothing() async throws {
        let database = try await TestServer.database()
        try await RecordsSchema.migrate(database)
        try await Self.run(database) { gateway async throws in
            let long = String(repeating: "x", count: 256)
            let bodies = [
                "", "null", "[]", "\"text\"", "{", "{\"name\":}", "{\"name\":\"a\"} trailing", "\u{0}",
                "{\"name\":\"\(long)\",\"email\":\"e\",\"pwd\":\"p\"}",
            ]
            for body in bodies {
                let answer = try await Self.answer(gateway, "/create", body)
                #expect(answer.hasSuffix("|400"), "\(body) → \(answer)")
                #expect(answer.contains("\"title\":\"Bad Request\""))
            }
            // What is missing or empty is asked for; what is of another kind is refused.
            for body in [
                #"{"name":5,"email":"e","pwd":"p"}"#, #"{"name":"","email":["e"],"pwd":"p"}"#,
                #"{"name":"a","email":"b","pwd":"c","user_id":-1}"#, #"{"user_id":-1}"#, #"{"user_id":1.5}"#,
                #"{"user_id":"-1"}"#, #"{"user_id":9007199254740992}"#, #"{"user_id":true}"#, #"{"user_id":1e400}"#,
            ] {
                let path = body.contains("user_id") ? body.contains("name") ? "/update" : "/delete" : "/create"
                #expect(try await Self.answer(gateway, path, body).hasSuffix("|400"), "\(path) \(body)")
            }
            for body in ["{}", #"{"user_id":null}"#, #"{"user_id":""}"#] {
                #expect(try await Self.answer(gateway, "/delete", body) == "\"Please provide user_id\"\n|200")
            }
            #expect(try await Self.answer(gateway, "/delete", #"{"user_id":1.0}"#).hasPrefix("\"User deleted"))
            for path in ["/user/x", "/user/-1", "/user/1%202", "/user/99999999999999999999", "/delete/1;DROP"] {
                #expect(try await Self.answer(gateway, path).hasSuffix("|404"), "\(path)")
            }
            let form = try await Shell.curl("-w", "|%{http_code}", "-d", "name=a", "\(gateway.plain)/create")
            #expect(form.output.hasSuffix("|415"))
            #expect(
                try await Self.answer(gateway, "/update", #"{"name":"a","email":"b","pwd":"c","user_id":7}"#)
                    .hasSuffix("|404"))
            #expect(try await Self.answer(gateway, "/users") == "[]\n|200")
        }
        await database.shutdown()
    }

    @Test func withoutDatabaseOrTableItIsA503AndRecoversByItself() async throws {
        try await Self.run(nil) { gateway async throws in
            #expect(try await Self.answer(gateway, "/users").hasSuffix("|503"))
            #expect(try await Self.answer(gateway, "/") == "Hello, world!|200")
        }
        let database = try await TestServer.database()
        try await Self.run(database) { gateway async throws in
            let away = try await Shell.curl("-i", "\(gateway.plain)/users")
            #expect(away.output.contains("HTTP/1.1 503"))
            #expect(away.output.contains("content-type: application/problem+json"))
            #expect(away.output.contains("no such table"))
            try await RecordsSchema.migrate(database)
            #expect(try await Self.answer(gateway, "/users") == "[]\n|200")
        }
        await database.shutdown()
    }

    @Test func aDatabaseThatIsKilledAndComesBack() async throws {
        let own = OwnServer()
        defer { own.remove() }
        try await own.server.start()
        let url = own.server.url(name: "app")
        try await Migrations.createDatabase(url, logger: quiet)
        let database = Database(url, logger: quiet)
        try await RecordsSchema.migrate(database)
        try await Self.run(database) { gateway async throws in
            #expect(try await Self.answer(gateway, "/users") == "[]\n|200")
            await own.killNow()
            let away = try await Self.answer(gateway, "/users")
            #expect(away.hasSuffix("|503"))
            #expect(!away.contains("socket"))
            try await own.server.start()
            var answer = ""
            while !answer.hasSuffix("|200") { answer = try await Self.answer(gateway, "/users") }
            #expect(answer == "[]\n|200")
        }
        await database.shutdown()
        await own.server.stop()
    }
}
