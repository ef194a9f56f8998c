import APIMachinery
import DatabaseTestKit
import Foundation
import MariaDB
import Testing

@testable import Records

@Suite(.enabled(if: PrivateServer.isInstalled, "mariadbd is not installed")) struct AuditTests {
    static func event(
        _ id: String, stage: String = "ResponseComplete", user: String = "jane", verb: String = "create",
        resource: String = "pods", namespace: String = "default", name: String = "web", code: Int = 201,
        time: String = "2026-11-23T18:00:01.123456Z"
    ) -> JSON {
        [
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": JSON(id), "stage": JSON(stage),
            "verb": JSON(verb), "user": ["username": JSON(user)], "requestReceivedTimestamp": JSON(time),
            "objectRef": ["resource": JSON(resource), "namespace": JSON(namespace), "name": JSON(name)],
            "responseStatus": ["code": JSON(code)],
        ]
    }
    static func spoolDirectory() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)").path
    }
    static func migrated() async throws -> Database {
        let database = try await TestServer.database()
        try await RecordsSchema.migrate(database)
        return database
    }
    static func count(_ database: Database) async throws -> Int64? {
        try await database.query("SELECT COUNT(*) FROM audit_events")[0][0].int
    }
    /// Runs the trail until everything is in the table.
    static func deliver(_ trail: AuditTrail, until count: Int) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await trail.run() }
            while trail.count(of: .delivered) + trail.count(of: .rejected) < count { await pause() }
            tasks.cancelAll()
        }
    }

    @Test func migrationsOnAnEmptyDatabaseAndOnOneWithData() async throws {
        let database = try await TestServer.database()
        #expect(try await RecordsSchema.migrate(database) == RecordsSchema.migrations.map(\.name))
        try await Users(database: database, hasher: .init(costLog2: 4)).create(name: "a", email: "b", password: "c")
        #expect(try await RecordsSchema.migrate(database) == [])
        #expect(try await database.query("SELECT COUNT(*) FROM users") == [Row([1])])
        await database.shutdown()
        // One that was migrated by the first release and has rows: what came later leaves them alone.
        let older = try await TestServer.database()
        try await Migrations([RecordsSchema.migrations[0]]).run(on: older)
        let directory = Self.spoolDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let trail = try AuditTrail(spoolDirectory: directory, database: older, logger: quiet)
        try await trail.record(Self.event("kept"))
        await Self.deliver(trail, until: 1)
        try await RecordsSchema.migrate(older)
        #expect(try await Self.count(older) == 1)
        await older.shutdown()
    }

    @Test func anEventIsOneRowHoweverOftenItIsSent() async throws {
        let database = try await Self.migrated()
        let directory = Self.spoolDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let trail = try AuditTrail(spoolDirectory: directory, database: database, logger: quiet)
        for stage in ["RequestReceived", "ResponseComplete", "ResponseComplete"] {
            try await trail.record(Self.event("one", stage: stage))
        }
        await Self.deliver(trail, until: 3)
        #expect(try await Self.count(database) == 2)
        let row = try await database.query(
            """
            SELECT audit_id, stage, requested_at, user_name, verb, resource, namespace, name, code FROM audit_events
            ORDER BY id DESC LIMIT 1
            """)
        #expect(
            row == [
                Row([
                    "one", "ResponseComplete", "2026-11-23 18:00:01.123456", "jane", "create", "pods", "default", "web",
                    .unsigned(201),
                ])
            ])
        await database.shutdown()
    }

    /// The database is killed again and again while events come in; every one is there exactly once in the end.
    @Test func exactlyOnceWhileTheDatabaseIsKilled() async throws {
        let own = OwnServer()
        defer { own.remove() }
        try await own.server.start()
        try await Migrations.createDatabase(own.server.url(name: "skiff"), logger: quiet)
        let database = Database(own.server.url(name: "skiff"), logger: quiet)
        try await RecordsSchema.migrate(database)
        let directory = Self.spoolDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var limits = AuditTrail.Limits()
        limits.batchCount = 50
        limits.retryMilliseconds = 10...50
        let trail = try AuditTrail(spoolDirectory: directory, database: database, limits: limits, logger: quiet)
        let total = 3_000
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await trail.run() }
            for round in 0..<3 {
                for number in 0..<total / 3 { try await trail.record(Self.event("event-\(round)-\(number)")) }
                // Not before some are there, so that the kill falls among the batches.
                while trail.count(of: .delivered) < round * total / 3 + 100 { await pause() }
                await own.killNow()
                try await own.server.start()
            }
            while trail.count(of: .delivered) < total { await pause() }
            tasks.cancelAll()
        }
        #expect(try await Self.count(database) == Int64(total))
        #expect(
            try await database.query("SELECT COUNT(DISTINCT audit_id, stage) FROM audit_events")[0][0].int
                == Int64(total))
        #expect(trail.count(of: .rejected) == 0)
        await database.shutdown()
        await own.server.stop()
    }

    @Test func eventsThatTheProcessLeftBehindAreDeliveredByTheNext() async throws {
        let database = try await Self.migrated()
        let directory = Self.spoolDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        do {
            let first = try AuditTrail(spoolDirectory: directory, database: nil, logger: quiet)
            for number in 0..<5 { try await first.record(Self.event("e\(number)")) }
        }
        let second = try AuditTrail(spoolDirectory: directory, database: database, logger: quiet)
        await Self.deliver(second, until: 5)
        // A third process whose predecessor died between commit and deletion sends them all again.
        #expect(try await Self.count(database) == 5)
        await database.shutdown()
    }

    @Test func whatIsNoEventIsSetAsideAndHoldsNobodyUp() async throws {
        let database = try await Self.migrated()
        let directory = Self.spoolDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let trail = try AuditTrail(spoolDirectory: directory, database: database, logger: quiet)
        try await trail.record(["no": "audit id"])
        try await trail.record(Self.event("long", user: String(repeating: "ü", count: 5_000), code: 99_999))
        try await trail.record(Self.event("good", time: "nonsense"))
        await Self.deliver(trail, until: 3)
        #expect(trail.count(of: .rejected) == 1)
        #expect(try await Self.count(database) == 2)
        let kept = try String(contentsOfFile: "\(directory)/rejected.jsonl", encoding: .utf8)
        #expect(kept == "{\"no\":\"audit id\"}\n")
        await database.shutdown()
    }

    @Test func queriesByEveryFilterInPages() async throws {
        let database = try await Self.migrated()
        let directory = Self.spoolDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let trail = try AuditTrail(spoolDirectory: directory, database: database, logger: quiet)
        for number in 0..<10 {
            try await trail.record(
                Self.event(
                    "e\(number)", user: number < 5 ? "jane" : "joe",
                    verb: number.isMultiple(of: 2) ? "create" : "delete",
                    resource: number == 7 ? "secrets" : "pods", namespace: number == 8 ? "other" : "default",
                    name: "n\(number)", code: number == 9 ? 403 : 200, time: "2026-11-23T18:00:0\(number)Z"))
        }
        await Self.deliver(trail, until: 10)
        func ids(_ fill: (inout AuditFilter) -> Void) async throws -> [String] {
            var filter = AuditFilter()
            fill(&filter)
            return try await AuditTrail.events(filter, in: database).events.compactMap { $0["auditID"]?.string }
        }
        #expect(try await ids { $0.user = "jane" } == ["e4", "e3", "e2", "e1", "e0"])
        #expect(
            try await ids {
                $0.verb = "delete"; $0.user = "joe"
            } == ["e9", "e7", "e5"])
        #expect(try await ids { $0.resource = "secrets" } == ["e7"])
        #expect(try await ids { $0.namespace = "other" } == ["e8"])
        #expect(try await ids { $0.name = "n3" } == ["e3"])
        #expect(try await ids { $0.code = 403 } == ["e9"])
        #expect(try await ids { $0.auditID = "e1" } == ["e1"])
        #expect(
            try await ids {
                $0.since = "2026-11-23T18:00:03Z"; $0.until = "2026-11-23T18:00:05Z"
            } == ["e4", "e3"])
        #expect(try await ids { $0.user = "' OR 1=1 --" } == [])

        var pages: [[String]] = []
        var cursor: String?
        repeat {
            let page = try await AuditTrail.events(.init(), cursor: cursor, limit: 4, in: database)
            pages.append(page.events.compactMap { $0["auditID"]?.string })
            cursor = page.nextCursor
        } while cursor != nil
        #expect(pages == [["e9", "e8", "e7", "e6"], ["e5", "e4", "e3", "e2"], ["e1", "e0"]])
        for (cursor, limit) in [("x", 1), ("-1", 1), ("1", 0), ("1", 501)] {
            await #expect(throws: AuditTrail.BadQuery.self) {
                try await AuditTrail.events(.init(), cursor: cursor, limit: limit, in: database)
            }
        }
        await database.shutdown()
    }

    @Test(
        arguments: [
            ("2026-11-23T18:00:01.123456Z", "2026-11-23 18:00:01.123456"),
            ("2026-11-23T18:00:01Z", "2026-11-23 18:00:01"),
            ("2024-02-29T00:00:00Z", "2024-02-29 00:00:00"), ("2026-02-29T00:00:00Z", nil),
            ("2026-13-01T00:00:00Z", nil),
            ("2026-11-23 18:00:01Z", nil), ("2026-11-23T18:00:01+01:00", nil), ("2026-11-23T24:00:01Z", nil), ("", nil),
            ("2026-11-23T18:00:01.1234567Z", nil),
        ] as [(String, String?)])
    func times(text: String, expected: String?) { #expect(AuditRow.time(text) == expected) }
}
