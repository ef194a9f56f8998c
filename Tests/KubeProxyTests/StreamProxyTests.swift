import APIMachinery
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import KubeProxy

/// A TCP server for tests: `serve` has each connection.
struct TestServer {
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }
    var backend: Backend { Backend("127.100.0.1", port) }

    static func start(
        _ serve: @escaping @Sendable (NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws -> Void
    ) async throws -> TestServer {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.100.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        Task {
            try await server.executeThenClose { connections in
                for try await connection in connections { Task { try? await serve(connection) } }
            }
        }
        let channel = server.channel
        return TestServer(channel: channel)
    }

    /// Says its name once, then everything that it is told.
    static func echo(_ name: String) async throws -> TestServer {
        try await start { connection in
            try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: name + ":"))
                for try await part in inbound { try await outbound.write(part) }
            }
        }
    }
}

/// Opens a connection, sends all, ends its direction, and reads to the end.
func exchange(_ listener: Listener, sending bytes: ByteBuffer = ByteBuffer()) async throws -> ByteBuffer {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .connect(host: listener.address, port: listener.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        async let sent: Void = {
            try await outbound.write(bytes)
            outbound.finish()
        }()
        var received = ByteBuffer()
        for try await part in inbound { received.writeImmutableBuffer(part) }
        try await sent
        return received
    }
}

@Suite struct StreamProxyTests {
    let listeners = ListenerSet(group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))

    /// A port that was free a moment ago, at an address of this test alone.
    func freeListener(_ transport: Listener.Transport = .tcp) async throws -> Listener {
        let address = "127.96.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"
        return Listener(transport, address, Int.random(in: 2_000...30_000))
    }
    func rule(_ backends: [Backend]) -> TrafficRule {
        TrafficRule(service: ObjectKey(namespace: "d", name: "web"), portName: "", backends: backends)
    }

    @Test func connectionsAreSharedOut() async throws {
        let one = try await TestServer.echo("one")
        let two = try await TestServer.echo("two")
        let listener = try await freeListener()
        await listeners.carryOut([.open(listener, rule([one.backend, two.backend]))])
        var answers: [String: Int] = [:]
        for _ in 0..<6 {
            let answer = try await exchange(listener, sending: ByteBuffer(string: "hello"))
            answers[String(buffer: answer), default: 0] += 1
        }
        #expect(answers == ["one:hello": 3, "two:hello": 3])
        await listeners.closeAll()
    }

    @Test func muchDataGoesThroughWholeInBothDirections() async throws {
        let server = try await TestServer.echo("big")
        let listener = try await freeListener()
        await listeners.carryOut([.open(listener, rule([server.backend]))])
        var bytes = ByteBuffer()
        for index in 0..<(2 * 1024 * 1024) { bytes.writeInteger(UInt64(index)) }
        var answer = try await exchange(listener, sending: bytes)
        #expect(answer.readString(length: 4) == "big:")
        #expect(answer == bytes)
        await listeners.closeAll()
    }

    @Test func anAnswerAfterTheClientsEndArrives() async throws {
        // The server speaks only when the client has finished: a half-close must be passed on as one.
        let server = try await TestServer.start { connection in
            try await connection.executeThenClose { inbound, outbound in
                var count = 0
                for try await part in inbound { count += part.readableBytes }
                try await outbound.write(ByteBuffer(string: "counted \(count)"))
            }
        }
        let listener = try await freeListener()
        await listeners.carryOut([.open(listener, rule([server.backend]))])
        let answer = try await exchange(listener, sending: ByteBuffer(repeating: 7, count: 100_000))
        #expect(String(buffer: answer) == "counted 100000")
        await listeners.closeAll()
    }

    @Test func aBackendThatRefusesIsPassedOver() async throws {
        let gone = try await TestServer.echo("gone")
        try await gone.channel.close()
        let there = try await TestServer.echo("there")
        let listener = try await freeListener()
        await listeners.carryOut([.open(listener, rule([gone.backend, there.backend]))])
        for _ in 0..<4 { #expect(String(buffer: try await exchange(listener)) == "there:") }
        await listeners.closeAll()
    }

    @Test func withoutListenerClientsAreRefused() async throws {
        let server = try await TestServer.echo("x")
        let listener = try await freeListener()
        await listeners.carryOut([.open(listener, rule([server.backend]))])
        #expect(String(buffer: try await exchange(listener)) == "x:")
        await listeners.carryOut([.close(listener)])
        await #expect(throws: (any Error).self) { try await exchange(listener) }
    }

    @Test func connectionsOutliveTheirEndpoint() async throws {
        let old = try await TestServer.echo("old")
        let new = try await TestServer.echo("new")
        let listener = try await freeListener()
        await listeners.carryOut([.open(listener, rule([old.backend]))])
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: listener.address, port: listener.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            var reader = inbound.makeAsyncIterator()
            #expect(try await reader.next().map { String(buffer: $0) } == "old:")
            await listeners.carryOut([.change(listener, rule([new.backend]))])
            #expect(String(buffer: try await exchange(listener)) == "new:")
            try await outbound.write(ByteBuffer(string: "still here"))
            #expect(try await reader.next().map { String(buffer: $0) } == "still here")
        }
        await listeners.closeAll()
    }

    @Test func aResetIsPassedOnAsAReset() async throws {
        let server = try await TestServer.start { connection in
            try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "half an ans"))
                for try await _ in inbound { break }
                resetChannel(connection.channel)
                try await connection.channel.closeFuture.get()
            }
        }
        let listener = try await freeListener()
        await listeners.carryOut([.open(listener, rule([server.backend]))])
        await #expect(throws: IOError.self) { try await exchange(listener, sending: ByteBuffer(string: "x")) }
        await listeners.closeAll()
    }
}
