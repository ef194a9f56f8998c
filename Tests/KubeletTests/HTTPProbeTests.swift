import APIMachinery
import ControlLoops
import Foundation
import KubeAPI
import Logging
import OutboundHTTP
import Synchronization
import TestKit
import Testing

@testable import Kubelet

/// HTTP checks against a server that answers every path in its own way.
@Suite struct HTTPProbeTests {
    /// Of nobody whom anybody trusts, and of another name.
    private static let identity = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9ORJHLkLPSPn92NI
        x637iDeDyt2Kx854laWUbR79ec2hRANCAAQVYRJhgcHbcMpLtlrM+ILH2FVR5nER
        7HIRZVWiv0jxAEkd7++T23T6u+iq9QfnB5Ifbbq7DGhrrLZVWdDUlIBu
        -----END PRIVATE KEY-----
        -----BEGIN CERTIFICATE-----
        MIIBkjCCATegAwIBAgIUXnU/odpTpKGN9Etw1HOJqQXkIPIwCgYIKoZIzj0EAwIw
        HTEbMBkGA1UEAwwSc29tZWJvZHktZWxzZS50ZXN0MCAXDTI2MTEyOTEwMjAyMVoY
        DzIxMjYxMTA1MTAyMDIxWjAdMRswGQYDVQQDDBJzb21lYm9keS1lbHNlLnRlc3Qw
        WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQVYRJhgcHbcMpLtlrM+ILH2FVR5nER
        7HIRZVWiv0jxAEkd7++T23T6u+iq9QfnB5Ifbbq7DGhrrLZVWdDUlIBuo1MwUTAd
        BgNVHQ4EFgQUMswbsmoFiK7dMAqg30QNUEuS6zowHwYDVR0jBBgwFoAUMswbsmoF
        iK7dMAqg30QNUEuS6zowDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBG
        AiEA0Mddcb2WHUjMAwt9h65fXNTdij5mN5/w8FL+fGKV56kCIQCTFKgRFBvZRGJs
        05k2cgaNAu0+U34PRPsXatMWzG2uJw==
        -----END CERTIFICATE-----
        """
    /// What a path answers: the bytes, then whether the connection stays open a while before it is closed.
    private static let server = #"""
        import os, socket, ssl, sys, tempfile, threading, time
        def head(status, *lines): return ("HTTP/1.1 " + status + "\r\n" + "".join(l + "\r\n" for l in lines) + "\r\n").encode()
        def whole(status, body, *lines): return head(status, "Content-Length: %d" % len(body), *lines) + body
        def chunks(count, size):
            return head("200 OK", "Transfer-Encoding: chunked") + (b"%x\r\n" % size + b"x" * size + b"\r\n") * count + b"0\r\n\r\n"
        listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(64)
        port = listener.getsockname()[1]
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(os.environ["IDENTITY"]); file.flush()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(file.name)
        secret = socket.socket(); secret.bind(("127.0.0.1", 0)); secret.listen(64)
        answers = {
            "/small": whole("200 OK", b"fine"), "/large": whole("200 OK", b"x" * (1 << 20)), "/empty": head("204 No Content"),
            "/chunked": chunks(3, 100), "/chunkedlarge": chunks(64, 4096), "/nolength": head("200 OK") + b"until the end",
            "/old": b"HTTP/1.0 200 OK\r\n\r\nold", "/odd": head("299 Whatever", "Content-Length: 0"),
            "/bare": b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
            "/300": whole("300 Multiple Choices", b"choose"), "/304": head("304 Not Modified"),
            "/400": whole("400 Bad Request", b""), "/404": whole("404 Not Found", b""), "/500": whole("500 Oh", b"x" * 50000),
            "/here": whole("302 Found", b"", "Location: /small"),
            "/absolute": whole("301 Moved", b"", "Location: http://127.0.0.1:%d/here" % port),
            "/relative": whole("307 Moved", b"", "Location: small"),
            "/tofailure": whole("302 Found", b"", "Location: /500"),
            "/away": whole("302 Found", b"gone", "Location: http://127.0.0.2:1/"),
            "/nowhere": whole("302 Found", b""), "/loop": whole("302 Found", b"", "Location: /loop"),
            "/early": head("200 OK", "Content-Length: 100") + b"short", "/nothing": b"",
            "/slowhead": None, "/slowbody": head("200 OK", "Content-Length: 100") + b"slow",
        }
        for n in range(1, 12): answers["/hop%d" % n] = whole("302 Found", b"", "Location: " + ("/hop%d" % (n - 1) if n > 1 else "/small"))
        def serve(c):
            request = b""
            while b"\r\n\r\n" not in request:
                more = c.recv(65536)
                if not more: return c.close()
                request += more
            path = request.split()[1].decode()
            answer = answers[path]
            try:
                if answer: c.sendall(answer)
                if path.startswith("/slow"): time.sleep(5)
            except OSError: pass
            c.close()
        def shake(c):
            try: serve(context.wrap_socket(c, server_side=True))
            except OSError: c.close()
        def accept(listener, work):
            while True:
                c, _ = listener.accept()
                threading.Thread(target=work, args=(c,), daemon=True).start()
        threading.Thread(target=accept, args=(secret, shake), daemon=True).start()
        print("%d %d" % (port, secret.getsockname()[1]), flush=True)
        accept(listener, serve)
        """#

    private static let rows: [(String, ProbeOutcome)] = [
        ("/small", .healthy), ("/large", .healthy), ("/empty", .healthy), ("/chunked", .healthy),
        ("/chunkedlarge", .healthy), ("/nolength", .healthy), ("/old", .healthy), ("/odd", .healthy),
        ("/bare", .healthy), ("/300", .warning("Probe terminated redirects, Response body: choose")),
        ("/304", .warning("Probe terminated redirects, Response body: ")),
        ("/400", .unhealthy("HTTP probe failed with statuscode: 400")),
        ("/404", .unhealthy("HTTP probe failed with statuscode: 404")),
        ("/500", .unhealthy("HTTP probe failed with statuscode: 500")), ("/here", .healthy), ("/absolute", .healthy),
        ("/relative", .healthy), ("/tofailure", .unhealthy("HTTP probe failed with statuscode: 500")),
        ("/away", .warning("Probe terminated redirects, Response body: gone")),
        ("/nowhere", .warning("Probe terminated redirects, Response body: ")),
        ("/loop", .unhealthy("Get \"/loop\": stopped after 10 redirects")), ("/hop9", .healthy),
        ("/hop10", .unhealthy("Get \"/small\": stopped after 10 redirects")), ("/early", .unknown("unexpected EOF")),
        (
            "/slowhead",
            .unhealthy(
                "Get \"http://127.0.0.1:PORT/slowhead\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            )
        ),
        (
            "/slowbody",
            .unknown("context deadline exceeded (Client.Timeout or context cancellation while reading body)")
        ),
    ]

    @Test func everyAnswerHasItsOutcome() async throws {
        let server = try Program.start("python3", ["-c", Self.server], environment: ["IDENTITY": Self.identity])
        defer { server.end() }
        try await eventually("the server's ports") { server.output.contains("\n") }
        let ports = server.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        let port = try #require(ports.first)
        let securePort = try #require(ports.last)
        let http = OutboundClient()
        defer { http.shutdown() }
        let runner = ProbeRunner(runtime: SimulatedRuntime(), http: http)
        func check(_ path: String, host: String = "", port: Int, scheme: String = "HTTP") async -> ProbeOutcome {
            let probe = Probe { probe in
                // Only what is to take too long has little time.
                probe.timeoutSeconds = path.hasPrefix("/slow") ? 1 : 60
                probe.httpGet = HTTPGetAction {
                    $0.path = path
                    $0.host = host
                    $0.port = JSON(port)
                    $0.scheme = scheme
                }
            }
            return await runner.check(
                probe, .init(podIP: "127.0.0.1", hostIP: "127.0.0.1", container: Container(), id: "c"))
        }
        for (path, wanted) in Self.rows {
            let outcome = await check(path, port: port)
            let text = "\(outcome)".replacing(String(port), with: "PORT")
            #expect(text == "\(wanted)", "\(path)")
        }
        // Certificates are not looked at.
        #expect(await check("/small", port: securePort, scheme: "HTTPS") == .healthy)
        #expect(
            await check("/500", port: securePort, scheme: "HTTPS")
                == .unhealthy("HTTP probe failed with statuscode: 500"))
        // TLS to whom speaks none, and the other way around.
        #expect(await check("/small", port: port, scheme: "HTTPS").isHealthy == false)
        #expect(await check("/small", port: securePort).isHealthy == false)
        // Closed without an answer, and nobody there.
        #expect(await check("/nothing", port: port).isHealthy == false)
        #expect(
            await check("/small", host: "127.0.0.2", port: port)
                == .unhealthy(
                    "Get \"http://127.0.0.2:\(port)/small\": dial tcp 127.0.0.2:\(port): connect: connection refused"))
    }

    /// A redirect away from the host is told as an event, and the container is ready all the same; an error of the check
    /// counts neither way.
    @Test func warningsAreToldAndErrorsDoNotCount() async throws {
        let healthy: [(ProbeOutcome, Bool?)] = [
            (.healthy, true), (.warning("w"), true), (.unhealthy("u"), false), (.unknown("e"), nil),
        ]
        for (outcome, wanted) in healthy { #expect(outcome.isHealthy == wanted) }
        let fixture = NodeFixture(index: 99)
        try await fixture.with { kubelet in
            let server = """
                import http.server, os
                class H(http.server.BaseHTTPRequestHandler):
                    def log_message(self, *a): pass
                    def do_GET(self):
                        self.send_response(302); self.send_header("Location", "http://elsewhere.test/"); self.end_headers()
                http.server.HTTPServer((os.environ["POD_IP"], 8099), H).serve_forever()
                """
            try await fixture.pod("web", script: "") { pod in
                pod.spec.containers[0].command = ["python3", "-c", server]
                pod.spec.containers[0].readinessProbe = Probe { probe in
                    probe.periodSeconds = 1
                    probe.httpGet = HTTPGetAction { $0.port = 8099 }
                }
            }
            try await fixture.wait("web") { $0?.isReady == true }
            while !fixture.events.contains(where: {
                $0.reason == "ProbeWarning" && $0.type == "Warning"
                    && $0.message == "Readiness probe warning: Probe terminated redirects, Response body: "
            }) { await Task.yield() }
        }
    }
}
