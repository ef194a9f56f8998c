import NIOCore
import Testing

@testable import IngressController

/// What comes over the wire that is wrong, sly, slow or not HTTP.
@Suite struct ProtocolTests {
    @Test(arguments: [
        // Two framings, two lengths, and lengths and framings that are none: one server's end of a request must be
        // every server's.
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nContent-Length: +3\r\n\r\nabc",
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nContent-Length: 3, 3\r\n\r\nabc",
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /tea HTTP/1.0\r\nHost: cafe.example.com\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "GET /tea HTTP/1.1\r\nHost: cafe.example.com\r\nHost: other\r\n\r\n",
        "GET /tea HTTP/1.1\r\n\r\n",
        "GET /tea HTTP/1.1\r\nHost: cafe.example.com\r\n X: folded\r\n\r\n",
        "GET /tea HTTP/1.1\r\nHost: cafe.exa mple.com\r\n\r\n",
        "GET /../tea HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n",
        "GET tea HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n",
        "GET /tea HTTP/3.0\r\nHost: cafe.example.com\r\n\r\n",
        "CONNECT cafe.example.com:443 HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n",
        "nonsense\r\n\r\n",
    ])
    func requestsThatTwoServersMightReadDifferentlyAreRefused(_ request: String) async throws {
        let pod = try await Backend.start("pod")
        let front = try await Front.start([pod.upstream])
        let hidden = "GET /tea/hidden HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n"
        let answer = try await WireClient.exchange(front.port, request + hidden)
        let status = Int(answer.dropFirst(9).prefix(3)) ?? 0
        #expect([400, 405, 501, 505].contains(status), "\(request) \(answer)")
        #expect(pod.requests == 0, "\(pod.seen.withLock { $0.heads })")
        await front.stop()
    }

    @Test func headersOfOneConnectionStayThere() async throws {
        let pod = try await Backend.start("pod")
        let front = try await Front.start([pod.upstream])
        let answer = try await WireClient.get(
            front.port, "/tea",
            headers: """
                Connection: X-Secret, keep-alive\r
                X-Secret: 1\r
                Keep-Alive: timeout=9\r
                Proxy-Authorization: x\r
                Proxy: http://evil\r
                TE: trailers\r
                Upgrade: h2c\r
                X-Forwarded-For: 6.6.6.6\r
                X-Forwarded-Proto: https\r
                X-Request-ID: abc-123\r
                X-Mine: kept\r

                """)
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        #expect(!answer.lowercased().contains("keep-alive"))
        let head = try #require(pod.seen.withLock { $0.heads.first })
        for name in ["x-secret", "keep-alive", "proxy-authorization", "proxy", "upgrade", "connection"] {
            #expect(!head.headers.contains(name: name), "\(name)")
        }
        #expect(head.headers["x-forwarded-for"] == ["127.0.0.1"])
        #expect(head.headers["x-real-ip"] == ["127.0.0.1"])
        #expect(head.headers["x-forwarded-proto"] == ["http"])
        #expect(head.headers["x-forwarded-host"] == ["cafe.example.com"])
        #expect(head.headers["x-forwarded-port"] == [String(front.port)])
        #expect(head.headers["x-request-id"] == ["abc-123"])
        #expect(head.headers["x-mine"] == ["kept"])
        #expect(head.headers["te"] == ["trailers"])
        await front.stop()
    }

    @Test func aTrustedProxysWordIsCarriedOn() async throws {
        let pod = try await Backend.start("pod")
        let front = try await Front.start([pod.upstream]) { $0.trustedProxies = ["127.0.0.1"] }
        _ = try await WireClient.get(
            front.port, "/tea", headers: "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n")
        let head = try #require(pod.seen.withLock { $0.heads.first })
        #expect(head.headers["x-forwarded-for"] == ["6.6.6.6, 127.0.0.1"])
        #expect(head.headers["x-forwarded-proto"] == ["https"])
        #expect(head.headers["x-real-ip"] == ["6.6.6.6"])
        await front.stop()
    }

    @Test func upgradesBecomeTunnels() async throws {
        let pod = try await Backend.start("pod")
        let front = try await Front.start([pod.upstream])
        try await WireClient.connect(front.port).use { wire in
            try await wire.send(
                "GET /tea/ws HTTP/1.1\r\nHost: cafe.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            let head = try await wire.read(until: "\r\n\r\n")
            #expect(head?.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n") == true)
            #expect(head?.lowercased().contains("upgrade: websocket") == true)
            for index in 0..<100 {
                try await wire.send("message \(index);")
                #expect(try await wire.read(until: ";") == "message \(index);")
            }
            let large = String(repeating: "x", count: 1_000_000) + "!"
            let writer = wire.writer
            async let sent: Void = writer.write(ByteBuffer(string: large))
            #expect(try await wire.read(until: "!") == large)
            try await sent
        }
        await front.stop()
    }

    /// The backend's first bytes come in one packet with its 101, the client's with its request; the other side hears them
    /// although nothing follows.
    @Test(arguments: [1, 65_536]) func bytesWithTheHandshakeArrive(count: Int) async throws {
        let text = String(repeating: "x", count: count - 1) + "!"
        let pod = try await EagerBackend.start(greeting: text)
        let front = try await Front.start([pod.upstream])
        try await WireClient.connect(front.port).use { wire in
            try await wire.send(
                "GET /tea/ws HTTP/1.1\r\nHost: cafe.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                    + text)
            #expect(try await wire.read(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 101 ") == true)
            #expect(try await wire.read(until: "!") == text)
        }
        for _ in 0..<500 where !pod.received.withLock({ $0.hasSuffix(text) }) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(pod.received.withLock { $0.hasSuffix("\r\n\r\n" + text) })
        await front.stop()
    }

    @Test func headersAndBodiesHaveLimits() async throws {
        let pod = try await Backend.start("pod")
        var options = RouteOptions()
        options.maximumBodyBytes = 10
        let front = try await Front.start([pod.upstream], options: options)
        let long = String(repeating: "x", count: 40_000)
        #expect(try await WireClient.get(front.port, "/tea", headers: "X: \(long)\r\n").hasPrefix("HTTP/1.1 431 "))
        let many = (0..<300).map { "X-\($0): 1\r\n" }.joined()
        #expect(try await WireClient.get(front.port, "/tea", headers: many).hasPrefix("HTTP/1.1 431 "))
        let post = "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\n"
        #expect(
            try await WireClient.exchange(front.port, post + "Content-Length: 11\r\n\r\nhello world")
                .hasPrefix("HTTP/1.1 413 "))
        #expect(
            try await WireClient.exchange(
                front.port, post + "Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n"
            ).hasPrefix("HTTP/1.1 413 "))
        await front.stop()
    }

    @Test func slowClientsAreNotWaitedFor() async throws {
        let pod = try await Backend.start("pod")
        let front = try await Front.start([pod.upstream]) {
            $0.clientHeadSeconds = 1
            $0.clientStallSeconds = 1
            $0.clientIdleSeconds = 1
        }
        // Half a head, half a body, nothing after an answer.
        #expect(try await WireClient.exchange(front.port, "GET /tea HT") == "")
        let half = "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nContent-Length: 10\r\n\r\nhal"
        #expect(try await WireClient.exchange(front.port, half) == "")
        let whole = "GET /tea HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n"
        #expect(try await WireClient.exchange(front.port, whole).hasSuffix("pod GET /tea 0\n"))
        await front.stop()
    }

    @Test func oldClientsAndHeadRequestsAreServed() async throws {
        let pod = try await Backend.start("pod")
        let front = try await Front.start([pod.upstream])
        let old = try await WireClient.exchange(
            front.port, "GET /chunked HTTP/1.0\r\nHost: cafe.example.com\r\n\r\n")
        #expect(!old.lowercased().contains("transfer-encoding"))
        #expect(old.hasSuffix("\r\n\r\npod GET /chunked 0\n"))
        let head = try await WireClient.get(front.port, "/tea", method: "HEAD")
        #expect(head.hasPrefix("HTTP/1.1 200"))
        #expect(head.hasSuffix("\r\n\r\n"))
        let expecting = try await WireClient.exchange(
            front.port,
            "POST /tea HTTP/1.1\r\nHost: cafe.example.com\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
        )
        #expect(expecting.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
        let absolute = try await WireClient.get(front.port, "http://cafe.example.com/tea?y", host: "ignored")
        #expect(absolute.hasSuffix("pod GET /tea?y 0\n"))
        await front.stop()
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        let pod = try await Backend.start("pod")
        let front = try await Front.start([pod.upstream])
        let one = "GET /tea/1 HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n"
        let two = "GET /nowhere HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n"
        let three = "GET /tea/3 HTTP/1.1\r\nHost: cafe.example.com\r\nConnection: close\r\n\r\n"
        let answers = try await WireClient.exchange(front.port, one + two + three)
        #expect(answers.ranges(of: "HTTP/1.1 ").count == 3)
        #expect(answers.contains("pod GET /tea/1 0\nHTTP/1.1 404 "))
        #expect(answers.hasSuffix("pod GET /tea/3 0\n"))
        await front.stop()
    }
}
