import TestKit
import Basics
import ContainerRuntime
import LoopTestKit
import StreamTestKit
import Streams
import Testing

@testable import Kubelet

/// The first message of an exec over a WebSocket comes when the client has made its streams, of which kubectl 1.32 says
/// nothing, or a moment later.
@Suite struct ClientPreparationTests {
    /// A command that is over at once.
    private struct Brief: ContainerSession {
        func next() async throws -> SessionOutput? { .exited(code: 0) }
        func write(_ bytes: [UInt8]) async throws {}
        func closeStandardInput() async throws {}
        func resize(rows: Int, columns: Int) async throws {}
        func cancel() {}
    }
    private func tunnel(_ clock: ManualClock) -> RemoteCommandTunnel {
        var streams = RemoteCommandTunnel.Streams()
        streams.output = true
        return RemoteCommandTunnel(
            Brief(), RemoteCommandChannel(subprotocol: "v5.channel.k8s.io"), streams, clock: clock)
    }
    private let ping: [UInt8] = [0x89, 0]
    private let beginning: [UInt8] = [0x82, 1, 1]

    @Test func aClientThatAnswersThePingHasAMoment() async throws {
        let clock = ManualClock()
        let tunnel = tunnel(clock)
        #expect(try await tunnel.next() == ping)
        try await tunnel.received(SPDYPeer.masked([], opcode: 10))
        // From its answer on, however late that was.
        while clock.nextDeadline != clock.now + RemoteCommandTunnel.clientPreparation { await Task.yield() }
        clock.advance(by: RemoteCommandTunnel.clientPreparation)
        #expect(try await tunnel.next() == beginning)
    }

    @Test func aClientThatSaysNothingIsNotWaitedForForEver() async throws {
        let clock = ManualClock()
        let tunnel = tunnel(clock)
        #expect(try await tunnel.next() == ping)
        await clock.advanceWhenAwaited(by: RemoteCommandTunnel.pongPatience)
        await clock.advanceWhenAwaited(by: RemoteCommandTunnel.clientPreparation)
        #expect(try await tunnel.next() == beginning)
    }

    @Test func aClientThatSendsSomethingIsReady() async throws {
        let tunnel = tunnel(ManualClock())
        #expect(try await tunnel.next() == ping)
        try await tunnel.received(SPDYPeer.masked([0]))
        // The clock stands still.
        #expect(try await tunnel.next() == beginning)
    }
}
