import Testing

@testable import MariaDB

@Suite struct ParsingTests {
    @Test func databaseURLs() throws {
        #expect(
            try DatabaseURL(parsing: "mysql://skiff:s%40cret@db.example.com:3307/app")
                == DatabaseURL(user: "skiff", password: "s@cret", host: "db.example.com", port: 3307, name: "app"))
        #expect(
            try DatabaseURL(parsing: "mysql://root@localhost/skiff?socket=/run/mysqld/mysqld.sock")
                == DatabaseURL(user: "root", socket: "/run/mysqld/mysqld.sock", name: "skiff"))
        #expect(try DatabaseURL(parsing: "mariadb://u@[::1]/x").host == "::1")
        #expect(!(try DatabaseURL(parsing: "mysql://u:secret@h/x").description.contains("secret")))
    }

    @Test(arguments: [
        "", "localhost", "postgres://u@h/x", "mysql://h/x", "mysql://u@/x", "mysql://u@h:0/x", "mysql://u@h:70000/x",
        "mysql://u@h/a/b", "mysql://u@h/x?ssl=1", "mysql://u@h/x?socket=relative",
    ])
    func malformedDatabaseURLs(text: String) {
        #expect(throws: DatabaseURL.Malformed.self) { try DatabaseURL(parsing: text) }
    }

    @Test(arguments: [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]), ("SELECT 1;\n;\n", ["SELECT 1"]), ("", []),
        ("-- only; a comment\n# and; another\n/* and; one */", []),
        ("SELECT ';' AS a, \"x;\\\"y\" ; SELECT `a;b`", ["SELECT ';' AS a, \"x;\\\"y\"", "SELECT `a;b`"]),
        ("SELECT 'it''s; fine'; DROP TABLE x", ["SELECT 'it''s; fine'", "DROP TABLE x"]),
        ("SELECT 5--1; SELECT 2 -- end", ["SELECT 5--1", "SELECT 2 -- end"]),
        ("SELECT 'open; end", ["SELECT 'open; end"]),
    ])
    func statementsOfAText(text: String, statements: [String]) {
        #expect(SQLText.statements(text) == statements)
    }

    @Test func planNamesWhatIsWrong() throws {
        let one = try #require(Migration(name: "0001_one", sql: "a"))
        let two = try #require(Migration(name: "0002_two", sql: "b"))
        let three = try #require(Migration(name: "0003_three", sql: "c"))
        func record(_ migration: Migration, done: Int = 1, complete: Bool = true) -> Migrations.Record {
            .init(
                number: migration.number, name: migration.name, checksum: migration.checksum, done: done,
                isComplete: complete)
        }
        #expect(try Migrations.plan([one, two], [record(one)]).map(\.migration) == [two])
        #expect(
            try Migrations.plan([one, two], [record(one), record(two, done: 3, complete: false)])[0].firstStatement == 3
        )
        var changed = two
        changed.sql = "B"
        let failures: [([Migration], [Migrations.Record], MigrationError)] = [
            ([one, changed], [record(one), record(two)], .init("0002_two", "it was changed after it was applied")),
            (
                [one], [record(one), record(two)],
                .init("0002_two", "it was applied to this database but is missing here")
            ),
            (
                [one, two, three], [record(one), record(three)],
                .init("0002_two", "it comes before one that was applied already")
            ),
            ([one, one], [], .init("0001_one", "its number is that of 0001_one")),
        ]
        for (list, records, error) in failures {
            #expect(throws: error) { try Migrations.plan(list, records) }
        }
        #expect(Migration(name: "1_short", sql: "") == nil)
    }
}
