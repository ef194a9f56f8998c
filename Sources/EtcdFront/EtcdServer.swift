import EtcdStore
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging

/// Who may come to the listener.
public enum EtcdSecurity: Sendable {
    /// Anybody who reaches the address, which must be a loopback one.
    case insecure
    /// Clients with a certificate of this authority. Paths of PEM files.
    case mutualTLS(certificatePath: String, keyPath: String, clientAuthorityPath: String)
}

/// Serves a store as etcd's v3 API over gRPC.
public struct EtcdServer: Sendable {
    /// The version of etcd whose API this is, as clients are told who choose by it what they ask for.
    public static let protocolVersion = "3.6.0"

    private let server: GRPCServer<HTTP2ServerTransport.Posix>
    private let served: ServedStore
    private let logger: Logger
    private let address: String
    private let scheme: String

    /// A server for an address in numbers; port 0 lets the system choose. Its metrics count together with those of
    /// `other`. Throws `EtcdServerError.notLoopback` for an insecure listener that others could reach.
    public init(
        _ store: EmbeddedStore, address: String, port: Int, security: EtcdSecurity,
        limits: EtcdLimits = EtcdLimits(), logger: Logger = Logger(label: "etcd"),
        countingWith other: EtcdServer? = nil
    ) throws {
        served = ServedStore(store: store, limits: limits, counters: other?.served.counters ?? EtcdCounters())
        self.logger = logger
        self.address = address
        if case .insecure = security { scheme = "http" } else { scheme = "https" }
        let isVersion6 = address.contains(":")
        if case .insecure = security, !(address.hasPrefix("127.") || address == "::1") {
            throw EtcdServerError.notLoopback(address)
        }
        let transport = HTTP2ServerTransport.Posix(
            address: isVersion6 ? .ipv6(host: address, port: port) : .ipv4(host: address, port: port),
            transportSecurity: Self.transportSecurity(security), config: Self.configuration(limits))
        // Other services find out by themselves, as they need the leader for their answers.
        let streams: ConditionalInterceptor<any ServerInterceptor> = .apply(
            LeaderRequirement(served: served),
            to: .services([Etcdserverpb_Watch.descriptor, Etcdserverpb_Lease.descriptor]))
        server = GRPCServer(
            transport: transport, services: Self.services(served), interceptorPipeline: [streams])
    }

    private static func services(_ served: ServedStore) -> [any RegistrableRPCService] {
        [
            KeyValueService(served), WatchService(served), LeaseService(served), ClusterService(served),
            MaintenanceService(served), AuthService(served), LockService(served), ElectionService(served),
            HealthService(served),
        ]
    }

    private static func configuration(_ limits: EtcdLimits) -> HTTP2ServerTransport.Posix.Config {
        .defaults { config in
            config.http2.maxConcurrentStreams = limits.concurrentStreams
            config.http2.targetWindowSize = limits.windowBytes
            config.rpc.maxRequestPayloadSize = limits.messageBytes
            config.connection.maxGraceTime = .seconds(limits.shutdownGraceSeconds)
            config.connection.keepalive.time = .seconds(limits.keepaliveSeconds)
            config.connection.keepalive.timeout = .seconds(limits.keepaliveTimeoutSeconds)
            config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(
                limits.minimumPingSeconds)
            config.connection.keepalive.clientBehavior.allowWithoutCalls = true
            config.channelDebuggingCallbacks.onAcceptTCPConnection = { PingResponder.add(to: $0, isServer: true) }
        }
    }

    private static func transportSecurity(
        _ security: EtcdSecurity
    ) -> HTTP2ServerTransport.Posix.TransportSecurity {
        switch security {
        case .insecure: .plaintext
        case .mutualTLS(let certificatePath, let keyPath, let authorityPath):
            .mTLS(
                certificateChain: [.file(path: certificatePath, format: .pem)],
                privateKey: .file(path: keyPath, format: .pem)
            ) { tls in
                tls.trustRoots = .certificates([.file(path: authorityPath, format: .pem)])
                tls.requireALPN = false
            }
        }
    }

    /// Serves until its task is cancelled.
    public func run() async throws {
        do {
            try await withTaskCancellationHandler {
                async let serving: Void = server.serve()
                if let port = try? await port {
                    let host = address.contains(":") ? "[\(address)]" : address
                    served.advertised.set(["\(scheme)://\(host):\(port)"])
                    logger.info("etcd's API is served", metadata: ["address": "\(host):\(port)"])
                }
                try await serving
            } onCancel: {
                server.beginGracefulShutdown()
            }
        } catch {
            // What a cancelled transport throws is no failure.
            if !Task.isCancelled { throw error }
        }
    }

    /// The port that is listened on; waits until it is. Throws if it cannot be had.
    public var port: Int {
        get async throws {
            let address = try await server.transport.listeningAddress
            return address.ipv4?.port ?? address.ipv6?.port ?? 0
        }
    }

    /// Counts and states in Prometheus' text format under etcd's names.
    public func metricsText() async -> String {
        EtcdMetrics(
            counters: served.counters, status: try? await served.store.status(),
            keyCount: (try? served.store.capture().table.liveCount) ?? 0
        ).text
    }
}

/// Why a listener cannot be.
public enum EtcdServerError: Error, Sendable, Equatable {
    /// Without TLS only loopback addresses are served.
    case notLoopback(String)
}
