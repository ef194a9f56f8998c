import Listening
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Takes clients' connections at one address and sets up their pipelines.
final class IngressListener: Sendable {
    private let site: Site
    private let tls: NIOSSLContext?
    private let clients = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// With `tls` connections are HTTPS.
    init(site: Site, tls: NIOSSLContext?) {
        self.site = site
        self.tls = tls
    }

    /// Throws `ListenFailure` when the address cannot be had.
    func bind(_ address: String, _ port: Int, on group: any EventLoopGroup) async throws -> any Channel {
        do {
            return try await listen(address, port, on: group)
        } catch let error as IOError {
            throw ListenFailure(ListenPlace(.tcp, address, port), for: "the ingress", errno: error.errnoCode)
        }
    }

    private func listen(_ address: String, _ port: Int, on group: any EventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: ConnectionPool.waterMark)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel) }
            }
            .bind(host: address, port: port).get()
    }

    /// Lets requests in flight finish, and closes each connection after its own; idle ones at once.
    func drain() async {
        for client in clients.withLock({ Array($0.values) }) {
            client.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        let limit = NIODeadline.now() + .seconds(Limits.drainSeconds)
        while NIODeadline.now() < limit, let client = clients.withLock({ $0.values.first }) {
            let timer = client.eventLoop.scheduleTask(deadline: limit) { client.close(promise: nil) }
            try? await client.closeFuture.get()
            timer.cancel()
        }
        for client in clients.withLock({ Array($0.values) }) { client.close(promise: nil) }
    }

    private func setUp(_ channel: any Channel) throws {
        let id = ObjectIdentifier(channel)
        let hasRoom = clients.withLock { clients in
            guard clients.count < Limits.clientConnections else { return false }
            clients[id] = channel
            return true
        }
        guard hasRoom else { throw ChannelError.connectPending }
        channel.closeFuture.whenComplete { [self] _ in _ = clients.withLock { $0.removeValue(forKey: id) } }
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        var encoding = HTTPResponseEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: .ingress)
        try pipeline.addHandler(HTTPResponseEncoder(configuration: encoding), name: HandlerName.encoder)
        try pipeline.addHandler(ByteToMessageHandler(decoder), name: HandlerName.decoder)
        try pipeline.addHandler(HTTPServerPipelineHandler(), name: HandlerName.pipelining)
        try pipeline.addHandler(ClientConnection(channel.eventLoop, site: site, isSecure: tls != nil))
    }
}
