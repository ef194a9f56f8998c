import APIMachinery
import ControlLoops
import KubeAPI
import Logging
import LoopTestKit
import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Testing

@testable import KubeProxy

/// The whole proxy beside a cluster in memory: objects in, traffic out.
@Suite struct KubeProxyTests {
    let cluster = MemoryCluster()
    let address = "127.96.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"

    func create(_ transport: String, port: Int, targets: [Int], ready: Bool = true) async throws {
        _ = try await cluster.create(
            Service {
                $0.metadata.name = "web"
                $0.metadata.namespace = "default"
                $0.spec.clusterIP = address
                $0.spec.ports = [
                    ServicePort {
                        $0.port = port
                        $0.protocol = transport
                    }
                ]
            })
        for (index, target) in targets.enumerated() {
            _ = try await cluster.create(
                EndpointSlice {
                    $0.metadata.name = "web-\(index)"
                    $0.metadata.namespace = "default"
                    $0.metadata.labels = [ServiceCatalog.serviceNameLabel: "web"]
                    $0.ports = [
                        DiscoveryEndpointPort {
                            $0.port = target
                            $0.protocol = transport
                        }
                    ]
                    $0.endpoints = [
                        Endpoint {
                            $0.addresses = ["127.0.0.1"]
                            $0.conditions = EndpointConditions { $0.ready = ready }
                        }
                    ]
                })
        }
    }

    func withProxy(_ body: () async throws -> Void) async throws {
        let world = World(cluster)
        let proxy = ServiceProxy(world: world, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await world.run() }
            tasks.addTask { await proxy.run() }
            try await body()
            tasks.cancelAll()
        }
    }

    @Test(.timeLimit(.minutes(1))) func servicesAreReachedWhileTheyHaveEndpoints() async throws {
        let one = try await TestServer.echo("one")
        let two = try await TestServer.echo("two")
        try await create("TCP", port: 8_080, targets: [one.port])
        let listener = Listener(.tcp, address, 8_080)
        let slice = ObjectKey(namespace: "default", name: "web-0")
        try await withProxy {
            try await eventually { String(buffer: try await exchange(listener)) == "one:" }
            try cluster.edit(EndpointSlice.self, slice) { $0.ports[0].port = two.port }
            try await eventually { String(buffer: try await exchange(listener)) == "two:" }
            try cluster.edit(EndpointSlice.self, slice) {
                $0.endpoints[0].conditions = EndpointConditions { $0.ready = false }
            }
            try await eventually {
                do { _ = try await exchange(listener) } catch { return true }
                return false
            }
            try cluster.edit(EndpointSlice.self, slice) {
                $0.endpoints[0].conditions = EndpointConditions { $0.ready = true }
            }
            try await eventually { String(buffer: try await exchange(listener)) == "two:" }
        }
        await #expect(throws: (any Error).self, "nothing listens after the end") { try await exchange(listener) }
    }

    @Test(.timeLimit(.minutes(1))) func anAddressThatIsTakenIsTriedAgain() async throws {
        let one = try await TestServer.echo("one")
        let listener = Listener(.tcp, address, 8_081)
        let taken = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: address, port: 8_081).get()
        try await create("TCP", port: 8_081, targets: [one.port])
        try await withProxy {
            // The other one takes connections and says nothing.
            try await Task.sleep(for: .milliseconds(50))
            try await taken.close()
            try await eventually { String(buffer: try await exchange(listener)) == "one:" }
        }
    }

    @Test(.timeLimit(.minutes(1))) func datagramsGoThereAndBack() async throws {
        let server = try await DatagramEcho.start("one")
        try await create("UDP", port: 5_300, targets: [server.port])
        try await withProxy {
            let client = try await DatagramProbe.start()
            try await eventually {
                try await client.ask("hello", at: address, 5_300, within: .milliseconds(100)) == "one:hello"
            }
            let other = try await DatagramProbe.start()
            for index in 0..<20 {
                let probe = index % 2 == 0 ? client : other
                #expect(try await probe.ask("\(index)", at: address, 5_300) == "one:\(index)")
            }
        }
    }
}

/// A UDP server that says its name and what it is told.
struct DatagramEcho {
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    static func start(_ name: String) async throws -> DatagramEcho {
        DatagramEcho(
            channel: try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Handler(name: name))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get())
    }
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>
        let name: String
        init(name: String) { self.name = name }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let datagram = unwrapInboundIn(data)
            let answer = ByteBuffer(string: "\(name):\(String(buffer: datagram.data))")
            context.writeAndFlush(
                wrapOutboundOut(AddressedEnvelope(remoteAddress: datagram.remoteAddress, data: answer)), promise: nil)
        }
    }
}

/// A UDP client with one socket.
final class DatagramProbe: Sendable {
    private let channel: any Channel
    private let answers: Mutex<(asked: String, promise: EventLoopPromise<String>)?>

    private init(_ channel: any Channel, _ answers: Handler) {
        self.channel = channel
        self.answers = Mutex(nil)
        answers.received.withLock { received in
            received = { [weak self] text in
                // What comes late answers nothing.
                guard let waiting = self?.answers.withLock({ $0 }), text.hasSuffix(":\(waiting.asked)") else { return }
                waiting.promise.succeed(text)
            }
        }
    }
    static func start() async throws -> DatagramProbe {
        let handler = Handler()
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(handler) }
            .bind(host: "127.0.0.1", port: 0).get()
        return DatagramProbe(channel, handler)
    }
    /// The answer, or nil if none came in time.
    func ask(_ text: String, at address: String, _ port: Int, within patience: TimeAmount = .seconds(20)) async throws
        -> String?
    {
        let promise = channel.eventLoop.makePromise(of: String.self)
        answers.withLock { $0 = (text, promise) }
        let timer = channel.eventLoop.scheduleTask(in: patience) { promise.fail(ChannelError.eof) }
        let remote = try SocketAddress(ipAddress: address, port: port)
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(string: text)), promise: nil)
        defer { timer.cancel() }
        return try? await promise.futureResult.get()
    }
    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        let received = Mutex<(@Sendable (String) -> Void)?>(nil)
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.withLock { $0 }?(String(buffer: unwrapInboundIn(data).data))
        }
    }
}
