import APIServer
import Basics
import Testing

@testable import Gateway

/// What clients that are broken or up to something send, byte by byte.
@Suite struct MalformedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: String
        /// The first answer's status; empty when the connection is to be closed without a word.
        var status: String
        var form: String {
            let isUnderstood = status != "400" || name == "bad chunk size" || name == "two hosts"
            return bytes.contains(" /api ") && isUnderstood ? "Status" : "problem"
        }
        var testDescription: String { name }
        init(_ name: String, _ bytes: String, _ status: String) {
            self.name = name
            self.bytes = bytes
            self.status = status
        }
    }

    static let host = "Host: localhost\r\n"
    static let cases: [Case] = [
        Case("not HTTP", "hello\r\n\r\n", "400"),
        Case("TLS to the plain port", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", "400"),
        Case("unknown version", "GET / HTTP/3.7\r\n\(host)\r\n", "400"),
        Case("no host", "GET / HTTP/1.1\r\n\r\n", "400"),
        Case("two hosts", "GET / HTTP/1.1\r\n\(host)\(host)\r\n", "400"),
        Case(
            "length and chunked (smuggling)",
            "POST /api HTTP/1.1\r\n\(host)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        Case("two lengths", "POST /api HTTP/1.1\r\n\(host)Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", "400"),
        Case("length with a sign", "POST /api HTTP/1.1\r\n\(host)Content-Length: +4\r\n\r\nabcd", "400"),
        Case("negative length", "POST /api HTTP/1.1\r\n\(host)Content-Length: -4\r\n\r\nabcd", "400"),
        Case(
            "chunked is not the last coding",
            "POST /api HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "400"),
        Case("bad chunk size", "POST /api HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"),
        Case("space before the colon", "GET / HTTP/1.1\r\n\(host)Transfer-Encoding : chunked\r\n\r\n", "400"),
        Case("folded header", "GET / HTTP/1.1\r\n\(host)A: b\r\n c\r\n\r\n", "400"),
        Case("NUL in a header", "GET / HTTP/1.1\r\n\(host)A: b\u{0}c\r\n\r\n", "400"),
        Case("space in the path", "GET /a b HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("length over the limit", "POST /api HTTP/1.1\r\n\(host)Content-Length: 999999999\r\n\r\n", "413"),
        Case(
            "headers over the limit", "GET / HTTP/1.1\r\n\(host)A: \(String(repeating: "x", count: 70_000))\r\n\r\n",
            "431"),
        Case("path over the limit", "GET /\(String(repeating: "x", count: 70_000)) HTTP/1.1\r\n\(host)\r\n", "431"),
        Case("many headers", "GET / HTTP/1.1\r\n\(host)\(String(repeating: "A: b\r\n", count: 300))\r\n", "431"),
        Case(
            "unknown expectation", "POST /api HTTP/1.1\r\n\(host)Expect: the-worst\r\nContent-Length: 1\r\n\r\n", "417"),
        Case("bad percent-encoding", "GET /user/%zz HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("NUL in the path", "GET /user/%00 HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("not UTF-8", "GET /user/%ff%fe HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("climbing", "GET /users/../users HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("climbing in disguise", "GET /users/%2e%2e/users HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("slash in a segment", "GET /user%2f1 HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("bad query", "GET /users?a=%g1 HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("asterisk", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\n\(host)\r\n", "400"),
        Case("nothing there", "GET /nothing HTTP/1.1\r\n\(host)\r\n", "404"),
        Case("empty segments", "GET //users HTTP/1.1\r\n\(host)\r\n", "404"),
        Case("other method", "DELETE /users HTTP/1.1\r\n\(host)\r\n", "405"),
        Case("method nobody knows", "BREW /coffee HTTP/1.1\r\n\(host)\r\n", "400"),
    ]

    @Test(.serialized, arguments: cases) func isRefusedWithASentence(one: Case) async throws {
        try await TestGateway.run(api: ListenerTests.mirror) { gateway async throws in
            let client = try RawClient(port: gateway.plainPort)
            client.send(one.bytes)
            client.closeOutput()
            let text = await client.readAll()
            #expect(text.hasPrefix("HTTP/1.1 \(one.status) "), "\(text.prefix(200))")
            // A Status where the head was understood and the path is Kubernetes', else a problem.
            let form = text.contains("\"kind\":\"Status\"") ? "Status" : "problem"
            #expect(form == one.form && (form == "Status" || text.contains("application/problem+json")))
            #expect(text.contains("\r\naudit-id: "))
            // One request, one answer: nothing was smuggled in behind it.
            #expect(text.components(separatedBy: "HTTP/1.1 ").count == 2)
            // And the gateway serves on.
            #expect(try await Shell.curl("\(gateway.plain)/api").output.hasPrefix("GET|/api|"))
        }
    }

    @Test func allowIsSaid() async throws {
        try await TestGateway.run(api: ListenerTests.mirror) { gateway async throws in
            let answer = try await Shell.curl("-i", "-X", "DELETE", "\(gateway.plain)/users")
            #expect(answer.output.contains("allow: GET, HEAD, OPTIONS\r\n"))
            let options = try await Shell.curl("-i", "-X", "OPTIONS", "\(gateway.plain)/create")
            #expect(options.output.contains(" 204 "))
            #expect(options.output.contains("allow: OPTIONS, POST\r\n"))
        }
    }

    @Test func aHeaderValueCannotEndItsLine() {
        let answer = Answer(status: 200, headers: [("warning", "a\r\nset-cookie: x=1"), ("x", "tab\tis fine")])
        let head = ResponseHead(answer, to: nil, isReusable: true, date: "now").head
        #expect(head.headers["warning"] == ["a  set-cookie: x=1"])
        #expect(head.headers["x"] == ["tab\tis fine"])
    }

    @Test func slowClientsAreCutOff() async throws {
        try await TestGateway.run(
            {
                $0.limits.firstHeadSeconds = 1
                $0.limits.bodySeconds = 1
                $0.limits.idleSeconds = 1
            }, api: ListenerTests.mirror
        ) { gateway async throws in
            // A head that never ends, whatever is sent of it; a body that does not come; nothing after an answer.
            let head = try RawClient(port: gateway.plainPort)
            head.send("GET / HTTP/1.1\r\nHost: local")
            let body = try RawClient(port: gateway.plainPort)
            body.send("POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
            let idle = try RawClient(port: gateway.plainPort)
            idle.send("GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let silent = try RawClient(port: gateway.securePort)
            #expect(await head.readAll() == "")
            #expect(await body.readAll().hasPrefix("HTTP/1.1 408 "))
            #expect(await idle.readAll().hasSuffix("|plain|-"))
            #expect(await silent.readAll() == "")
        }
    }

    /// Random bytes and randomly damaged requests: whatever comes, the gateway answers or closes, and serves on.
    @Test func fuzz() async throws {
        try await TestGateway.run(api: ListenerTests.mirror) { gateway async throws in
            var random = SplitMix64(seed: 20_261_123)
            let good = Array(
                "POST /api/x?y=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
                    .utf8)
            for _ in 0..<300 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0...2, using: &random) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: index)
                    default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                    }
                }
                let client = try RawClient(port: gateway.plainPort)
                client.send(bytes)
                client.closeOutput()
                let text = await client.readAll()
                #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 "))
            }
            #expect(try await Shell.curl("\(gateway.plain)/api").output.hasPrefix("GET|/api|"))
        }
    }
}
