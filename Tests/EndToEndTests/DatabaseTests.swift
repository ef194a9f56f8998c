import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The cluster never waits for the database.
    @Suite(.serialized) struct DatabaseTests {
        /// Four connections that create and read ConfigMaps, fifty calls a second, for so many seconds; prints what came
        /// back and how long each call took, as JSON.
        static let load = """
            import http.client, json, sys, threading, time
            port, token, prefix, seconds, workers, rate = int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4]), 4, 50
            lock, ids, bad, times, end = threading.Lock(), [], [], [], time.time() + float(sys.argv[4])
            def work(worker):
                connection = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
                due, index = time.time() + worker / rate, 0
                while time.time() < end:
                    index += 1; due += workers / rate
                    time.sleep(max(0, due - time.time()))
                    name = f'{prefix}-{worker}-{index // 2}'
                    path = '/api/v1/namespaces/default/configmaps'
                    began = time.perf_counter()
                    if index % 2 == 0:
                        body = json.dumps({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': name}})
                        connection.request('POST', path, body, {'Authorization': 'Bearer ' + token, 'Content-Type': 'application/json'})
                    else: connection.request('GET', path + '?limit=5', headers={'Authorization': 'Bearer ' + token})
                    answer = connection.getresponse(); text = answer.read()
                    took = time.perf_counter() - began
                    with lock:
                        times.append(took)
                        if answer.status not in (200, 201): bad.append([answer.status, text.decode()])
                        if answer.status == 201: ids.append(answer.getheader('Audit-Id'))
            threads = [threading.Thread(target=work, args=(w,)) for w in range(workers)]
            [t.start() for t in threads]; [t.join() for t in threads]
            times.sort()
            print(json.dumps({'ids': ids, 'bad': bad, 'calls': len(times), 'medianMilliseconds': round(times[len(times) // 2] * 1000, 2),
                'p99Milliseconds': round(times[len(times) * 99 // 100] * 1000, 2), 'longestMilliseconds': round(times[-1] * 1000, 2)}))
            """

        @Test func anAbsentDatabaseStopsOnlyWhatNeedsItAndNoAuditEventIsMissing() throws {
            let database = try PrivateDatabase()
            defer { database.remove() }
            try database.start()
            let cluster = try ClusterProcess(["--database-url", database.url])
            defer { cluster.remove() }
            try cluster.start()
            try wait("the database") { try cluster.curl("/readyz?verbose").output.contains("[+]database ok") }
            let script = "\(cluster.directory)/load.py"
            try Self.load.write(toFile: script, atomically: true, encoding: .utf8)
            func load(_ prefix: String, seconds: Int) throws -> Program.Running {
                try Program.start("python3", [script, "\(cluster.port)", cluster.token, prefix, "\(seconds)"])
            }
            let usual = try JSON(parsing: try load("usual", seconds: 10).result().output)

            database.killHard()
            let away = try load("away", seconds: 60)
            var askedUsers = 0
            while away.isRunning {
                let users = try cluster.curl("/users", ["-i"])
                #expect(users.output.hasPrefix("HTTP/1.1 503"), "\(users.output)")
                #expect(users.output.lowercased().contains("content-type: application/problem+json"))
                #expect(try cluster.curl("/readyz").text == "ok")
                askedUsers += 1
                usleep(500_000)
            }
            let during = try JSON(parsing: try away.result().output)
            #expect(askedUsers > 50)
            try database.start()
            let after = try JSON(parsing: try load("after", seconds: 5).result().output)
            for (name, part) in [("usual", usual), ("database away", during), ("after", after)] {
                #expect(part["bad"]?.count == 0, "\(name): \(part["bad"]?.text ?? "")")
                print(
                    "\(name): \(part["calls"]?.text ?? "") calls, median \(part["medianMilliseconds"]?.text ?? "") ms, "
                        + "p99 \(part["p99Milliseconds"]?.text ?? "") ms, longest \(part["longestMilliseconds"]?.text ?? "") ms"
                )
            }
            #expect((during["calls"]?.int ?? 0) > 2_000)

            try wait("users to answer again", seconds: 60) { try cluster.curl("/users").text.hasPrefix("[") }
            let ids = [usual, during, after].flatMap { $0["ids"]?.strings ?? [] }
            #expect(Set(ids).count == ids.count)
            try wait("every audit event to be in the database", seconds: 60) {
                let found = try cluster.auditEvents("verb=create&resource=configmaps")
                #expect(found.values.allSatisfy { $0 == 1 })
                return ids.allSatisfy { found["\($0) ResponseComplete"] == 1 }
            }
        }

        @Test func aStartWarnsOfNothing() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("create", "configmap", "early")
            try wait("the database") { try cluster.curl("/readyz?verbose").output.contains("[+]database ok") }
            try wait("the event to be in the database") {
                try cluster.auditEvents("verb=create&resource=configmaps&name=early").count == 1
            }
            #expect(!cluster.log.contains(" warning"), "\(cluster.log)")
            #expect(!cluster.log.contains(" error"), "\(cluster.log)")
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
        port = try FreePorts.take(1)[0]
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let user = geteuid() == 0 ? ["--user=root"] : []
        let made = try Program.run(
            "mariadb-install-db",
            [
                "--no-defaults", "--datadir=\(directory)/data", "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ] + user)
        guard made.exitCode == 0 else { throw ProgramFailure(description: made.errors + made.output) }
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
            try Program.run(
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
