import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import IngressController

/// A real HTTP server that plays a pod: it can be slow, fail, and be ended in several ways.
final class Backend: Sendable {
    struct Behaviour: Sendable {
        var name = ""
        /// Answers with this status; 0 answers 200.
        var status = 0
        /// Takes the whole request and then closes without an answer.
        var hangsUp = false
        /// Sends a head with a length and half of the body, then resets.
        var breaksOff = false
        var delay: TimeAmount = .zero
        /// Answers nothing at all.
        var isSilent = false
    }
    struct Seen: Sendable {
        var heads: [HTTPRequestHead] = []
        var bodyBytes = 0
        var connections = 0
    }
    let behaviour: Mutex<Behaviour>
    let seen = Mutex(Seen())
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let listening = Mutex<(any Channel)?>(nil)
    private let bound = Mutex(0)

    private let address: String

    private init(_ behaviour: Behaviour, at address: String) {
        self.behaviour = Mutex(behaviour)
        self.address = address
    }

    var upstream: Upstream { Upstream(address, bound.withLock { $0 }) }
    var requests: Int { seen.withLock { $0.heads.count } }

    /// At an address that an Endpoints may name, which 127.0.0.1 is not.
    static func start(
        _ name: String, at address: String = "127.100.0.1", _ change: (inout Behaviour) -> Void = { _ in }
    ) async throws -> Backend {
        var behaviour = Behaviour(name: name)
        change(&behaviour)
        let backend = Backend(behaviour, at: address)
        try await backend.listen(port: 0)
        return backend
    }

    func listen(port: Int) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                seen.withLock { $0.connections += 1 }
                open.withLock { $0[ObjectIdentifier(channel)] = channel }
                channel.closeFuture.whenComplete { [self] _ in
                    open.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
                }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(
                        withErrorHandling: false, withOutboundHeaderValidation: false)
                    try pipeline.addHandler(Answerer(self))
                }
            }
            .bind(host: address, port: port).get()
        bound.withLock { $0 = channel.localAddress?.port ?? 0 }
        listening.withLock { $0 = channel }
    }

    /// As a process that is killed: listener and all connections go at once, with resets.
    func kill() async throws {
        try await stopListening()
        for channel in open.withLock({ Array($0.values) }) {
            guard let provider = channel as? any SocketOptionProvider else { continue }
            provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    func stopListening() async throws { try await listening.withLock { $0 }?.close() }

    /// As a server that ends in good order: no new connections, idle ones closed, the others after their answer.
    func quit() async throws {
        try await stopListening()
        for channel in open.withLock({ Array($0.values) }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }
}

private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let backend: Backend
    private var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
    private var count = 0

    init(_ backend: Backend) { self.backend = backend }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            count = 0
        case .body(let part):
            count += part.readableBytes
            backend.seen.withLock { $0.bodyBytes += part.readableBytes }
        case .end:
            backend.seen.withLock { $0.heads.append(head) }
            let behaviour = backend.behaviour.withLock { $0 }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            if behaviour.delay == .zero {
                answer(context, behaviour)
            } else {
                context.eventLoop.scheduleTask(in: behaviour.delay) { bound.value.0.answer(bound.value.1, behaviour) }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ context: ChannelHandlerContext, _ behaviour: Backend.Behaviour) {
        if behaviour.isSilent { return }
        if behaviour.hangsUp { return context.close(promise: nil) }
        if head.headers.first(name: "upgrade")?.lowercased() == "websocket" { return echoAfterUpgrade(context) }
        let status = HTTPResponseStatus(statusCode: behaviour.status == 0 ? 200 : behaviour.status)
        var response = HTTPResponseHead(version: .http1_1, status: status)
        let text = "\(behaviour.name) \(head.method) \(head.uri) \(count)\n"
        if behaviour.breaksOff {
            response.headers.add(name: "Content-Length", value: "1000")
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "half"))))).whenComplete { _ in }
            let channel = context.channel
            guard let provider = channel as? any SocketOptionProvider else { return }
            provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
            return
        }
        if head.uri.hasPrefix("/chunked") {
            response.headers.add(name: "Transfer-Encoding", value: "chunked")
        } else {
            response.headers.add(name: "Content-Length", value: String(text.utf8.count))
        }
        response.headers.add(name: "Keep-Alive", value: "timeout=5")
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        if head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func echoAfterUpgrade(_ context: ChannelHandlerContext) {
        var response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols)
        response.headers.add(name: "Connection", value: "Upgrade")
        response.headers.add(name: "Upgrade", value: "websocket")
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.head(response)), promise: nil)
        let pipeline = channel.pipeline
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let operations = pipeline.syncOperations
            try? operations.addHandler(Echo())
            bound.value.channel.pipeline.syncOperations.removeHandler(context: bound.value).whenComplete { _ in }
            if let other = try? operations.context(handlerType: HTTPServerPipelineHandler.self) {
                _ = operations.removeHandler(context: other)
            }
            if let other = try? operations.context(handlerType: HTTPResponseEncoder.self) {
                _ = operations.removeHandler(context: other)
            }
            if let other = try? operations.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self) {
                _ = operations.removeHandler(context: other)
            }
        }
    }
}
extension Answerer: RemovableChannelHandler {}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
    }
}
