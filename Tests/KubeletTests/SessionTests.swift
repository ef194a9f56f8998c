import APIMachinery
import Basics
import ContainerRuntime
import Foundation
import KubeAPI
import Testing

@testable import Kubelet

@Suite struct WebSocketTests {
    /// A client's frame, masked.
    private func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        if payload.count < 126 {
            bytes.append(0x80 | UInt8(payload.count))
        } else {
            bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    @Test func handshakeIsRFC6455s() throws {
        let request = [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Protocol", "v4.channel.k8s.io, v5.channel.k8s.io"),
        ]
        let handshake = try #require(
            WebSocketHandshake(request.map { (name: $0.0, value: $0.1) }, supported: RemoteCommandChannel.supported))
        #expect(handshake.headers.first { $0.name == "sec-websocket-accept" }?.value == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(handshake.subprotocol == "v5.channel.k8s.io")
        #expect(
            WebSocketHandshake(request.dropFirst().map { (name: $0.0, value: $0.1) }, supported: ["v5.channel.k8s.io"])
                == nil)
        #expect(WebSocketHandshake(request.map { (name: $0.0, value: $0.1) }, supported: ["other"]) == nil)
    }

    @Test func messagesComeWholeHoweverTheyWereCut() throws {
        let long = [UInt8](repeating: 7, count: 40_000)
        let bytes =
            frame(2, [0, 104, 105]) + frame(9, [1]) + frame(2, [1, 2], isFinal: false) + frame(10, []) + frame(0, [3])
            + frame(2, long) + frame(8, [3, 232])
        let expected: [WebSocketReader.Message] = [
            .data([0, 104, 105], isText: false), .ping([1]), .pong, .data([1, 2, 3], isText: false),
            .data(long, isText: false), .close,
        ]
        for piece in [1, 3, 1000, bytes.count] {
            var reader = WebSocketReader()
            var messages: [WebSocketReader.Message] = []
            for start in stride(from: 0, to: bytes.count, by: piece) {
                reader.append(Array(bytes[start..<min(start + piece, bytes.count)]))
                while let message = try reader.next() { messages.append(message) }
            }
            #expect(messages == expected)
        }
    }

    @Test func violationsAreRefused() {
        func violation(_ bytes: [UInt8]) -> WebSocketFrame.CloseCode? {
            var reader = WebSocketReader()
            reader.append(bytes)
            do {
                while try reader.next() != nil {}
                return nil
            } catch {
                return error.code
            }
        }
        #expect(violation([0x82, 0x01, 65]) == .protocolError)  // not masked
        #expect(violation([0xC2, 0x80, 0, 0, 0, 0]) == .protocolError)  // reserved bit
        #expect(violation(frame(0, [1])) == .protocolError)  // continues nothing
        #expect(violation(frame(9, [], isFinal: false)) == .protocolError)  // a control frame in pieces
        #expect(violation([0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0]) == .tooBig)
    }

    @Test func anyBytesAreReadWithoutHarm() {
        var generator = SplitMix64(seed: 4711)
        for _ in 0..<3_000 {
            var reader = WebSocketReader()
            for _ in 0..<4 {
                let count = Int.random(in: 0...40, using: &generator)
                var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                if bytes.count > 2, Bool.random(using: &generator) {
                    bytes[0] = [0x81, 0x82, 0x02, 0x80, 0x88].randomElement(using: &generator) ?? 0
                    bytes[1] = 0x80 | UInt8.random(in: 0...30, using: &generator)
                }
                reader.append(bytes)
                do { while try reader.next() != nil {} } catch { break }
            }
            _ = RemoteCommandChannel(subprotocol: "v5.channel.k8s.io").input(
                (0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
                })
        }
    }

    @Test func channelsMeanWhatKubectlMeans() {
        let v5 = RemoteCommandChannel(subprotocol: "v5.channel.k8s.io")
        #expect(v5.input([0, 65]) == .standardInput([65]))
        #expect(v5.input([255, 0]) == .standardInputClosed)
        #expect(RemoteCommandChannel(subprotocol: "v4.channel.k8s.io").input([255, 0]) == .ignored)
        #expect(v5.input([4] + Array(#"{"Width":80,"Height":24}"#.utf8)) == .resize(rows: 24, columns: 80))
        #expect(v5.input([4] + Array(#"{"Width":-1}"#.utf8)) == .ignored)
        let failed = RemoteCommandChannel.status(.success(3))
        #expect(failed["reason"]?.string == "NonZeroExitCode")
        #expect(failed["details", "causes"]?.elements.first?["message"]?.string == "3")
        #expect(RemoteCommandChannel.status(.success(0))["status"]?.string == "Success")
    }

    @Test func execRunsOverATunnel() async throws {
        let fixture = NodeFixture(index: 91)
        try await fixture.with { kubelet in
            try await fixture.pod("web", script: "sleep 1000")
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            let headers = [
                (name: "upgrade", value: "websocket"), (name: "sec-websocket-version", value: "13"),
                (name: "sec-websocket-key", value: "x"), (name: "sec-websocket-protocol", value: "v5.channel.k8s.io"),
            ]
            let answer = try await kubelet.connect(
                pod, subresource: "exec",
                query:
                    "command=sh&command=-c&command=cat%3B+echo%20oops+%3E%262%3B%20exit+4&stdin=true&stdout=true&stderr=true",
                headers: headers)
            try await answer.tunnel.received(frame(2, [0] + Array("typed\n".utf8)))
            try await answer.tunnel.received(frame(9, [42]))
            try await answer.tunnel.received(frame(2, [255, 0]))
            var channels: [UInt8: [UInt8]] = [:]
            var sawPong = false
            while let bytes = try await answer.tunnel.next() {
                if bytes[0] == 0x8A { sawPong = bytes.last == 42 }
                guard bytes[0] == 0x82 else { continue }
                let payload = bytes[1] < 126 ? bytes[2...] : bytes[4...]
                if let channel = payload.first { channels[channel, default: []] += payload.dropFirst() }
            }
            #expect(sawPong)
            #expect(String(decoding: channels[1] ?? [], as: UTF8.self) == "typed\n")
            #expect(String(decoding: channels[2] ?? [], as: UTF8.self) == "oops\n")
            let status = try JSON(parsing: channels[3] ?? [])
            #expect(status["details", "causes"]?.elements.first?["message"]?.string == "4")
            await #expect(throws: StatusError.self) {
                try await kubelet.connect(pod, subresource: "exec", query: "command=sh&stdout=true", headers: [])
            }
        }
    }
}
