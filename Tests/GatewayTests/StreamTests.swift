import Foundation
import TestKit
import HTTPMessages
import Testing

@testable import Gateway

@Suite struct StreamTests {
    @Test func piecesArriveAsTheyAreMadeAndTheStreamIsCancelledWhenTheClientGoes() async throws {
        let stream = HandmadeStream()
        try await TestGateway.run(api: { _ in Answer(status: 200, body: .stream(stream)) }) { gateway async throws in
            var client: RawClient? = try RawClient(port: gateway.plainPort)
            client?.send("GET /api/v1/pods?watch=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let head = await client?.read(until: "\r\n\r\n")
            #expect(head?.contains("transfer-encoding: chunked") == true)
            stream.send("one\n")
            #expect(await client?.read(until: "one\n\r\n") == "4\r\none\n\r\n")
            stream.send("two\n")
            #expect(await client?.read(until: "two\n\r\n") == "4\r\ntwo\n\r\n")
            client = nil
            await stream.wasCancelled()
        }
    }

    /// Goes on until it is cancelled.
    final class Ticking: ByteStream {
        let gone = HandmadeStream()
        func next() async throws -> [UInt8]? {
            try await Task.sleep(for: .milliseconds(5))
            return Array("tick\n".utf8)
        }
        func cancel() { gone.cancel() }
    }

    /// The client ends as soon as it has one line; nobody has to find that out by a ping half a minute later.
    @Test(arguments: ["--http1.1", "--http2"]) func aStreamEndsWithItsTLSClient(version: String) async throws {
        let stream = Ticking()
        try await TestGateway.run(api: { _ in Answer(status: 200, body: .stream(stream)) }) { gateway async throws in
            let command =
                "curl -sS -N \(version) --cacert \(gateway.caPath) '\(gateway.secure)/api/v1/pods?watch=1' | head -n 1"
            #expect(try await Shell.run("sh", ["-c", command]).output == "tick\n")
            await stream.gone.wasCancelled()
        }
    }

    @Test func aHeadRequestForAStreamEndsWithItsHead() async throws {
        let stream = HandmadeStream()
        try await TestGateway.run(api: { request in
            request.path == "/api/stream"
                ? Answer(status: 200, body: .stream(stream)) : Answer(status: 200, body: .bytes(Array("next".utf8)))
        }) { gateway async throws in
            let client = try RawClient(port: gateway.plainPort)
            client.send("HEAD /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.send("GET /api/next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let text = await client.readAll()
            #expect(text.components(separatedBy: "\r\n\r\n").count == 3)
            #expect(text.hasSuffix("\r\n\r\nnext"))
            await stream.wasCancelled()
        }
    }

    @Test func anHTTP10ClientGetsAStreamUntilTheEnd() async throws {
        let stream = HandmadeStream()
        stream.send("all")
        stream.finish()
        try await TestGateway.run(api: { _ in Answer(status: 200, body: .stream(stream)) }) { gateway async throws in
            let client = try RawClient(port: gateway.plainPort)
            client.send("GET /api/stream HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")
            let text = await client.readAll()
            #expect(!text.contains("chunked"))
            #expect(text.hasSuffix("\r\n\r\nall"))
        }
    }

    @Test func aFinishedStreamLeavesTheConnectionUsable() async throws {
        try await TestGateway.run(api: { request in
            guard request.path == "/api/stream" else { return Answer(status: 200, body: .bytes(Array("next".utf8))) }
            let stream = HandmadeStream()
            stream.send("a")
            stream.finish()
            return Answer(status: 200, body: .stream(stream))
        }) { gateway async throws in
            let answer = try await Shell.curl(
                "-w", "[%{num_connects}]", "\(gateway.plain)/api/stream", "\(gateway.plain)/api/other")
            #expect(answer.output == "a[1]next[0]")
        }
    }

    /// The last piece is more than the channel holds, so that its write makes the channel writable again from within.
    @Test func aLargeStreamEndsOnceAndLeavesTheConnectionUsable() async throws {
        try await TestGateway.run(api: { _ in
            let stream = HandmadeStream()
            for _ in 0..<3 { stream.send(String(repeating: "x", count: 200_000)) }
            stream.finish()
            return Answer(status: 200, body: .stream(stream))
        }) { gateway async throws in
            let calls = [String](repeating: "\(gateway.plain)/api/stream", count: 20)
            let answer = try await Shell.run(
                "curl", ["-sS", "-w", "[%{num_connects} %{size_download}]"] + calls)
            #expect(
                answer.output.filter { $0 != "x" }
                    == "[1 600000]" + String(repeating: "[0 600000]", count: 19))
        }
    }

    @Test func aClientThatDoesNotReadHoldsTheMakerBack() async throws {
        final class Endless: ByteStream {
            let made = Counter()
            func next() async throws -> [UInt8]? {
                if made.add(1) == 600 { return nil }
                return [UInt8](repeating: 120, count: 65_536)
            }
            func cancel() {}
        }
        let stream = Endless()
        try await TestGateway.run(api: { _ in Answer(status: 200, body: .stream(stream)) }) { gateway async throws in
            let client = try RawClient(port: gateway.plainPort)
            client.send("GET /api/v1/x?watch=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = await client.read(limit: 100)
            // Another request is answered meanwhile, and the maker stands still: sockets and buffers hold a few MB.
            var before = -1
            while before != stream.made.value {
                before = stream.made.value
                for _ in 0..<3 {
                    _ = try await Shell.curl("-o", "/dev/null", "-X", "OPTIONS", "\(gateway.plain)/")
                }
            }
            #expect(stream.made.value < 300)
            _ = await client.readAll()
            #expect(stream.made.value == 600)
        }
    }

    /// Goes on as fast as it is asked, until it is cancelled.
    final class Flood: ByteStream {
        let gone = HandmadeStream()
        func next() async throws -> [UInt8]? { [UInt8](repeating: 120, count: 65_536) }
        func cancel() { gone.cancel() }
    }

    /// curl waits for its reader, and so takes no more either. The server goes on, whatever the protocol.
    @Test(arguments: ["--http1.1", "--http2"]) func aClientThatTakesNothingIsCutOff(version: String) async throws {
        let stream = Flood()
        try await TestGateway.run(
            { $0.limits.stallSeconds = 1 },
            api: { request in
                request.query.isEmpty
                    ? Answer(status: 200, body: .bytes(Array("fine".utf8))) : Answer(status: 200, body: .stream(stream))
            }
        ) { gateway async throws in
            let curl = "curl -sS \(version) --cacert \(gateway.caPath)"
            let stuck = "\(curl) '\(gateway.secure)/api/v1/pods?watch=1' 2>/dev/null | (sleep 5; head -c 1)"
            #expect(try await Shell.run("sh", ["-c", stuck]).output == "x")
            await stream.gone.wasCancelled()
            #expect(try await Shell.run("sh", ["-c", "\(curl) '\(gateway.secure)/api/v1/pods'"]).output == "fine")
        }
    }

    /// `early` bytes come in one piece with the request, and are given back as the tunnel's first.
    @Test(arguments: [0, 1, 65_536]) func aTunnelCarriesBytesBothWays(early: Int) async throws {
        let text = early == 0 ? "" : String(repeating: "x", count: early - 1) + "!"

        try await TestGateway.run(api: { _ in
            Answer(
                status: 101, headers: [("connection", "upgrade"), ("upgrade", "echo")], body: .tunnel(EchoTunnel()))
        }) { gateway async throws in
            let client = try RawClient(port: gateway.plainPort)
            client.send(
                "POST /api/v1/exec HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
                    + text)
            let head = await client.read(until: early == 0 ? "\r\n\r\n" : "!")
            #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
            #expect(head.contains("upgrade: echo"))
            #expect(!head.contains("transfer-encoding"))
            #expect(head.hasSuffix("\r\n\r\n" + text))
            client.send("hello")
            #expect(await client.read(until: "hello") == "hello")
            let large = String(repeating: "0123456789", count: 200_000)
            async let back = client.read(until: "END")
            await client.sendAll(large + "END")
            #expect(await back == large + "END")
            client.closeOutput()
            #expect(await client.readAll() == "")
        }
    }

    @Test func whoSendsMuchBeforeTheUpgradeIsAnsweredIsCutOff() async throws {
        let (release, released) = AsyncStream<Void>.makeStream()
        try await TestGateway.run(api: { _ in
            for await _ in release { break }
            return Answer(status: 101, headers: [("connection", "upgrade")], body: .tunnel(EchoTunnel()))
        }) { gateway async throws in
            let client = try RawClient(port: gateway.plainPort)
            client.send("POST /api/v1/exec HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
            await client.sendAll(String(repeating: "x", count: 1 << 20))
            #expect(await client.readAll() == "")
            released.finish()
        }
    }

    @Test func anUpgradeThatIsRefusedEndsTheConnection() async throws {
        try await TestGateway.run(api: { _ in Answer(status: 403) }) { gateway async throws in
            let client = try RawClient(port: gateway.plainPort)
            client.send("GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            let text = await client.readAll()
            #expect(text.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
            #expect(text.contains("connection: close"))
        }
    }

    @Test func aWatchAsServerSentEvents() async throws {
        let stream = HandmadeStream()
        stream.send(#"{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"7"}}}"#)
        stream.send("\n{\"type\":\"BOOK")
        stream.send("MARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n")
        stream.finish()
        let asked = Box("")
        try await TestGateway.run(api: { request in
            asked.value = "\(request.query) \(request.header("accept") ?? "")"
            return Answer(status: 200, headers: [("content-type", "application/json")], body: .stream(stream))
        }) { gateway async throws in
            let answer = try await Shell.curl(
                "-i", "-H", "accept: text/event-stream", "-H", "last-event-id: 5",
                "\(gateway.plain)/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersion=2")
            #expect(asked.value == "watch=1&resourceVersion=5 application/json")
            #expect(answer.output.contains("content-type: text/event-stream\r\n"))
            #expect(
                answer.output.hasSuffix(
                    """
                    id: 7
                    data: {"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"7"}}}

                    id: 9
                    data: {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}


                    """))
        }
    }
}
