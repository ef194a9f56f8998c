import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// An unmodified kubectl forwards ports, by its newer way (SPDY inside a WebSocket) and by the older (plain SPDY).
    @Suite(.serialized) struct PortForwardTests {
        /// A program that sends everything back and then says how much it was; one port on the pod's address and one on
        /// 127.0.0.1.
        static let echo = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: echo}
            data:
              echo.py: |
                import os, socket, threading
                def serve(c):
                    count = 0
                    while True:
                        b = c.recv(65536)
                        if not b: break
                        count += len(b); c.sendall(b)
                    c.sendall(b"%12d" % count); c.close()
                def listen(address, port):
                    s = socket.create_server((address, port), backlog=64)
                    while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
                threading.Thread(target=listen, args=("127.0.0.1", 8078)).start()
                listen(os.environ["POD_IP"], 8077)
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: echo}
            spec:
              selector: {matchLabels: {app: echo}}
              template:
                metadata: {labels: {app: echo}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: echo
                    image: python
                    command: [sh, -c, "exec python3 ${VOLUME_AT_SCRIPTS:-/scripts}/echo.py"]
                    ports: [{name: echo, containerPort: 8077}]
                    readinessProbe: {tcpSocket: {port: 8077}, periodSeconds: 1}
                    volumeMounts: [{name: scripts, mountPath: /scripts}]
                  volumes: [{name: scripts, configMap: {name: echo}}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: echo}
            spec:
              selector: {app: echo}
              ports: [{port: 70, targetPort: echo}]
            """

        /// Sends megabytes over several connections at once, closes its half of each, and compares by hash what comes back.
        static let client = """
            import hashlib, os, socket, sys, threading
            def talk(port, size, out):
                c = socket.create_connection(("127.0.0.1", port)); data = os.urandom(size)
                def send():
                    c.sendall(data); c.shutdown(socket.SHUT_WR)
                t = threading.Thread(target=send); t.start()
                got = bytearray()
                while True:
                    b = c.recv(65536)
                    if not b: break
                    got += b
                t.join(); c.close()
                same = hashlib.sha256(got[:size]).digest() == hashlib.sha256(data).digest()
                out.append(same and got[size:] == b"%12d" % size)
            for port in map(int, sys.argv[1:]):
                out = []
                threads = [threading.Thread(target=talk, args=(port, 3000000 + 7 * i, out)) for i in range(6)]
                for t in threads: t.start()
                for t in threads: t.join()
                print(port, out.count(True), len(out))
            """

        @Test(arguments: ["true", "false"]) func forwardsToPodsServicesAndDeployments(overWebSocket: String) throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "-f", "-", input: Self.echo)
            try cluster.kubectlDone("rollout", "status", "deployment/echo", "--timeout=60s")
            let pod = try cluster.kubectlDone("get", "pods", "-l", "app=echo", "-o", "name")
            for (target, ports) in [
                (pod, [":8077", ":8078"]), ("service/echo", [":70"]), ("deployment/echo", [":echo"]),
            ] {
                let forward = try Forward(cluster, target, ports, overWebSocket: overWebSocket)
                defer { forward.stop() }
                let result = try Program.run("python3", ["-c", Self.client] + forward.ports.map(String.init))
                #expect(
                    result.text.split(separator: "\n").map {
                        $0.split(separator: " ").dropFirst().joined(separator: "/")
                    }
                        == ports.map { _ in "6/6" }, "\(target): \(result.output)\(result.errors)\(forward.log)")
                // Which way it went.
                #expect(forward.log.contains(overWebSocket == "true" ? "GET https" : "POST https"), "\(forward.log)")
            }
            let refused = try Forward(cluster, pod, [":9"], overWebSocket: overWebSocket)
            defer { refused.stop() }
            _ = try Program.run("curl", ["-sS", "--max-time", "20", "http://127.0.0.1:\(refused.ports[0])/"])
            try wait("kubectl to say that nobody listens") {
                refused.log.contains("error forwarding port 9 to pod \(pod.dropFirst(4))_default")
                    && refused.log.contains("connection refused")
            }
        }

        /// A kubectl port-forward that runs beside the test.
        private final class Forward {
            let ports: [Int]
            private let process = Process()
            private let path: String
            var log: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

            init(_ cluster: ClusterProcess, _ target: String, _ wanted: [String], overWebSocket: String) throws {
                path = "\(cluster.directory)/forward-\(UUID().uuidString).log"
                _ = FileManager.default.createFile(atPath: path, contents: nil)
                let file = try FileHandle(forWritingTo: URL(filePath: path))
                process.executableURL = URL(filePath: "/usr/bin/env")
                process.arguments = ["kubectl", "port-forward", "-v=7", target] + wanted
                process.environment = ProcessInfo.processInfo.environment.merging([
                    "KUBECONFIG": "\(cluster.directory)/admin.conf", "HOME": cluster.directory,
                    "KUBECTL_PORT_FORWARD_WEBSOCKETS": overWebSocket,
                ]) { $1 }
                process.standardOutput = file
                process.standardError = file
                process.standardInput = FileHandle.nullDevice
                try process.run()
                var found: [Int] = []
                let path = self.path
                try wait("kubectl to listen") {
                    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                    found = text.split(separator: "\n").compactMap { line in
                        guard line.hasPrefix("Forwarding from 127.0.0.1:") else { return nil }
                        return Int(line.dropFirst(26).prefix { $0.isNumber })
                    }
                    return found.count == wanted.count
                }
                ports = found
            }

            func stop() {
                guard process.isRunning else { return }
                kill(process.processIdentifier, SIGTERM)
                process.waitUntilExit()
            }
        }
    }
}
