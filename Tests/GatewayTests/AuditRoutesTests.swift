import APIMachinery
import DatabaseTestKit
import Foundation
import MariaDB
import Records
import TestKit
import Testing

@testable import Gateway

@Suite(.enabled(if: PrivateServer.isInstalled, "mariadbd is not installed")) struct AuditRoutesTests {
    @Test func pagesOfTheTrail() async throws {
        let database = try await TestServer.database()
        try await RecordsSchema.migrate(database)
        let directory = TemporaryDirectory()
        let trail = try AuditTrail(spoolDirectory: directory.path, database: database, logger: quiet)
        for number in 0..<3 {
            try await trail.record([
                "auditID": JSON("e\(number)"), "stage": "ResponseComplete", "verb": "create",
                "user": ["username": JSON(number == 0 ? "jane doe" : "joe")],
                "requestReceivedTimestamp": "2026-11-23T18:00:00Z",
            ])
        }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await trail.run() }
            while trail.count(of: .delivered) < 3 { await pause() }
            tasks.cancelAll()
        }
        try await TestCluster.run(database: database) { cluster async throws in
            #expect(
                try await cluster.call(path: "/audit/events?user=jane+doe")
                    == #"{"items":[{"auditID":"e0","stage":"ResponseComplete","verb":"create","user":{"username":"jane doe"},"requestReceivedTimestamp":"2026-11-23T18:00:00Z"}]}|200"#
            )
            let first = try await cluster.call(path: "/audit/events?limit=2")
            let page = try JSON(parsing: String(first.dropLast(4)))
            #expect(page["items"]?.elements.compactMap { $0["auditID"]?.string } == ["e2", "e1"])
            let cursor = try #require(page["nextCursor"]?.string)
            let second = try await cluster.call(path: "/audit/events?limit=2&cursor=\(cursor)")
            #expect(second.contains("\"e0\"") && !second.contains("nextCursor"))
            // An empty cursor is none; a moment may be written in any zone; text that no audit id can have finds nothing.
            for query in [
                "cursor=", "since=2026-11-23T19:30:00%2B01:30",
                "until=2026-11-23t18:00:00.0000001z&since=0001-01-01T00:00:00Z",
            ] {
                let answer = try await cluster.call(path: "/audit/events?\(query)")
                #expect(answer.contains("\"e2\"") == !query.hasPrefix("until") && answer.hasSuffix("|200"), "\(answer)")
            }
            for query in ["auditID=%C3%85", "verb=%C3%85", "auditID=%F2%88%92%9C"] {
                #expect(try await cluster.call(path: "/audit/events?\(query)") == "{\"items\":[]}|200", "\(query)")
            }
            for query in [
                "code=-1", "code=1000", "since=2026-11-23", "cursor=0", "limit=0", "limit=x", "cursor=x",
                "since=yesterday", "color=red", "code=x",
            ] {
                #expect(try await cluster.call(path: "/audit/events?\(query)").hasSuffix("|400"), "\(query)")
            }
            #expect(
                try await Shell.curl("-w", "|%{http_code}", "\(cluster.gateway.plain)/audit/events").output
                    .hasSuffix("|401"))
        }
        await database.shutdown()
        try await TestCluster.run { cluster async throws in
            #expect(try await cluster.call(path: "/audit/events").hasSuffix("|503"))
        }
    }
}
