import APIMachinery
import Foundation
import Testing

extension EndToEndTests {
    /// The cluster never waits for the database.
    @Suite(.serialized) struct DatabaseTests {
        @Test func anAbsentDatabaseStopsOnlyWhatNeedsItAndNoAuditEventIsMissing() throws {
            let database = try PrivateDatabase()
            defer { database.remove() }
            try database.start()
            let cluster = try ClusterProcess(["--database-url", database.url])
            defer { cluster.remove() }
            try cluster.start()
            try wait("the database") { try cluster.curl("/readyz?verbose").output.contains("[+]database ok") }
            database.killHard()

            var ids: Set<String> = []
            for index in 0..<200 {
                let answer = try cluster.curl(
                    "/api/v1/namespaces/default/configmaps",
                    [
                        "-i", "-H", "Content-Type: application/json", "-d",
                        #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c\#(index)"}}"#,
                    ])
                #expect(answer.output.hasPrefix("HTTP/1.1 201"), "\(answer.output)")
                for line in answer.output.split(whereSeparator: \.isNewline)
                where line.lowercased().hasPrefix("audit-id:") {
                    ids.insert(String(line.dropFirst("audit-id:".count)).trimmingCharacters(in: .whitespaces))
                }
            }
            #expect(ids.count == 200)
            let users = try cluster.curl("/users", ["-i"])
            #expect(users.output.contains(" 503 "))
            #expect(users.output.lowercased().contains("application/problem+json"))
            #expect(try cluster.curl("/readyz").text == "ok")

            try database.start()
            try wait("users to answer again", seconds: 60) { try cluster.curl("/users").text.hasPrefix("[") }
            try wait("every audit event to be in the database", seconds: 60) {
                let page = try JSON(
                    parsing: try cluster.curl("/audit/events?verb=create&resource=configmaps&limit=500").output)
                let found = (page["items"]?.elements ?? []).compactMap { $0["auditID"]?.string }
                return ids.isSubset(of: Set(found)) && found.count == Set(found).count
            }
        }
    }
}

/// A MariaDB of the test's own on a loopback port.
final class PrivateDatabase {
    let directory = FileManager.default.temporaryDirectory.path + "/skiff-db-\(UUID().uuidString.prefix(8))"
    let port: Int
    private var process: Process?
    var url: String { "mysql://skiff:secret@127.0.0.1:\(port)/skiff" }

    init() throws {
        port = try ClusterProcess.freePorts(1)[0]
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let user = geteuid() == 0 ? ["--user=root"] : []
        let made = try Command.run(
            "mariadb-install-db",
            [
                "--no-defaults", "--datadir=\(directory)/data", "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ] + user)
        guard made.exitCode == 0 else { throw CommandFailure(description: made.errors + made.output) }
        let initial =
            "CREATE DATABASE skiff;\nCREATE USER skiff@'127.0.0.1' IDENTIFIED BY 'secret';\nGRANT ALL ON skiff.* TO skiff@'127.0.0.1';\n"
        try initial.write(toFile: "\(directory)/initial.sql", atomically: true, encoding: .utf8)
    }

    func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let first = !FileManager.default.fileExists(atPath: "\(directory)/started")
        process.arguments =
            [
                "mariadbd", "--no-defaults", "--datadir=\(directory)/data", "--bind-address=127.0.0.1",
                "--port=\(port)",
                "--socket=\(directory)/socket", "--pid-file=\(directory)/pid", "--skip-name-resolve",
                "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=8M", "--performance-schema=OFF",
            ] + (first ? ["--init-file=\(directory)/initial.sql"] : []) + (geteuid() == 0 ? ["--user=root"] : [])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        try wait("MariaDB to answer", seconds: 60) {
            try Command.run(
                "mariadb",
                ["--no-defaults", "-h127.0.0.1", "-P\(port)", "-uskiff", "-psecret", "-e", "SELECT 1", "skiff"]
            )
            .exitCode == 0
        }
        _ = FileManager.default.createFile(atPath: "\(directory)/started", contents: nil)
    }

    func killHard() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    func remove() {
        killHard()
        try? FileManager.default.removeItem(atPath: directory)
    }
}
