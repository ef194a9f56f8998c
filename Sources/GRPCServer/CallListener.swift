import Logging
import NIOCore
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization

/// Listens for gRPC's clients, and runs a task for each connection.
public struct CallListener: Sendable {
    private let routes: CallRoutes
    private let address: String
    private let requestedPort: Int
    /// A unix socket's path; nil listens at the port.
    private let socket: String?
    private let identity: CallIdentity?
    private let limits: CallLimits
    private let logger: Logger
    private let listening = ListeningPort()

    /// Throws if the certificates cannot be read. The address is in numbers; port 0 lets the system choose.
    public init(
        _ routes: CallRoutes, address: String, port: Int, security: CallSecurity, limits: CallLimits, logger: Logger
    ) throws {
        self.routes = routes
        self.address = address
        requestedPort = port
        socket = nil
        self.limits = limits
        self.logger = logger
        identity = try CallIdentity(security)
    }

    /// At a unix socket, for whom its file lets in.
    public init(_ routes: CallRoutes, socket: String, limits: CallLimits, logger: Logger) throws {
        self.routes = routes
        self.socket = socket
        address = ""
        requestedPort = 0
        self.limits = limits
        self.logger = logger
        identity = try CallIdentity(.insecure)
    }

    /// The port, once it is listened on; 0 for a unix socket. Throws if that fails.
    public var port: Int {
        get async throws { try await listening.port }
    }

    /// Serves until its task is cancelled; `listens` is told the port.
    public func run(_ listens: (Int) -> Void) async throws {
        let server: NIOAsyncChannel<CallConnection, Never>
        do {
            server = try await bind(
                ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.backlog, value: 1_024)
                    .childChannelOption(.writeBufferWaterMark, value: .init(low: 256 << 10, high: 1 << 20)))
        } catch {
            listening.resolve(.failure(error))
            throw error
        }
        let port = server.channel.localAddress?.port ?? requestedPort
        listens(port)
        listening.resolve(.success(port))
        defer { listening.resolve(.failure(CancellationError())) }
        // Ends with this function.
        async let _ = identity?.follow(every: .seconds(limits.certificateLookSeconds), logger)
        do {
            try await server.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    let open = OpenConnections(limit: limits.connections)
                    for try await connection in connections {
                        guard open.begin() else {
                            logger.warning("a connection is refused, as there are too many")
                            connection.channel.close(promise: nil)
                            continue
                        }
                        group.addTask {
                            await connection.run()
                            open.end()
                        }
                    }
                }
            }
        } catch {
            // What a cancelled listener throws is no failure.
            if !Task.isCancelled { throw error }
        }
    }

    private func bind(_ bootstrap: ServerBootstrap) async throws -> NIOAsyncChannel<CallConnection, Never> {
        if let socket {
            return try await bootstrap.bind(unixDomainSocketPath: socket, cleanupExistingSocketFile: true) { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel) }
            }
        }
        return
            try await bootstrap
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: address, port: requestedPort) { channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel) }
            }
    }

    /// Called on the connection's loop.
    private func configure(_ channel: any Channel) throws -> CallConnection {
        let (calls, started) = AsyncStream.makeStream(of: CallHandler.Started.self)
        let handler = CallHandler(routes, limits, started)
        let pipeline = channel.pipeline.syncOperations
        if let identity { try pipeline.addHandler(NIOSSLServerHandler(context: identity.current)) }
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.concurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headerBytes),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.windowBytes),
        ]
        // What is sent is right already, and what is received is looked at by `CallHead` alone.
        connection.headerBlockValidation = .disabled
        connection.contentLengthValidation = .disabled
        connection.controlFrameRateLimit.maximumCount = limits.controlFramesPerSecond
        connection.controlFrameRateLimit.windowLength = .seconds(1)
        // A client that gives up a call and one whose call we end early both leave frames behind.
        connection.maximumRecentlyResetStreams = limits.resetStreamsRemembered
        var streams = NIOHTTP2Handler.StreamConfiguration()
        streams.streamResetFrameRateLimit.maximumCount = limits.givenUpCalls
        try pipeline.addHandler(
            NIOHTTP2Handler(mode: .server, connectionConfiguration: connection, streamConfiguration: streams))
        try pipeline.addHandler(handler)
        return CallConnection(channel, handler, calls)
    }
}

/// How many connections there are.
private final class OpenConnections: Sendable {
    private let limit: Int
    private let count = Atomic<Int>(0)
    init(limit: Int) { self.limit = limit }

    /// False if there are as many as may be.
    func begin() -> Bool {
        if count.add(1, ordering: .relaxed).newValue <= limit { return true }
        end()
        return false
    }
    func end() { count.subtract(1, ordering: .relaxed) }
}

/// The port of a listener, for those who wait until it listens.
final class ListeningPort: Sendable {
    private struct Content {
        var result: Result<Int, any Error>?
        var waiters: [CheckedContinuation<Int, any Error>] = []
    }
    private let content = Mutex(Content())

    var port: Int {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                let result = content.withLock { content in
                    if content.result == nil { content.waiters.append(continuation) }
                    return content.result
                }
                if let result { continuation.resume(with: result) }
            }
        }
    }

    /// The first result counts.
    func resolve(_ result: Result<Int, any Error>) {
        let waiters = content.withLock { content in
            if content.result == nil { content.result = result }
            defer { content.waiters = [] }
            return content.waiters
        }
        for waiter in waiters { waiter.resume(with: result) }
    }
}
