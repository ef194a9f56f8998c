import APIServer
import Basics
import EtcdStore
import HTTPServer
import KubeAPI
import Listening
import Logging
import TestKit

@testable import ClusterClient

/// A real API server over HTTP at a port of its own, which can be stopped and started again on the same store.
final class ServedCluster: Sendable {
    static let token = "the administrator's"
    let port: Int
    private let store: EmbeddedStore
    private let running = Box<Task<Void, Never>?>(nil)

    init() async throws {
        var limits = StoreLimits()
        limits.segmentBytes = 256 << 10
        store = try await EmbeddedStore.open(
            disk: SimulatedDisk(), clock: SystemClock(), limits: limits, logger: Self.quiet)
        port = try FreePorts.take()
    }

    private static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    func start() async throws {
        let admin = UserInfo(name: "admin", groups: ["system:masters", "system:authenticated"])
        let server = ClusterServer(
            store: store, authenticators: [BearerToken(Self.token, for: admin)], log: Self.quiet)
        let listener = HTTPListener(
            ListenPlace(.tcp, "127.0.0.1", port), for: "the API", logger: Self.quiet,
            handler: RequestHandler { await server.answer($0) })
        running.value = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await server.run() }
                group.addTask { try? await listener.run() }
                await group.waitForAll()
            }
        }
        try await eventually("the server to answer") { server.isReady && FreePorts.isOpen(port) }
    }

    /// Forgets what was before now.
    func forget() async throws { try await store.compact(store.revision) }

    /// Cuts every connection.
    func stop() async {
        running.value?.cancel()
        await running.value?.value
    }

    func client(_ limits: ClientLimits = ClientLimits(), token: String = ServedCluster.token) -> RemoteCluster {
        RemoteCluster(
            .init(
                server: "http://127.0.0.1:\(port)", tls: .init(), token: { token }, userAgent: "tester/v1 (linux/amd64)"
            ),
            limits: limits)
    }
}
