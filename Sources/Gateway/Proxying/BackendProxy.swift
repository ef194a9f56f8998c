import APIMachinery
import APIServer
import HTTPMessages
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Passes requests of the API's proxies on to pods, Services and nodes: one connection for each, bytes as fast as both
/// sides take them, and after an upgrade both ways.
public struct BackendProxy: BackendConnector {
    /// How long things may take, in seconds.
    private enum Limits {
        static let connecting: Int64 = 30
        /// Until the answer's head has come: as long as anybody polls.
        static let head: Int64 = 600
        /// A connection on which nothing moves.
        static let idle: Int64 = 4 * 3600
    }
    private enum HandlerName {
        static let encoder = "encoder"
        static let decoder = "decoder"
        static let answers = "answers"
    }

    /// Pods' certificates are signed by nobody that this server knows; nil if the library cannot be had.
    private let tls: NIOSSLContext?

    public init() { tls = try? NIOSSLContext(configuration: Self.configuration) }

    /// Shows backends a certificate (PEM), as kubelets want it. Throws when it cannot be used.
    public init(certificateChain: String, key: String) throws {
        var configuration = Self.configuration
        configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(certificateChain.utf8))
            .map { .certificate($0) }
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        tls = try NIOSSLContext(configuration: configuration)
    }

    private static var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return configuration
    }

    public func forward(_ request: Request, to backend: Backend) async throws -> Answer {
        let proxied = ProxiedAnswer()
        let channel: any Channel
        do {
            channel = try await connect(backend, proxied)
        } catch {
            throw Self.unreachable("dial tcp \(backend.authority): \(error)")
        }
        proxied.connected(channel)
        do {
            return try await withTaskCancellationHandler {
                try await exchange(request, channel, proxied)
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch let error as StatusError {
            channel.close(promise: nil)
            throw error
        } catch {
            channel.close(promise: nil)
            throw Self.unreachable("\(backend.authority) ended the connection before its answer")
        }
    }

    // MARK: The exchange

    private func exchange(_ request: Request, _ channel: any Channel, _ proxied: ProxiedAnswer) async throws -> Answer {
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.path + query,
            headers: HTTPHeaders(request.headers.map { ($0.name, $0.value) }))
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if !request.body.isEmpty {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: request.body))), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        let limit = channel.eventLoop.scheduleTask(in: .seconds(Limits.head)) { channel.close(promise: nil) }
        defer { limit.cancel() }
        let answer = try await proxied.head()
        let headers = answer.headers.map { (name: $0.name.lowercased(), value: $0.value) }
        let status = Int(answer.status.code)
        let wantsUpgrade = head.headers.contains(name: "upgrade")
        guard status == 101 else {
            // Kubernetes lets a refusal pass, and takes nothing else for an answer to an upgrade.
            if wantsUpgrade, status < 400 {
                throw StatusError.internalError("invalid upgrade response: status code \(status)")
            }
            return Answer(status: status, headers: headers, body: .stream(proxied))
        }
        guard wantsUpgrade else { throw StatusError.internalError("the backend changed the protocol unasked") }
        try await leaveHTTP(channel, proxied)
        return Answer(
            status: 101, headers: headers, body: .tunnel(BackendTunnel(channel: channel, proxied: proxied)))
    }

    private func connect(_ backend: Backend, _ proxied: ProxiedAnswer) async throws -> any Channel {
        if backend.isSecure, tls == nil { throw ChannelError.operationUnsupported }
        let tls = backend.isSecure ? tls : nil
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(Limits.connecting))
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: nil))
                    }
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(Limits.idle)))
                    try pipeline.addHandler(IdleEnd())
                    var encoding = HTTPRequestEncoder.Configuration()
                    encoding.automaticallySetFramingHeaders = false
                    try pipeline.addHandler(HTTPRequestEncoder(configuration: encoding), name: HandlerName.encoder)
                    let decoder = HTTPResponseDecoder(
                        leftOverBytesStrategy: .forwardBytes, informationalResponseStrategy: .drop)
                    try pipeline.addHandler(ByteToMessageHandler(decoder), name: HandlerName.decoder)
                    try pipeline.addHandler(ProxiedAnswerHandler(proxied), name: HandlerName.answers)
                }
            }.connect(host: backend.host, port: backend.port).get()
    }

    /// Takes HTTP out of a connection; what its decoder has read too far comes out as bytes.
    private func leaveHTTP(_ channel: any Channel, _ proxied: ProxiedAnswer) async throws {
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(ProxiedBytesHandler(proxied))
        }.get()
        // The decoder last, when nothing speaks HTTP any more.
        for name in [HandlerName.answers, HandlerName.encoder, HandlerName.decoder] {
            try await channel.pipeline.removeHandler(name: name).get()
        }
    }

    private static func unreachable(_ why: String) -> StatusError {
        StatusError(
            code: 503, reason: .serviceUnavailable, message: "error trying to reach service: \(why)")
    }
}

/// Ends a connection on which nothing has moved for long.
private final class IdleEnd: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}

/// A connection to a backend that has left HTTP.
private struct BackendTunnel: Tunnel {
    let channel: any Channel
    let proxied: ProxiedAnswer

    func received(_ bytes: [UInt8]?) async throws {
        if let bytes {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        } else {
            // A backend that has closed already has nothing to be told.
            try? await channel.close(mode: .output).get()
        }
    }
    func next() async throws -> [UInt8]? { try await proxied.next() }
    func cancel() { proxied.cancel() }
}
