import APIMachinery
import Basics
import Foundation
import KubeAPI
import LoopTestKit
import StreamTestKit
import Streams
import Testing

@testable import Kubelet
import LoopTestKit
import TestKit
import Testing

/// Exec and attach over SPDY, as kubectl before 1.30 and other clients do it.
@Suite struct RemoteCommandTests {
    private func headers(_ version: String) -> [(name: String, value: String)] {
        [("upgrade", "SPDY/3.1"), ("connection", "Upgrade"), ("x-stream-protocol-version", version)]
    }
    private func query(_ command: String, _ options: String) -> String {
        "command=sh&command=-c&command="
            + command.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined() + "&" + options
    }
    private func open(_ peer: SPDYPeer, _ types: String...) async throws -> [String: UInt32] {
        var streams: [String: UInt32] = [:]
        for type in types { streams[type] = try await peer.open(["streamtype": type]) }
        for stream in streams.values { await peer.wait(stream) { $0.isAccepted } }
        return streams
    }

    @Test func commandsRunInEveryVersion() async throws {
        let fixture = NodeFixture(index: 65)
        try await fixture.with { kubelet in
            try await fixture.pod("web", script: "sleep 1000")
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            for version in RemoteCommandStreams.supported {
                let answer = try await kubelet.connect(
                    pod, subresource: .exec,
                    query: query("cat; echo oops >&2; exit 4", "stdin=true&stdout=true&stderr=true"),
                    headers: headers(version))
                #expect(answer.headers.contains { $0.name == "x-stream-protocol-version" && $0.value == version })
                try await SPDYPeer(answer.tunnel).with { peer in
                    let streams = try await open(peer, "error", "stdin", "stdout", "stderr")
                    let input = streams["stdin"] ?? 0
                    try await peer.send("typed ", on: input)
                    try await peer.send("text\n", on: input, isLast: true)
                    #expect(await peer.wait(streams["stdout"] ?? 0) { $0.isOver }.text == "typed text\n")
                    #expect(await peer.wait(streams["stderr"] ?? 0) { $0.isOver }.text == "oops\n")
                    let end = await peer.wait(streams["error"] ?? 0) { $0.isOver }
                    if version == "v4.channel.k8s.io" {
                        let status = try JSON(parsing: end.bytes)
                        #expect(status["details", "causes"]?.elements.first?["message"]?.string == "4")
                    } else {
                        #expect(end.text.hasSuffix("command terminated with exit code 4"))
                    }
                    await peer.wait { $0.others.contains { if case .goAway = $0 { true } else { false } } }
                }
            }
        }
    }

    @Test func aTerminalHasItsSize() async throws {
        let fixture = NodeFixture(index: 66)
        try await fixture.with { kubelet in
            try await fixture.pod("web", script: "sleep 1000")
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            let answer = try await kubelet.connect(
                pod, subresource: .exec,
                query: query(
                    "echo begun; while [ \"$(stty size)\" != '33 123' ]; do sleep 0.05; done; echo sized",
                    "stdin=true&stdout=true&stderr=true&tty=true"), headers: headers("v4.channel.k8s.io"))
            try await SPDYPeer(answer.tunnel).with { peer in
                let streams = try await open(peer, "error", "stdin", "stdout", "resize")
                await peer.wait(streams["stdout"] ?? 0) { $0.text.contains("begun") }
                try await peer.send("{\"Width\":123,\"Height\":33}\n", on: streams["resize"] ?? 0)
                #expect(await peer.wait(streams["stdout"] ?? 0) { $0.isOver }.text == "begun\r\nsized\r\n")
                let end = await peer.wait(streams["error"] ?? 0) { $0.isOver }
                let status = try JSON(parsing: end.bytes)
                #expect(status["status"]?.string == "Success")
            }
        }
    }

    @Test func aClientThatLeavesEndsItsCommand() async throws {
        let fixture = NodeFixture(index: 67)
        try await fixture.with { kubelet in
            try await fixture.pod("web", script: "sleep 1000")
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            let answer = try await kubelet.connect(
                pod, subresource: .exec,
                query: query("echo $$; while :; do sleep 0.05; echo more; done", "stdout=true"),
                headers: headers("v4.channel.k8s.io"))
            try await SPDYPeer(answer.tunnel).with { peer in
                let streams = try await open(peer, "error", "stdout")
                await peer.wait(streams["stdout"] ?? 0) { $0.text.contains("more") }
                try await answer.tunnel.received(nil)
                await peer.wait { $0.isClosed }
            }
            let id = try #require(pod.main?.containerID?.split(separator: "/").last.map(String.init))
            while true {
                let left = try await kubelet.runtime.execSync(
                    id, command: ["sh", "-c", "grep -l 'echo [m]ore' /proc/*/cmdline || true"], timeoutSeconds: 30)
                if left.standardOutput.isEmpty { break }
            }
        }
    }

    @Test func streamsThatDoNotComeAreWaitedForInVain() async throws {
        let clock = ManualClock()
        let tunnel = RemoteCommandService.tunnel(
            RemoteCommandStreams(
                version: "v4.channel.k8s.io", input: true, output: true, error: false, terminal: false),
            isAttach: false, clock: clock
        ) { throw StatusError.internalError("not to be started") }
        try await SPDYPeer(tunnel).with { peer in
            let error = try await peer.open(["streamtype": "error"])
            let unwanted = try await peer.open(["streamtype": "resize"])
            #expect(await peer.wait(unwanted) { $0.isOver }.reset == .cancel)
            await clock.advanceWhenAwaited(by: RemoteCommandService.streamsTimeout)
            #expect(
                await peer.wait(error) { $0.isOver }.text == "timed out waiting for client to create streams")
            await clock.advanceWhenAwaited(by: SPDYConnection.closingGrace)
            await peer.wait { $0.isClosed }
        }
    }
}
