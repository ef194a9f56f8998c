import APIMachinery
import Basics
import ContainerRuntime
import Foundation
import KubeAPI
import StreamTestKit
import Streams
import Testing

@testable import Kubelet

/// Exec over a WebSocket, as kubectl does it.
@Suite struct WebSocketSessionTests {
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
                pod, subresource: .exec,
                query:
                    "command=sh&command=-c&command=cat%3B+echo%20oops+%3E%262%3B%20exit+4&stdin=true&stdout=true&stderr=true",
                headers: headers)
            try await answer.tunnel.received(SPDYPeer.masked([0] + Array("typed\n".utf8)))
            try await answer.tunnel.received(SPDYPeer.masked([42], opcode: 9))
            try await answer.tunnel.received(SPDYPeer.masked([255, 0]))
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
                try await kubelet.connect(pod, subresource: .exec, query: "command=sh&stdout=true", headers: [])
            }
        }
    }

    /// What each subprotocol's client is told on the error channel (KEP-4006, and the kubelet's older versions): for
    /// success nothing before version 4, for a failure a sentence or a Status.
    @Test func theEndIsToldAsTheVersionKnowsIt() async throws {
        let fixture = NodeFixture(index: 92)
        try await fixture.with { kubelet in
            try await fixture.pod("web", script: "sleep 1000")
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            for subprotocol in RemoteCommandChannel.supported {
                for code in [0, 3] {
                    let said = try await run(
                        kubelet, pod, "command=sh&command=-c&command=echo+hi%3B+exit+\(code)&stdout=true", subprotocol)
                    #expect(said.output == "hi\n", "\(subprotocol)")
                    if subprotocol.hasPrefix("v4") || subprotocol.hasPrefix("v5") {
                        let status = try JSON(parsing: Array(said.error.utf8))
                        #expect(status["status"]?.string == (code == 0 ? "Success" : "Failure"))
                    } else {
                        #expect(
                            said.error
                                == (code == 0
                                    ? ""
                                    : "command terminated with non-zero exit code: command terminated with exit code 3"),
                            "\(subprotocol)")
                    }
                    if code == 0, said.error.isEmpty { #expect(said.channels == [1], "\(subprotocol)") }
                }
            }
        }
    }

    private struct Said {
        var output = ""
        var error = ""
        var channels: Set<UInt8> = []
    }
    /// Runs a command to its end over one subprotocol.
    private func run(_ kubelet: NodeAgent, _ pod: Pod, _ query: String, _ subprotocol: String) async throws -> Said {
        var headers = [
            (name: "upgrade", value: "websocket"), (name: "sec-websocket-version", value: "13"),
            (name: "sec-websocket-key", value: "x"),
        ]
        if !subprotocol.isEmpty { headers.append((name: "sec-websocket-protocol", value: subprotocol)) }
        let answer = try await kubelet.connect(pod, subresource: .exec, query: query, headers: headers)
        let chosen = answer.headers.first { $0.name == "sec-websocket-protocol" }?.value
        #expect(chosen == (subprotocol.isEmpty ? nil : subprotocol))
        var said = Said()
        var pending: [UInt8] = []
        while let bytes = try await answer.tunnel.next() {
            pending += bytes
            while let (payload, length) = SPDYPeer.message(pending) {
                let opcode = pending[0] & 15
                pending.removeFirst(length)
                guard opcode < 8, var channel = payload.first else { continue }
                var text = String(decoding: payload.dropFirst(), as: UTF8.self)
                if subprotocol.contains("base64") {
                    #expect(opcode == 1)
                    channel -= UInt8(ascii: "0")
                    text = String(decoding: Base64.decode(text) ?? [], as: UTF8.self)
                } else {
                    #expect(opcode == 2)
                }
                said.channels.insert(channel)
                if channel == 1 { said.output += text }
                if channel == 3 { said.error += text }
            }
        }
        return said
    }

    @Test func aRequestWithoutAnUpgradeIsRefusedInTheServersWords() async throws {
        let error = #expect(throws: StatusError.self) {
            try StreamUpgrade(
                [(name: "accept", value: "*/*")], webSocket: RemoteCommandChannel.supported,
                spdy: RemoteCommandStreams.supported)
        }
        #expect(error?.code == 400)
        #expect(error?.message == "Upgrade request required")
    }
}
