import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import Foundation
import KubeAPI
import LoopTestKit
import StreamTestKit
import Streams
import Synchronization
import TestKit
import Testing

@testable import Kubelet

/// Port-forward over SPDY, plain and inside a WebSocket, to real programs in pods.
@Suite struct PortForwardTests {
    /// Sends everything back, and says goodbye when the client has closed its half.
    private static func echo(on address: String) -> String {
        """
        import os, socket, threading
        def serve(c):
            while True:
                b = c.recv(65536)
                if not b: break
                c.sendall(b)
            c.sendall(b"bye"); c.close()
        s = socket.create_server((\(address), 8077), backlog=16)
        print("ready", flush=True)
        while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
        """
    }
    private static let podAddress = "os.environ['POD_IP']"

    private func echoPod(_ fixture: NodeFixture, _ kubelet: NodeAgent, on address: String) async throws -> Pod {
        try await fixture.pod("echo", script: "") { pod in
            pod.spec.containers[0].command = ["python3", "-c", Self.echo(on: address)]
        }
        let pod = try #require(try await fixture.wait("echo") { $0?.isReady == true })
        while try await !fixture.log(kubelet, pod).contains("ready") { await Task.yield() }
        return pod
    }
    private static func request(_ carrier: SPDYPeer.Carrier) -> [(name: String, value: String)] {
        switch carrier {
        case .connection:
            [("upgrade", "SPDY/3.1"), ("connection", "Upgrade"), ("x-stream-protocol-version", "portforward.k8s.io")]
        case .webSocket:
            [
                ("upgrade", "websocket"), ("sec-websocket-version", "13"), ("sec-websocket-key", "x"),
                ("sec-websocket-protocol", "SPDY/3.1+portforward.k8s.io"),
            ]
        }
    }
    private func forward(_ peer: SPDYPeer, _ request: Int, port: Int = 8077) async throws -> (
        error: UInt32, data: UInt32
    ) {
        let headers = ["port": String(port), "requestid": String(request)]
        let error = try await peer.open(headers.merging(["streamtype": "error"]) { $1 })
        try await peer.send(.data(stream: error, [], isLast: true))
        return (error, try await peer.open(headers.merging(["streamtype": "data"]) { $1 }))
    }

    @Test(arguments: [SPDYPeer.Carrier.connection, .webSocket])
    func connectionsRunSideBySide(_ carrier: SPDYPeer.Carrier) async throws {
        let fixture = NodeFixture(index: carrier == .connection ? 61 : 62)
        try await fixture.with { kubelet in
            let pod = try await echoPod(fixture, kubelet, on: Self.podAddress)
            let answer = try await kubelet.connect(
                pod, subresource: .portForward, query: "", headers: Self.request(carrier))
            try await SPDYPeer(answer.tunnel, carrier).with { peer in
                let first = try await forward(peer, 0)
                let second = try await forward(peer, 1)
                var sent: [UInt32: [UInt8]] = [:]
                for round in 0..<20 {
                    for (index, stream) in [first.data, second.data].enumerated() {
                        let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* (index + 3) &+ round) }
                        sent[stream, default: []] += bytes
                        try await peer.send(.data(stream: stream, bytes, isLast: false))
                    }
                }
                try await peer.send(.ping(9))
                try await peer.send(.data(stream: first.data, [], isLast: true))
                let one = await peer.wait(first.data) { $0.isOver }
                #expect(one.isAccepted && one.reset == nil)
                #expect(one.bytes == (sent[first.data] ?? []) + Array("bye".utf8))
                #expect(await peer.wait(first.error) { $0.isOver }.text == "")
                // The other one goes on; the client gives it up.
                let expected = sent[second.data] ?? []
                #expect(await peer.wait(second.data) { $0.bytes.count == expected.count }.bytes == expected)
                try await peer.send(.rstStream(stream: second.data, .cancel))
                #expect(await peer.wait(second.error) { $0.isOver }.text == "")
                await peer.wait { $0.others.contains(.ping(9)) }
                try await peer.send(.goAway(lastGoodStream: 0, .normal))
                await peer.wait { $0.isClosed }
            }
        }
    }

    @Test func whatNobodyListensToIsSaidOnTheErrorStream() async throws {
        let fixture = NodeFixture(index: 63)
        try await fixture.with { kubelet in
            let pod = try await echoPod(fixture, kubelet, on: "'127.0.0.1'")
            let answer = try await kubelet.connect(
                pod, subresource: .portForward, query: "", headers: Self.request(.connection))
            try await SPDYPeer(answer.tunnel).with { peer in
                let refused = try await forward(peer, 0, port: 8076)
                let message = await peer.wait(refused.error) { $0.isOver }.text
                #expect(
                    message == "error forwarding port 8076 to pod echo_default, uid \(pod.uid): "
                        + "dial tcp \(pod.status.podIP ?? ""):8076: connect: connection refused")
                #expect(await peer.wait(refused.data) { $0.isOver }.bytes == [])
                // A program that listens on 127.0.0.1 is reached, as it is its pod's own.
                let own = try await forward(peer, 1)
                try await peer.send("hello ", on: own.data, isLast: true)
                #expect(await peer.wait(own.data) { $0.isOver }.text == "hello bye")
                let bad = try await peer.open(["port": "x", "streamtype": "data"])
                #expect(await peer.wait(bad) { $0.isOver }.reset == .cancel)
            }
        }
    }

    @Test func thePythonClientsFormWorks() async throws {
        let fixture = NodeFixture(index: 64)
        try await fixture.with { kubelet in
            let pod = try await echoPod(fixture, kubelet, on: Self.podAddress)
            let headers = [
                (name: "upgrade", value: "websocket"), (name: "sec-websocket-version", value: "13"),
                (name: "sec-websocket-key", value: "x"), (name: "sec-websocket-protocol", value: "v4.channel.k8s.io"),
            ]
            let answer = try await kubelet.connect(
                pod, subresource: .portForward, query: "ports=8077,8076", headers: headers)
            try await answer.tunnel.received(SPDYPeer.masked([0] + Array("hello".utf8)))
            var channels: [UInt8: [UInt8]] = [:]
            while channels[0]?.count != 7 || (channels[3]?.count ?? 0) <= 2 {
                let frame = try #require(try await answer.tunnel.next())
                guard frame[0] == 0x82 else { continue }
                let payload = frame[1] < 126 ? frame[2...] : frame[4...]
                if let channel = payload.first { channels[channel, default: []] += payload.dropFirst() }
            }
            let port: [UInt8] = [UInt8(8077 & 0xFF), UInt8(8077 >> 8)]
            #expect(channels[0] == port + Array("hello".utf8))
            #expect(channels[1] == port)
            let message = String(decoding: (channels[3] ?? []).dropFirst(2), as: UTF8.self)
            #expect(message.hasSuffix("connection refused"))
            answer.tunnel.cancel()
            for query in ["", "ports=0", "ports=80,x", "ports=70000"] {
                await #expect(throws: StatusError.self) {
                    try await kubelet.connect(pod, subresource: .portForward, query: query, headers: headers)
                }
            }
        }
    }

    // MARK: Limits

    /// A connection that takes nothing, and gives without end or nothing.
    private final class Tap: ContainerConnection {
        let reads = Mutex(0)
        private let gives: Bool
        private let given = ByteQueue()
        private let taken = ByteQueue()
        init(gives: Bool) { self.gives = gives }
        func read() async throws -> [UInt8]? {
            reads.withLock { $0 += 1 }
            return gives ? [UInt8](repeating: 1, count: 65_536) : await given.next()
        }
        func write(_ bytes: [UInt8]) async throws { _ = await taken.next() }
        func closeWrite() async {}
        func cancel() {
            given.finish()
            taken.finish()
        }
    }
    private final class Count: Sendable {
        private let count = Mutex(0)
        func add() { count.withLock { $0 += 1 } }
        var value: Int { count.withLock { $0 } }
    }
    private func service(_ tap: Tap, _ clock: any TimeSource = SystemClock()) -> SPDYConnection {
        let service = PortForwardService(
            PortForwardTarget(pod: "a_b", uid: "1") { _ in tap }, clock: clock)
        return SPDYConnection(
            over: .connection, pause: { try await clock.sleep(for: $0) }, opened: { service.opened($0) },
            ended: { service.ended() })
    }

    @Test func aClientThatDoesNotReadHoldsThePod() async throws {
        let tap = Tap(gives: true)
        let connection = service(tap)
        let peer = SPDYPeer(connection)
        _ = try await forward(peer, 0)
        let most = ByteQueue.highWater / 65_536 + 3
        while tap.reads.withLock({ $0 }) < ByteQueue.highWater / 65_536 { await Task.yield() }
        for _ in 0..<1_000 { await Task.yield() }
        #expect(tap.reads.withLock { $0 } <= most)
        // It goes on as the client reads.
        let before = tap.reads.withLock { $0 }
        for _ in 0..<20 { _ = try await connection.next() }
        while tap.reads.withLock({ $0 }) < before + 10 { await Task.yield() }
        connection.cancel()
    }

    @Test func aPodThatDoesNotTakeHoldsTheClient() async throws {
        let tap = Tap(gives: false)
        let connection = service(tap)
        let peer = SPDYPeer(connection)
        let stream = try await forward(peer, 0).data
        let sent = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<1_000 {
                    try await peer.send(.data(stream: stream, [UInt8](repeating: 1, count: 65_536), isLast: false))
                    sent.add()
                }
            }
            while sent.value < ByteQueue.highWater / 65_536 { await Task.yield() }
            for _ in 0..<1_000 { await Task.yield() }
            #expect(sent.value <= ByteQueue.highWater / 65_536 + 3)
            connection.cancel()
            try await group.waitForAll()
        }
    }

    @Test func pingsThatNobodyReadTheAnswersOfAreLeftUnread() async throws {
        let connection = service(Tap(gives: false))
        let peer = SPDYPeer(connection)
        let sent = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<1_000_000 where !Task.isCancelled {
                    try await peer.send(.ping(1))
                    sent.add()
                }
            }
            let most = SPDYConnection.answersHighWater / 12 + 1
            while sent.value < most - 1 { try await Task.sleep(for: .milliseconds(5)) }
            for _ in 0..<1_000 { await Task.yield() }
            #expect(sent.value <= most)
            group.cancelAll()
            connection.cancel()
            try await group.waitForAll()
        }
    }

    @Test func halfAPairIsGivenUp() async throws {
        let clock = ManualClock()
        let connection = service(Tap(gives: false), clock)
        try await SPDYPeer(connection).with { peer in
            let error = try await peer.open(["port": "1", "requestid": "4", "streamtype": "error"])
            await peer.wait(error) { $0.isAccepted }
            await clock.advanceWhenAwaited(by: PortForwardService.pairingTimeout)
            #expect(await peer.wait(error) { $0.isOver }.text == "(request=id 4) timed out waiting for streams")
        }
    }

    @Test func aSessionInWhichNothingMovesEnds() async throws {
        let clock = ManualClock()
        let connection = service(Tap(gives: false), clock)
        let limited = IdleLimit(.seconds(100), connection, clock: clock)
        await clock.advanceWhenAwaited(by: .seconds(60))
        try await SPDYPeer(limited).send(.ping(1))
        #expect(try await limited.next() != nil)
        await clock.advanceWhenAwaited(by: .seconds(60))
        try await SPDYPeer(limited).send(.ping(1))
        #expect(try await limited.next() != nil)
        await clock.advanceWhenAwaited(by: .seconds(101))
        #expect(try await limited.next() == nil)
    }

    @Test func violationsEndTheSession() async throws {
        let connection = service(Tap(gives: false))
        try await connection.received([0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1])
        var reader = SPDYReader()
        reader.append(try #require(try await connection.next()))
        #expect(try reader.next() == .goAway(lastGoodStream: 0, .protocolError))
        #expect(try await connection.next() == nil)
    }
}

extension ManualClock {
    /// Goes on once somebody waits for it.
    func advanceWhenAwaited(by duration: Duration) async {
        while nextDeadline == nil { await Task.yield() }
        advance(by: duration)
    }
}
