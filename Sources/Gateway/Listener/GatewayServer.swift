import APIServer
import HummingbirdCore
import Listening
import Logging
import NIOCore
import NIOPosix
import NIOSSL
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

    public func run() async throws {
        let announcement = Announcement(
            awaited: (configuration.secure == nil ? 0 : 1) + (configuration.plain == nil ? 0 : 1), onListening)
        var servers: [(ListenPlace, any Service)] = []
        if let secure = configuration.secure {
            servers.append(
                (
                    ListenPlace(.tcp, secure.address.host, secure.address.port),
                    server(secure.address, tls: try secure.tls.context()) { await announcement.secure($0) }
                ))
        }
        if let plain = configuration.plain {
            servers.append(
                (ListenPlace(.tcp, plain.host, plain.port), server(plain, tls: nil) { await announcement.plain($0) }))
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (place, server) in servers {
                tasks.addTask {
                    do { try await server.run() } catch let error as IOError {
                        throw ListenFailure(place, for: "HTTP", errno: error.errnoCode)
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    private func server(
        _ address: GatewayConfiguration.Address, tls: NIOSSLContext?, _ started: @escaping @Sendable (Int) async -> Void
    ) -> any Service {
        let site = self.site
        let isSecure = tls != nil
        let exchange = ExchangeContext(
            limits: configuration.limits, isSecure: isSecure, answer: { await site.answer($0) },
            isQuick: { APIPaths.isQuick($0) }, date: DateHeader(), logger: logger)
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)  // Hummingbird says at info where it listens; so do we
        return ConnectionChannel(tls: tls, shared: exchange).server(
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port), backlog: 1_024,
                availableConnectionsDelegate: .maximum(configuration.limits.connections, logger: quiet)),
            onServerRunning: { channel in await started(channel.localAddress?.port ?? address.port) },
            eventLoopGroup: group, logger: quiet)
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
    func secure(_ port: Int) async { await started { $0.securePort = port } }
    func plain(_ port: Int) async { await started { $0.plainPort = port } }

    private func started(_ note: @Sendable (inout GatewayServer.Listening) -> Void) async {
        let complete = state.withLock { state -> GatewayServer.Listening? in
            note(&state.listening)
            state.missing -= 1
            return state.missing == 0 ? state.listening : nil
        }
        if let complete { await tell(complete) }
    }
}

extension GatewayConfiguration.TLS {
    /// TLS 1.2 and up, HTTP/2 preferred; a client certificate is optional, but one that is shown must be our CA's.
    func context() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificateChainPEM.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if !clientCAPEM.isEmpty {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(clientCAPEM.utf8)))
            configuration.certificateVerification = .optionalVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
