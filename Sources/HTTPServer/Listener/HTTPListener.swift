import HTTPMessages
import Listening
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves HTTP at one address: HTTP/1.1, and with TLS HTTP/2 for clients that want it.
public struct HTTPListener: Service {
    private let place: ListenPlace
    private let purpose: String
    private let tls: ServerIdentity?
    private let limits: HTTPLimits
    private let handler: RequestHandler
    private let group: any EventLoopGroup
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// `purpose` is what the address is told to be for when it cannot be had; `onListening` is called with the port once
    /// connections are accepted.
    public init(
        _ place: ListenPlace, for purpose: String, tls: ServerIdentity? = nil, limits: HTTPLimits = HTTPLimits(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger, handler: RequestHandler,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.place = place
        self.purpose = purpose
        self.tls = tls
        self.limits = limits
        self.handler = handler
        self.group = group
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the task is shut down gracefully, which lets answers under way finish, or cancelled. Throws
    /// `ListenFailure` when the address cannot be had.
    public func run() async throws {
        let context = ExchangeContext(
            limits: limits, isSecure: tls != nil, handler: handler, date: DateHeader(), logger: logger)
        let setup = ConnectionSetup(tls: tls, shared: context)
        let loop = AcceptLoop(limit: limits.connections) { try setup.setUp($0) }
        let port = try await loop.listen(at: place, for: purpose, on: group) {
            $0.childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
        }
        await onListening(port)
        do {
            try await gracefulShutdown()
            await loop.drain()
        } catch {
            await loop.close()
        }
    }
}
