import HTTPMessages
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// What is done with each accepted connection: TLS if there is a context for it, then the protocol that was agreed on,
/// with an `ExchangeHandler` at its end.
struct ConnectionSetup: Sendable {
    let tls: ServerIdentity?
    let shared: ExchangeContext

    func setUp(_ channel: any Channel) throws {
        let peer = channel.remoteAddress?.ipAddress ?? ""
        guard let tls else { return try configureHTTP1(channel, peer: peer, certificate: nil) }
        let handshakeLimit = channel.eventLoop.scheduleTask(in: .seconds(Int64(shared.limits.firstHeadSeconds))) {
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in handshakeLimit.cancel() }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: tls.current))
        try pipeline.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                handshakeLimit.cancel()
                return channel.eventLoop.makeCompletedFuture { try configure(channel, result, peer: peer) }
            })
    }

    private func configure(_ channel: any Channel, _ result: ALPNResult, peer: String) throws {
        let certificate = try channel.pipeline.syncOperations.nioSSL_peerCertificate()
        let subject = certificate.flatMap { Request.CertificateSubject($0) }
        switch result {
        case .negotiated("h2"): try configureHTTP2(channel, peer: peer, certificate: subject)
        default: try configureHTTP1(channel, peer: peer, certificate: subject)
        }
    }

    private func configureHTTP1(
        _ channel: any Channel, peer: String, certificate: Request.CertificateSubject?
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = shared.limits.headerBytes
        limits.maxHeaderListSize = shared.limits.headerBytes
        limits.maxHeaderFieldCount = shared.limits.headerCount
        let encoder = ResponseSerializer()
        // What comes after a request for an upgrade waits for the answer in here.
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits),
            maximumBufferSize: shared.limits.tunnelBufferBytes)
        let upgrade = TunnelUpgrade(channel: channel, encoder: encoder, decoder: decoder, limits: shared.limits)
        let exchange = ExchangeHandler(
            shared: shared, sourceAddress: peer, certificate: certificate, upgrade: { upgrade.start($0) })
        upgrade.exchange = exchange
        try pipeline.addHandlers([encoder, decoder, exchange])
    }

    private func configureHTTP2(
        _ channel: any Channel, peer: String, certificate: Request.CertificateSubject?
    ) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: shared.limits.concurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: shared.limits.headerBytes),
        ]
        connection.targetWindowSize = 1 << 20
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = 1 << 18
        stream.outboundBufferSizeHighWatermark = 1 << 17
        stream.outboundBufferSizeLowWatermark = 1 << 16
        // A client that drops all its watches at once resets as many streams.
        stream.streamResetFrameRateLimit.maximumCount = 2_000
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: .seconds(Int64(shared.limits.idleSeconds)), maxAge: nil, maxGraceTime: .seconds(2),
                keepalive: .init(pingInterval: .seconds(30), ackTimeout: .seconds(20))))
        // HTTP/2 has half-closed streams, not connections: a client that has closed its side is gone, and its streams end.
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        let shared = self.shared
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: connection, streamConfiguration: stream,
            streamDelegate: manager.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandlers([
                    HTTP2FramePayloadToHTTP1ServerCodec(),
                    ExchangeHandler(shared: shared, sourceAddress: peer, certificate: certificate, upgrade: nil),
                ])
            }
        }
        try channel.pipeline.syncOperations.addHandler(manager)
    }
}

/// Takes the HTTP codecs out of a connection's pipeline once an answer of 101 has been written.
private final class TunnelUpgrade {
    let channel: any Channel
    let encoder: ResponseSerializer
    let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    let limits: HTTPLimits
    weak var exchange: ExchangeHandler?

    init(
        channel: any Channel, encoder: ResponseSerializer, decoder: ByteToMessageHandler<HTTPRequestDecoder>,
        limits: HTTPLimits
    ) {
        self.channel = channel
        self.encoder = encoder
        self.decoder = decoder
        self.limits = limits
    }

    func start(_ tunnel: any Tunnel) {
        let pipeline = channel.pipeline.syncOperations
        do {
            try pipeline.addHandler(TunnelHandler(tunnel, limits: limits))
        } catch {
            tunnel.cancel()
            return channel.close(promise: nil)
        }
        // The decoder last: what it holds of the client's first bytes then goes straight to the tunnel.
        if let exchange { _ = pipeline.removeHandler(exchange) }
        _ = pipeline.removeHandler(encoder)
        _ = pipeline.removeHandler(decoder)
    }
}
