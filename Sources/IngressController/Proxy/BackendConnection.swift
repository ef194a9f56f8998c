import NIOCore
import NIOHTTP1
import NIOPosix

/// A connection to an upstream: it serves one request after the other, and waits in its loop's pool between them.
final class BackendConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    let upstream: Upstream
    private unowned let pool: ConnectionPool
    private(set) var channel: (any Channel)?
    private var context: ChannelHandlerContext?
    private var isReadHeld = false
    /// Whether a request before this one was served.
    private(set) var wasUsed = false
    var proxied: ProxiedRequest?

    init(_ upstream: Upstream, pool: ConnectionPool) {
        self.upstream = upstream
        self.pool = pool
    }

    var isWritable: Bool { channel?.isWritable ?? false }
    var isActive: Bool { channel?.isActive ?? false }

    func write(_ part: HTTPClientRequestPart) { context?.write(wrapOutboundOut(part), promise: nil) }
    func flush() { context?.flush() }

    /// Gives the connection back after a whole answer, or closes it.
    func release(isReusable: Bool) {
        proxied = nil
        wasUsed = true
        guard isReusable, isActive else { return close() }
        readAgain()
        pool.put(self)
    }

    func close() {
        proxied = nil
        channel?.close(promise: nil)
    }

    /// Reads on after the client could not take more.
    func readAgain() {
        guard isReadHeld, let context else { return }
        isReadHeld = false
        context.read()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        channel = context.channel
    }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        if proxied?.clientTakesMore == false { isReadHeld = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let proxied else { return close() }
        switch unwrapInboundIn(data) {
        case .head(let head): proxied.backendAnswered(head)
        case .body(let part): proxied.backendSent(part)
        case .end(let trailers): proxied.backendEnded(trailers)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        proxied?.backendPaused()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { proxied?.backendTakesMore() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended(.connectionLost(wasReused: wasUsed))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ended(error is HTTPParserError ? .badAnswer : .connectionLost(wasReused: wasUsed))
        context.close(promise: nil)
    }

    private func ended(_ failure: AttemptFailure) {
        if let proxied {
            self.proxied = nil
            proxied.backendFailed(failure)
        } else {
            pool.remove(self)
        }
    }
}

/// One event loop's connections to upstreams: idle ones to take, and new ones.
final class ConnectionPool {
    let eventLoop: any EventLoop
    private var idle = IdleConnections<BackendConnection>()
    private var sweep: RepeatedTask?

    /// The addresses of a name, for upstreams that are one.
    private let addresses: IngressProxy.Addresses?

    init(_ eventLoop: any EventLoop, addresses: IngressProxy.Addresses?) {
        self.eventLoop = eventLoop
        self.addresses = addresses
    }

    /// Begins to close what waits too long.
    func start() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        sweep = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(5), delay: .seconds(5)) { _ in
            for connection in bound.value.idle.takeExpired(now: .now()) { connection.close() }
        }
    }

    func stop() {
        sweep?.cancel()
        keepOnly([])
    }

    func take(_ upstream: Upstream) -> BackendConnection? {
        while let connection = idle.take(upstream, now: .now()) {
            if connection.isActive { return connection }
        }
        return nil
    }

    func put(_ connection: BackendConnection) { idle.put(connection, for: connection.upstream, now: .now())?.close() }

    func remove(_ connection: BackendConnection) { idle.remove(connection, of: connection.upstream) }

    func keepOnly(_ upstreams: Set<Upstream>) {
        for connection in idle.takeGone(keeping: upstreams) { connection.close() }
    }

    /// A new connection; calls back on this loop.
    func connect(_ upstream: Upstream, _ done: @escaping (Result<BackendConnection, any Error>) -> Void) {
        let done = NIOLoopBound(done, eventLoop: eventLoop)
        find(upstream).whenComplete { result in done.value(result.map(\.value)) }
    }

    private func find(_ upstream: Upstream) -> EventLoopFuture<NIOLoopBound<BackendConnection>> {
        if let address = try? SocketAddress(ipAddress: upstream.address, port: upstream.port) {
            return connect(upstream) { $0.connect(to: address) }
        }
        // Only the backend of an ExternalName is a name.
        let found = eventLoop.makeFutureWithTask { [addresses] () -> [SocketAddress]? in
            try await addresses?(upstream.address)?.shuffled().prefix(Limits.addressesPerName).map {
                try SocketAddress(ipAddress: $0, port: upstream.port)
            }
        }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return found.flatMap { found in
            if let found { return bound.value.connect(upstream, toOneOf: found[...]) }
            return bound.value.connect(upstream) { $0.connect(host: upstream.address, port: upstream.port) }
        }
    }

    /// To the first of these that can be reached.
    private func connect(
        _ upstream: Upstream, toOneOf addresses: ArraySlice<SocketAddress>
    ) -> EventLoopFuture<NIOLoopBound<BackendConnection>> {
        guard let first = addresses.first else { return eventLoop.makeFailedFuture(NoAddress()) }
        let rest = addresses.dropFirst()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return connect(upstream) { $0.connect(to: first) }.flatMapError { error in
            guard !rest.isEmpty else { return bound.value.eventLoop.makeFailedFuture(error) }
            return bound.value.connect(upstream, toOneOf: rest)
        }
    }

    private func connect(
        _ upstream: Upstream, _ connect: (ClientBootstrap) -> EventLoopFuture<any Channel>
    ) -> EventLoopFuture<NIOLoopBound<BackendConnection>> {
        let connection = NIOLoopBound(BackendConnection(upstream, pool: self), eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(Limits.connectSeconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.waterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.addHTTP(to: channel.pipeline.syncOperations)
                    try channel.pipeline.syncOperations.addHandler(connection.value)
                }
            }
        return connect(bootstrap).map { _ in connection }
    }

    /// A name without an address.
    private struct NoAddress: Error {}

    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: Limits.waitingBytesLow, high: Limits.waitingBytesHigh)

    private static func addHTTP(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        var encoding = HTTPRequestEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        let decoder = HTTPResponseDecoder(
            leftOverBytesStrategy: .forwardBytes, informationalResponseStrategy: .drop,
            limitConfiguration: .ingress)
        try pipeline.addHandler(HTTPRequestEncoder(configuration: encoding), name: HandlerName.encoder)
        try pipeline.addHandler(ByteToMessageHandler(decoder), name: HandlerName.decoder)
    }
}

/// Names under which the HTTP handlers of a connection are found again when it becomes a tunnel.
enum HandlerName {
    static let encoder = "encoder"
    static let decoder = "decoder"
    static let pipelining = "pipelining"
}

extension NIOHTTPDecoderLimitConfiguration {
    /// The limits of this room.
    static var ingress: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = Limits.headerBytes
        limits.maxHeaderFieldSize = Limits.headerFieldBytes
        limits.maxHeaderFieldCount = Limits.headerFields
        return limits
    }
}
