import CoreMetrics
import EtcdStore
import GRPCServer
import Logging

/// Serves a store as etcd's v3 API over gRPC.
public struct EtcdServer: Sendable {
    /// The version of etcd whose API this is, as clients are told who choose by it what they ask for.
    public static let protocolVersion = "3.6.0"
    /// The same without the patch, as etcd writes the version that all members have.
    static let clusterVersion = "3.6"

    private let listener: CallListener
    private let served: ServedStore
    private let logger: Logger
    private let address: String
    private let scheme: String

    /// A server for an address in numbers; port 0 lets the system choose. All that count with the same `metrics` count
    /// together. Throws `EtcdServerError.notLoopback` for an insecure listener that others could reach.
    public init(
        _ store: EmbeddedStore, address: String, port: Int, security: CallSecurity,
        limits: EtcdLimits = EtcdLimits(), metrics: any MetricsFactory = MetricsSystem.factory,
        logger: Logger = Logger(label: "etcd")
    ) throws {
        served = ServedStore(store: store, limits: limits, counters: EtcdCounters(metrics))
        self.logger = logger
        self.address = address
        if case .insecure = security { scheme = "http" } else { scheme = "https" }
        if case .insecure = security, !(address.hasPrefix("127.") || address == "::1") {
            throw EtcdServerError.notLoopback(address)
        }
        listener = try CallListener(
            EtcdRoutes.all(served), address: address, port: port, security: security, limits: limits.calls,
            logger: logger)
    }

    /// Serves until its task is cancelled.
    public func run() async throws {
        try await listener.run { port in
            let host = address.contains(":") ? "[\(address)]" : address
            served.advertised.set(["\(scheme)://\(host):\(port)"])
            logger.info("etcd's API is served", metadata: ["address": "\(host):\(port)"])
        }
    }

    /// The port that is listened on; waits until it is. Throws if it cannot be had.
    public var port: Int {
        get async throws { try await listener.port }
    }
}

/// Why a listener cannot be.
public enum EtcdServerError: Error, Sendable, Equatable {
    /// Without TLS only loopback addresses are served.
    case notLoopback(String)
}
