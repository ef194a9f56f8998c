import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server that answers by hand: what a program in a pod would say, byte for byte. A connection takes one request; after
/// an answer of 101 it echoes.
final class RawBackend: Sendable {
    typealias Maker = @Sendable (_ request: String) -> String
    /// In the part of the loopback range that is for pods.
    static let address = "127.100.77.1"

    let port: Int
    private let channel: any Channel
    private let requests: Requests

    /// What came: each request's head and body.
    var received: [String] { requests.all.withLock { $0 } }

    /// With a certificate and its key in PEM it speaks TLS.
    static func run(
        tls: (certificatePEM: String, keyPEM: String)? = nil, _ answer: @escaping Maker,
        _ body: (RawBackend) async throws -> Void
    ) async throws {
        let context = try tls.map { pair in
            try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(pair.certificatePEM.utf8)).map {
                        .certificate($0)
                    },
                    privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(pair.keyPEM.utf8), format: .pem))))
        }
        let server = try await RawBackend(answer, context)
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        try? await server.channel.close().get()
        try result.get()
    }

    private init(_ answer: @escaping Maker, _ tls: NIOSSLContext?) async throws {
        let requests = Requests()
        self.requests = requests
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(RawBackendHandler(answer, requests))
                }
            }.bind(host: Self.address, port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    fileprivate final class Requests: Sendable {
        let all = Mutex<[String]>([])
    }
}

private final class RawBackendHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: RawBackend.Maker
    private let requests: RawBackend.Requests
    private var text = ""
    private var echoes = false

    init(_ answer: @escaping RawBackend.Maker, _ requests: RawBackend.Requests) {
        self.answer = answer
        self.requests = requests
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if echoes { return context.writeAndFlush(data, promise: nil) }
        let buffer = unwrapInboundIn(data)
        text += String(buffer: buffer)
        guard let end = text.range(of: "\r\n\r\n") else { return }
        let length =
            text[..<end.lowerBound].lowercased().split(separator: "\r\n")
            .first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(15).filter(\.isNumber)) } ?? 0
        guard text[end.upperBound...].utf8.count >= length else { return }
        requests.all.withLock { $0.append(text) }
        let reply = answer(text)
        echoes = reply.hasPrefix("HTTP/1.1 101")
        let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)))
        if !echoes { written.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
    }
}
