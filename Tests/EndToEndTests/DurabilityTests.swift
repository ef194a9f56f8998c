import APIMachinery
import Foundation
import Testing

extension EndToEndTests {
    /// Nothing acknowledged is lost when the process is killed.
    @Suite(.serialized) struct DurabilityTests {
        /// Creates ConfigMaps as fast as it can with 20 connections and prints the names that were acknowledged.
        static let writer = """
            import http.client, json, sys, threading
            port, token, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
            lock, acknowledged = threading.Lock(), []
            def work(worker):
                try:
                    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
                    for index in range(worker, count, 20):
                        body = json.dumps({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': f'c{index}'}, 'data': {'k': 'v' * 200}})
                        connection.request('POST', '/api/v1/namespaces/default/configmaps', body, {'Authorization': 'Bearer ' + token, 'Content-Type': 'application/json'})
                        answer = connection.getresponse(); answer.read()
                        if answer.status == 201:
                            with lock: acknowledged.append((f'c{index}', answer.getheader('Audit-Id'))); print(f'c{index}', answer.getheader('Audit-Id'), flush=True)
                except Exception: pass
            threads = [threading.Thread(target=work, args=(w,)) for w in range(20)]
            [t.start() for t in threads]; [t.join() for t in threads]
            """

        @Test func killNineDuringCreatesLosesNothingAcknowledged() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            let script = "\(cluster.directory)/writer.py"
            try Self.writer.write(toFile: script, atomically: true, encoding: .utf8)
            let printed = "\(cluster.directory)/acknowledged"
            _ = FileManager.default.createFile(atPath: printed, contents: nil)
            let writer = Process()
            writer.executableURL = URL(filePath: "/usr/bin/env")
            writer.arguments = ["python3", script, "\(cluster.port)", cluster.token, "1000"]
            writer.standardOutput = try FileHandle(forWritingTo: URL(filePath: printed))
            try writer.run()
            try wait("some hundred creates") { try acknowledged(printed).count >= 300 }
            cluster.killHard()
            writer.waitUntilExit()

            let names = try acknowledged(printed)
            try cluster.start()
            let list = try JSON(parsing: try cluster.curl("/api/v1/namespaces/default/configmaps").output)
            let present = Set((list["items"]?.elements ?? []).compactMap { $0["metadata", "name"]?.string })
            for name in names.keys { #expect(present.contains(name), "\(name) was acknowledged and is gone") }

            let ids = Set(names.values)
            try wait("every audit event to be in the database", seconds: 90) {
                var found: [String: Int] = [:]
                var cursor: String? = ""
                while let at = cursor {
                    let page = try JSON(
                        parsing: try cluster.curl(
                            "/audit/events?verb=create&resource=configmaps&limit=500"
                                + (at.isEmpty ? "" : "&cursor=\(at)")
                        ).output)
                    for event in page["items"]?.elements ?? [] {
                        found["\(event["auditID"]?.string ?? "") \(event["stage"]?.string ?? "")", default: 0] += 1
                    }
                    cursor = page["nextCursor"]?.string
                }
                #expect(found.values.allSatisfy { $0 == 1 })
                return ids.allSatisfy { found["\($0) ResponseComplete"] == 1 }
            }
        }

        /// Acknowledged name → audit id.
        private func acknowledged(_ path: String) throws -> [String: String] {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            var found: [String: String] = [:]
            for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1) {
                let words = line.split(separator: " ")
                if words.count == 2 { found[String(words[0])] = String(words[1]) }
            }
            return found
        }
    }
}
