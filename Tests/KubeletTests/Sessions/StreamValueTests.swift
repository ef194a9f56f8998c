import APIMachinery
import Testing

@testable import Kubelet

@Suite struct StreamValueTests {
    private func headers(_ headers: [String: String]) -> [SPDYHeader] {
        headers.map { SPDYHeader(name: $0.key, value: $0.value) }
    }

    @Test func streamsArePairedByRequest() {
        var pairing = PortForwardPairing()
        func opened(_ stream: UInt32, _ type: String, _ request: String?, port: String = "80")
            -> PortForwardPairing.Decision
        {
            var values = ["streamtype": type, "port": port]
            values["requestid"] = request
            return pairing.opened(stream, headers(values))
        }
        #expect(opened(1, "error", "0") == .wait(request: "id 0"))
        #expect(opened(3, "error", "1") == .wait(request: "id 1"))
        #expect(opened(5, "data", "1", port: "81") == .forward(.init(port: 81, data: 5, error: 3)))
        #expect(opened(7, "data", "0") == .forward(.init(port: 80, data: 7, error: 1)))
        // Without request numbers the data stream follows the error stream.
        #expect(opened(9, "error", nil) == .wait(request: "stream 9"))
        #expect(opened(11, "data", nil) == .forward(.init(port: 80, data: 11, error: 9)))
        #expect(opened(13, "error", "2") == .wait(request: "id 2"))
        #expect(opened(15, "error", "2") == .refuse("error stream already assigned"))
        #expect(pairing.timedOut("id 2") == .init(port: 80, data: nil, error: 13))
        #expect(pairing.timedOut("id 2") == nil)
    }

    @Test func badStreamsAreRefused() {
        var pairing = PortForwardPairing()
        for (values, reason) in [
            (["streamtype": "data"], "\"port\" header is required"),
            (["streamtype": "data", "port": "http"], "unable to parse \"http\" as a port"),
            (["streamtype": "data", "port": "65536"], "unable to parse \"65536\" as a port"),
            (["streamtype": "data", "port": "0"], "port \"0\" must be > 0"),
            (["port": "80"], "\"streamType\" header is required"),
            (["port": "80", "streamtype": "stdin"], "invalid stream type \"stdin\""),
        ] {
            #expect(pairing.opened(1, headers(values)) == .refuse(reason))
        }
    }

    @Test func halvesThatWaitHaveALimit() {
        var pairing = PortForwardPairing()
        func opened(_ stream: UInt32, _ type: String) -> PortForwardPairing.Decision {
            pairing.opened(stream, headers(["streamtype": type, "port": "80", "requestid": String(stream / 4)]))
        }
        for index in 0..<PortForwardPairing.maximumWaiting {
            #expect(opened(UInt32(4 * index + 1), "error") == .wait(request: "id \(index)"))
        }
        let next = UInt32(4 * PortForwardPairing.maximumWaiting + 1)
        #expect(opened(next, "error") == .refuse("too many requests wait for their second stream"))
        #expect(opened(3, "data") == .forward(.init(port: 80, data: 3, error: 1)))
        #expect(opened(next, "error") == .wait(request: "id \(next / 4)"))
    }

    @Test func aCommandWaitsForItsStreams() {
        var streams = RemoteCommandStreams(
            version: "v4.channel.k8s.io", input: true, output: true, error: false, terminal: true)
        #expect(streams.opened(1, headers(["streamtype": "error"])) == .wait)
        #expect(streams.opened(3, headers(["streamtype": "stdin"])) == .wait)
        #expect(
            streams.opened(5, headers(["streamtype": "stderr"])) == .refuse("unexpected stream type: \"stderr\""))
        #expect(streams.opened(7, headers(["streamtype": "stdin"])) == .refuse("stream \"stdin\" is open already"))
        #expect(streams.opened(9, headers(["streamtype": "stdout"])) == .wait)
        #expect(streams.opened(11, headers(["streamtype": "resize"])) == .ready)
        let old = RemoteCommandStreams(
            version: "v2.channel.k8s.io", input: false, output: true, error: true, terminal: true)
        #expect(old.expected == [.error, .stdout, .stderr])
    }

    @Test func theEndIsToldInTheProtocolsWay() throws {
        func streams(_ version: String) -> RemoteCommandStreams {
            RemoteCommandStreams(version: version, input: false, output: true, error: true, terminal: false)
        }
        let status = try JSON(parsing: streams("v4.channel.k8s.io").ending(.success(3)))
        #expect(status["reason"]?.string == "NonZeroExitCode")
        #expect(status["details", "causes"]?.elements.first?["message"]?.string == "3")
        let success = try JSON(parsing: streams("v4.channel.k8s.io").ending(.success(0)))
        #expect(success["status"]?.string == "Success")
        for version in ["channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io"] {
            #expect(streams(version).ending(.success(0)) == [])
            #expect(
                String(decoding: streams(version).ending(.success(3)), as: UTF8.self)
                    == "command terminated with non-zero exit code: command terminated with exit code 3")
        }
    }

    @Test func sizesAreFoundHoweverTheyWereCut() {
        let text = Array("{\"Width\":80,\"Height\":24}\n{\"Width\":100,\"Height\":30}\n{\"Wid".utf8)
        for piece in [1, 5, 30, text.count] {
            var sizes = TerminalSizes()
            var seen: [TerminalSizes.Size] = []
            for start in stride(from: 0, to: text.count, by: piece) {
                if let size = sizes.received(Array(text[start..<min(start + piece, text.count)])) { seen.append(size) }
            }
            #expect(seen.last == .init(rows: 30, columns: 100))
        }
        var sizes = TerminalSizes()
        #expect(sizes.received(Array("{\"Width\":-1,\"Height\":2} nonsense }".utf8)) == nil)
        for _ in 0..<100 { #expect(sizes.received([UInt8](repeating: 65, count: 100)) == nil) }
        #expect(sizes.received(Array("}{\"Width\":1,\"Height\":2}".utf8)) == .init(rows: 2, columns: 1))
    }

    @Test func upgradesAreNegotiated() throws {
        func upgrade(_ headers: [(name: String, value: String)]) throws -> StreamUpgrade {
            try StreamUpgrade(
                headers, webSocket: RemoteCommandChannel.supported, spdy: RemoteCommandStreams.supported)
        }
        let spdy = [(name: "connection", value: "Upgrade"), (name: "upgrade", value: "SPDY/3.1")]
        let version = "x-stream-protocol-version"
        let made = try upgrade(
            spdy + [
                (name: version, value: "v5.channel.k8s.io"),
                (name: version, value: "v3.channel.k8s.io, v4.channel.k8s.io"),
            ])
        guard case .spdy("v3.channel.k8s.io", let headers) = made else {
            Issue.record("\(made)")
            return
        }
        #expect(headers.first { $0.name == "upgrade" }?.value == "SPDY/3.1")
        #expect(headers.first { $0.name == version }?.value == "v3.channel.k8s.io")
        for (headers, code) in [
            ([], 400), (spdy, 400), (spdy + [(name: version, value: "v9.channel.k8s.io")], 403),
            ([(name: "upgrade", value: "websocket")], 400),
        ] {
            let error = #expect(throws: StatusError.self) { try upgrade(headers) }
            #expect(error?.code == code)
        }
    }

    @Test func aWebSocketCarriesBytes() throws {
        var transport = SessionTransport.webSocket(WebSocketReader())
        let first = SPDYPeer.masked([1, 2, 3])
        let arrivals = try transport.received(first + SPDYPeer.masked([9], opcode: 9) + SPDYPeer.masked([], opcode: 8))
        #expect(arrivals == [.bytes([1, 2, 3]), .answer([0x8A, 1, 9]), .closed])
        #expect(transport.wrapped([5]) == [0x82, 1, 5])
        #expect(throws: WebSocketReader.Violation.self) { try transport.received([0x82, 1, 5]) }
        var plain = SessionTransport.connection
        #expect(try plain.received([4]) == [.bytes([4])])
        #expect(plain.wrapped([5]) == [5])
        #expect(plain.ending(.normal) == [])
    }
}
