import HTTPServer
import Listening
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The gateway's two listeners as one service: `run` serves until its task is cancelled or shut down gracefully.
public struct GatewayServer: Service {
    /// Where a listener really listens, for whoever let the system choose the port.
    public struct Listening: Sendable, Equatable {
        public var securePort: Int?
        public var plainPort: Int?
    }

    private let configuration: GatewayConfiguration
    private let site: Site
    private let onListening: @Sendable (Listening) async -> Void
    private let logger: Logger
    private let group: any EventLoopGroup

    /// `onListening` is called once, when every configured listener accepts connections.
    public init(
        _ configuration: GatewayConfiguration, site: Site,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger,
        onListening: @escaping @Sendable (Listening) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.site = site
        self.group = group
        self.logger = logger
        self.onListening = onListening
    }

    /// Throws `ListenFailure` when an address cannot be had.
    public func run() async throws {
        let announcement = Announcement(
            awaited: (configuration.secure == nil ? 0 : 1 + configuration.furtherSecure.count)
                + (configuration.plain == nil ? 0 : 1), onListening)
        var listeners: [HTTPListener] = []
        if let secure = configuration.secure {
            listeners.append(
                listener(secure.address, for: "HTTPS", secure.tls) { port in
                    await announcement.started { $0.securePort = port }
                })
            for place in configuration.furtherSecure {
                listeners.append(listener(place, for: "HTTPS", secure.tls) { _ in await announcement.started { _ in } })
            }
        }
        if let plain = configuration.plain {
            listeners.append(
                listener(plain, for: "plain HTTP", nil) { port in
                    await announcement.started { $0.plainPort = port }
                })
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for listener in listeners { tasks.addTask { try await listener.run() } }
            try await tasks.waitForAll()
        }
    }

    private func listener(
        _ place: ListenPlace, for purpose: String, _ tls: ServerIdentity?,
        _ started: @escaping @Sendable (Int) async -> Void
    ) -> HTTPListener {
        let site = self.site
        let handler = RequestHandler(
            isQuick: { APIPaths.isQuick($0) }, refusal: { site.refusal($0, target: $1) },
            answer: { await site.answer($0) })
        return HTTPListener(
            place, for: purpose, tls: tls, limits: configuration.limits, group: group, logger: logger,
            handler: handler, onListening: started)
    }
}

/// Gathers the listeners' ports and tells of them once all are there.
private final class Announcement: Sendable {
    private let state: Mutex<(listening: GatewayServer.Listening, missing: Int)>
    private let tell: @Sendable (GatewayServer.Listening) async -> Void

    init(awaited: Int, _ tell: @escaping @Sendable (GatewayServer.Listening) async -> Void) {
        state = Mutex((GatewayServer.Listening(), awaited))
        self.tell = tell
    }

    func started(_ note: @Sendable (inout GatewayServer.Listening) -> Void) async {
        let complete = state.withLock { state -> GatewayServer.Listening? in
            note(&state.listening)
            state.missing -= 1
            return state.missing == 0 ? state.listening : nil
        }
        if let complete { await tell(complete) }
    }
}
