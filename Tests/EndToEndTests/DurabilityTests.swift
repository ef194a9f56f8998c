import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Nothing acknowledged is lost when the process is killed.
    @Suite(.serialized) struct DurabilityTests {
        /// Opens a thousand connections, sends a create on each but for its last byte, then all the last bytes at once,
        /// and kills the server when it has read some answers. What was answered is printed as JSON.
        static let writer = """
            import json, os, selectors, signal, socket, sys, time
            port, token, server, count, enough = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), 1000, 300
            connections = []
            for index in range(count):
                body = json.dumps({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': f'c{index}'}, 'data': {'k': 'v' * 200}})
                text = ('POST /api/v1/namespaces/default/configmaps HTTP/1.1\\r\\nHost: localhost\\r\\nAuthorization: Bearer ' + token
                    + f'\\r\\nContent-Type: application/json\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n' + body).encode()
                connection = socket.create_connection(('127.0.0.1', port), timeout=30)
                connection.sendall(text[:-1])
                connections.append((connection, f'c{index}', text[-1:]))
            time.sleep(0.5)
            def sockets(process):
                found = set()
                try:
                    for name in os.listdir(f'/proc/{process}/fd'):
                        try: found.add(os.readlink(f'/proc/{process}/fd/{name}'))
                        except OSError: pass
                except OSError: pass
                return {name for name in found if name.startswith('socket:')}
            own = sockets(server)
            shared = [process for process in os.listdir('/proc')
                if process.isdigit() and int(process) != server and own & sockets(process)]
            for connection, name, end in connections: connection.send(end)
            waiting = selectors.DefaultSelector()
            for connection, name, end in connections: waiting.register(connection, selectors.EVENT_READ, [name, b''])
            acknowledged, others, atKill = {}, [], None
            while waiting.get_map():
                ready = waiting.select(30)
                if not ready: raise SystemExit(
                    f'no answer and no end of the connections: {len(acknowledged)} answers, {atKill} at the kill, '
                    f'{len(waiting.get_map())} connections wait, sockets shared with {shared}')
                for key, _ in ready:
                    try: data = key.fileobj.recv(65536)
                    except ConnectionError: data = b''
                    key.data[1] += data
                    head, _, body = key.data[1].partition(b'\\r\\n\\r\\n')
                    lines = head.decode().split('\\r\\n')
                    headers = {line.split(': ', 1)[0].lower(): line.split(': ', 1)[1] for line in lines[1:] if ': ' in line}
                    complete = 'content-length' in headers and len(body) >= int(headers['content-length'])
                    if complete and lines[0].split()[1] == '201': acknowledged[key.data[0]] = headers['audit-id']
                    elif complete: others.append(key.data[1].decode())
                    if complete or not data: waiting.unregister(key.fileobj)
                    if atKill is None and len(acknowledged) >= enough:
                        os.kill(server, signal.SIGKILL); atKill = len(acknowledged)
            print(json.dumps({'acknowledged': acknowledged, 'others': others, 'atKill': atKill, 'open': len(connections), 'shared': shared}))
            """

        @Test func killNineDuringThousandConcurrentCreatesLosesNothingAcknowledged() throws {
            // A thousand connections need more files than this: the server has to see to it.
            let cluster = try ClusterProcess(softFileLimit: 512)
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "-f", "-", input: KubectlTests.web)
            try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
            let before = try cluster.containers()
            #expect(before.count == 2)

            let script = "\(cluster.directory)/writer.py"
            try Self.writer.write(toFile: script, atomically: true, encoding: .utf8)
            let id = try #require(cluster.process?.processIdentifier)
            let printed = try Program.run("python3", [script, "\(cluster.port)", cluster.token, "\(id)"])
            try #require(printed.exitCode == 0, "\(printed.errors) \(printed.output)")
            cluster.killHard()
            let result = try JSON(parsing: printed.output)
            #expect(result["open"]?.int == 1_000)
            // What a child had open would not end with its parent.
            #expect(result["shared"]?.count == 0, "\(result["shared"]?.text ?? "")")
            #expect(result["others"]?.count == 0, "\(result["others"]?.text ?? "")")
            var acknowledged: [String: String] = [:]
            for member in result["acknowledged"]?.members ?? [] { acknowledged[member.name] = member.value.string }
            #expect(acknowledged.count >= 300)
            #expect(acknowledged.count < 1_000, "the kill came too late to interrupt anything")
            let atKill = result["atKill"]?.text ?? ""
            print("killed after \(atKill) answers to 1,000 creates in flight; \(acknowledged.count) were read in all")

            try cluster.start()
            let list = try JSON(parsing: try cluster.curl("/api/v1/namespaces/default/configmaps").output)
            let present = Set((list["items"]?.elements ?? []).compactMap { $0["metadata", "name"]?.string })
            for name in acknowledged.keys { #expect(present.contains(name), "\(name) was acknowledged and is gone") }

            // The same containers as before, still running: adopted.
            try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
            #expect(try cluster.containers() == before)

            let ids = Set(acknowledged.values)
            try wait("every audit event to be in the database", seconds: 90) {
                let found = try cluster.auditEvents("verb=create&resource=configmaps")
                #expect(found.values.allSatisfy { $0 == 1 })
                return ids.allSatisfy { found["\($0) ResponseComplete"] == 1 }
            }
        }
    }
}

extension ClusterProcess {
    /// The pods of the Deployment `web`: name → container id, and how often it was restarted.
    fileprivate func containers() throws -> [String: String] {
        let list = try JSON(parsing: try kubectlDone("get", "pods", "-l", "app=web", "-o", "json"))
        var found: [String: String] = [:]
        for pod in list["items"]?.elements ?? [] {
            let status = pod["status", "containerStatuses"]?[0]
            found[pod["metadata", "name"]?.string ?? ""] =
                "\(status?["containerID"]?.string ?? "") \(status?["restartCount"]?.int ?? -1)"
        }
        return found
    }

    /// How many rows the trail has for each "audit id, stage" that fits the query, over all pages.
    func auditEvents(_ query: String) throws -> [String: Int] {
        var found: [String: Int] = [:]
        var cursor: String? = ""
        while let at = cursor {
            let page = try JSON(
                parsing: try curl("/audit/events?\(query)&limit=500" + (at.isEmpty ? "" : "&cursor=\(at)")).output)
            for event in page["items"]?.elements ?? [] {
                found["\(event["auditID"]?.string ?? "") \(event["stage"]?.string ?? "")", default: 0] += 1
            }
            cursor = page["nextCursor"]?.string
        }
        return found
    }
}
