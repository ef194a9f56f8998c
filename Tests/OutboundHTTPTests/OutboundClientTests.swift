import Foundation
import OutboundHTTP
import Synchronization
import Testing

@Suite struct OutboundClientTests {
    /// Serves until the body ends; gives the port.
    private func withServer(_ body: (Int) async throws -> Void) async throws {
        try await withServer(Self.plainServer, [], body)
    }
    private static let plainServer = """
        import http.server, sys, time
        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def do_GET(self):
                if self.path == "/big":
                    self.send_response(200); self.send_header("Content-Length", str(8 << 20)); self.end_headers()
                    try:
                        for _ in range(128): self.wfile.write(b"x" * 65536)
                    except OSError: pass
                elif self.path == "/slow":
                    time.sleep(30)
                elif self.path == "/redirect":
                    self.send_response(302); self.send_header("Location", "/echo"); self.send_header("Content-Length", "0"); self.end_headers()
                else:
                    text = ("GET " + self.path + " " + self.headers.get("x-test", "")).encode()
                    self.send_response(200); self.send_header("X-Answer", "yes"); self.send_header("Content-Length", str(len(text))); self.end_headers(); self.wfile.write(text)
            def do_POST(self):
                text = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(201); self.send_header("Content-Length", str(len(text))); self.end_headers(); self.wfile.write(text[::-1])
        s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
        print(s.server_port, flush=True)
        s.serve_forever()
        """

    private func withServer(
        _ program: String, _ arguments: [String], _ body: (Int) async throws -> Void
    ) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", program] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // A signal that can be blocked may have been inherited as blocked.
        defer { kill(process.processIdentifier, SIGKILL) }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let port = try #require(Int(line.replacing("\n", with: "")))
        try await body(port)
    }

    @Test func getsPostsAndStreams() async throws {
        let client = OutboundClient()
        defer { client.shutdown() }
        try await withServer { port in
            var get = OutboundRequest("http://127.0.0.1:\(port)/echo")
            get.headers = [("X-Test", "value\r\nX-Smuggled: 1")]
            let answer = try await client.send(get)
            #expect(answer.status == 200)
            #expect(answer.header("x-answer") == "yes")
            #expect(String(decoding: try await answer.body.collect(), as: UTF8.self) == "GET /echo valueX-Smuggled: 1")

            var post = OutboundRequest("http://127.0.0.1:\(port)/")
            post.method = "POST"
            post.body = Array("abc".utf8)
            let posted = try await client.send(post)
            #expect(posted.status == 201)
            #expect(try await posted.body.collect() == Array("cba".utf8))

            let big = try await client.send(OutboundRequest("http://127.0.0.1:\(port)/big"))
            var count = 0
            for try await chunk in big.body { count += chunk.count }
            #expect(count == 8 << 20)

            #expect(try await client.send(OutboundRequest("http://127.0.0.1:\(port)/redirect")).status == 302)
            var following = OutboundRequest("http://127.0.0.1:\(port)/redirect")
            following.maximumRedirects = 3
            #expect(try await client.send(following).status == 200)
        }
    }

    @Test func limitsHold() async throws {
        let client = OutboundClient(maximumTransfers: 4)
        defer { client.shutdown() }
        try await withServer { port in
            var small = OutboundRequest("http://127.0.0.1:\(port)/big")
            small.maximumBodyBytes = 100_000
            await #expect(throws: OutboundError.tooLarge(limit: 100_000)) {
                try await client.send(small).body.collect()
            }
            var slow = OutboundRequest("http://127.0.0.1:\(port)/slow")
            slow.timeout = .milliseconds(200)
            await #expect(throws: OutboundError.timedOut) { try await client.send(slow) }

            // More calls than may run at once all come through.
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await client.send(OutboundRequest("http://127.0.0.1:\(port)/\(number)")).status
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
            let task = Task { try await client.send(OutboundRequest("http://127.0.0.1:\(port)/slow")) }
            task.cancel()
            await #expect(throws: OutboundError.cancelled) { try await task.value }
        }
        await #expect(throws: OutboundError.self) { try await client.send(OutboundRequest("http://127.0.0.1:1/")) }
        await #expect(throws: OutboundError.self) { try await client.send(OutboundRequest("file:///etc/passwd")) }
    }

    /// TLS with our own authority and a client certificate, over a unix socket too.
    @Test func tlsAndUnixSockets() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tls-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let program = """
            import http.server, os, socket, ssl, subprocess, sys, threading, socketserver
            d = sys.argv[1]
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-keyout", d + "/key", "-out", d + "/cert", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                check=True, stderr=subprocess.DEVNULL)
            class H(http.server.BaseHTTPRequestHandler):
                def log_message(self, *a): pass
                def address_string(self): return "x"
                def do_GET(self):
                    cert = self.connection.getpeercert() if hasattr(self.connection, "getpeercert") else None
                    text = repr(bool(cert)).encode()
                    self.send_response(200); self.send_header("Content-Length", str(len(text))); self.end_headers(); self.wfile.write(text)
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(d + "/cert", d + "/key")
            c.verify_mode = ssl.CERT_OPTIONAL; c.load_verify_locations(d + "/cert")
            s = http.server.HTTPServer(("127.0.0.1", 0), H)
            s.socket = c.wrap_socket(s.socket, server_side=True)
            class U(socketserver.UnixStreamServer): pass
            u = U(d + "/socket", H)
            threading.Thread(target=u.serve_forever, daemon=True).start()
            print(s.server_port, flush=True)
            s.serve_forever()
            """
        let client = OutboundClient()
        defer { client.shutdown() }
        try await withServer(program, [folder]) { port in
            var request = OutboundRequest("https://127.0.0.1:\(port)/")
            await #expect(throws: OutboundError.self) { try await client.send(request) }
            request.tls.isInsecure = true
            #expect(try await client.send(request).status == 200)
            request.tls = OutboundRequest.TLS()
            request.usesFreshConnection = true
            request.tls.authorities = Array(try Data(contentsOf: URL(filePath: folder + "/cert")))
            #expect(try await client.send(request).body.collect() == Array("False".utf8))
            request.tls.certificate = request.tls.authorities
            request.tls.key = Array(try Data(contentsOf: URL(filePath: folder + "/key")))
            #expect(try await client.send(request).body.collect() == Array("True".utf8))

            var local = OutboundRequest("http://local/")
            local.unixSocket = folder + "/socket"
            #expect(try await client.send(local).status == 200)
        }
    }

    @Test func aClientThatWasShutDownRefuses() async throws {
        let client = OutboundClient()
        client.shutdown()
        await #expect(throws: OutboundError.cancelled) { try await client.send(OutboundRequest("http://127.0.0.1:1/")) }
    }
}
