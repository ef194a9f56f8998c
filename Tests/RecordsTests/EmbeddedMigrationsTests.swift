import Foundation
import MariaDB
import Testing

@testable import Records

/// The binary has the migrations built in; this holds them against the files. `UPDATE=1` writes them anew.
@Suite struct EmbeddedMigrationsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func theyAreTheFilesOfTheFolder() throws {
        let files = try Migration.load(directory: Self.root.appending(path: "migrations").path)
        #expect(!files.isEmpty)
        if ProcessInfo.processInfo.environment["UPDATE"] == "1" {
            let path = Self.root.appending(path: "Sources/Records/Generated/EmbeddedMigrations.swift")
            try Self.source(files).write(to: path, atomically: true, encoding: .utf8)
        } else {
            #expect(RecordsSchema.migrations == files)
        }
    }

    private static func source(_ files: [Migration]) -> String {
        var text = """
            // Made from migrations/*.sql by `UPDATE=1 swift test --filter EmbeddedMigrationsTests`; do not edit.

            enum EmbeddedMigrations {
                static let files: [(name: String, sql: String)] = [

            """
        for file in files {
            let lines = file.sql.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.isEmpty ? "" : "            \(line)"
            }
            text += "        (\n            \"\(file.name)\",\n            #\"\"\"\n"
            text += lines.joined(separator: "\n") + "\n            \"\"\"#\n        ),\n"
        }
        return text + "    ]\n}\n"
    }
}
