import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Audit events for a webhook and a log file, of the real binary and a real server.
    @Suite(.serialized) struct AuditStreamTests {
        /// Writes each body that it is sent as a line.
        private static let webhook = """
            import http.server, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["content-length"]))
                    with open(sys.argv[2], "ab") as file: file.write(self.headers["authorization"].encode() + b" " + body)
                    self.send_response(200); self.send_header("content-length", "0"); self.end_headers()
                def log_message(self, *arguments): pass
            http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
            """

        @Test func aWebhookAndAFileGetEvents() throws {
            let directory = TemporaryDirectory()
            let (port, sent, log) = (try FreePorts.take(), "\(directory.path)/sent", "\(directory.path)/audit.log")
            let script = try directory.write("webhook.py", Self.webhook)
            let kubeconfig = try directory.write(
                "webhook.conf",
                """
                apiVersion: v1
                kind: Config
                clusters: [{name: w, cluster: {server: "http://127.0.0.1:\(port)/audit"}}]
                users: [{name: u, user: {token: abc}}]
                contexts: [{name: c, context: {cluster: w, user: u}}]
                current-context: c
                """)
            let receiver = try Program.start("python3", [script, "\(port)", sent])
            defer { receiver.end() }
            let cluster = try EphemeralCluster(
                [
                    "--audit-webhook-config-file", kubeconfig, "--audit-webhook-batch-max-wait", "50ms",
                    "--audit-webhook-initial-backoff", "50ms", "--audit-log-path", log,
                ], temporary: directory.path)
            _ = try cluster.kubectl(["create", "configmap", "told", "--from-literal=a=b"])
            func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
            try wait("the events", seconds: 30) { text(sent).contains("\"told\"") && text(log).contains("\"told\"") }
            for line in text(sent).split(separator: "\n") {
                #expect(line.hasPrefix("Bearer abc "))
                let list = try JSON(parsing: String(line.dropFirst("Bearer abc ".count)))
                #expect(list["kind"]?.string == "EventList")
                #expect(list["items"]?.elements.allSatisfy { $0["stage"]?.string == "ResponseComplete" } == true)
            }
            #expect(
                try text(log).split(separator: "\n").allSatisfy { try JSON(parsing: String($0))["kind"] == "Event" })
            try cluster.letGo()
            try cluster.waitUntilGone()
        }
    }
}
