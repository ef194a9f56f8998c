import HTTPServer
import Listening
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Takes clients' connections at one address and sets up their pipelines.
final class IngressListener: Sendable {
    private let loop: AcceptLoop

    /// With `tls` connections are HTTPS.
    init(state: IngressState, tls: NIOSSLContext?) {
        loop = AcceptLoop(limit: Limits.clientConnections) { channel in
            try Self.setUp(channel, state: state, tls: tls)
        }
    }

    /// Throws `ListenFailure` when the address cannot be had.
    func listen(_ address: String, _ port: Int, on group: any EventLoopGroup) async throws -> Int {
        try await loop.listen(at: ListenPlace(.tcp, address, port), for: "the ingress", on: group) {
            $0.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: ConnectionPool.waterMark)
        }
    }

    /// Takes no more connections, lets requests in flight finish, and closes each connection after its own; idle ones at
    /// once.
    func drain() async { await loop.drain(within: Limits.drainSeconds) }

    private static func setUp(_ channel: any Channel, state: IngressState, tls: NIOSSLContext?) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        var encoding = HTTPResponseEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: .ingress)
        try pipeline.addHandler(HTTPResponseEncoder(configuration: encoding), name: HandlerName.encoder)
        // What comes after a request for an upgrade waits for the backend's answer in here.
        try pipeline.addHandler(
            ByteToMessageHandler(decoder, maximumBufferSize: Limits.waitingBytesHigh), name: HandlerName.decoder)
        try pipeline.addHandler(HTTPServerPipelineHandler(), name: HandlerName.pipelining)
        try pipeline.addHandler(ClientConnection(channel.eventLoop, state: state, isSecure: tls != nil))
    }
}
