import EtcdFront
import EtcdStore
import GRPCServer
import Logging
import PrometheusExport
import TestKit

/// Our own server, on a store in a directory that goes with it.
package struct ServedDirectory: Sendable {
    package let store: EmbeddedStore
    package let endpoint: String
    package let server: EtcdServer
    package let metrics: PrometheusRegistry

    /// The lines that a scraper reads.
    package func metricLines() async -> [Substring] { await metrics.page().split(separator: "\n") }

    /// Serves on loopback while `body` runs.
    package static func run<Result: Sendable>(
        directory: String? = nil, security: CallSecurity = .insecure, limits: EtcdLimits = EtcdLimits(),
        storeLimits: StoreLimits = StoreLimits(),
        _ body: (ServedDirectory) async throws -> Result
    ) async throws -> Result {
        let temporary = TemporaryDirectory()
        var logger = Logger(label: "store")
        logger.logLevel = .error
        let metrics = PrometheusRegistry()
        let store = try await EmbeddedStore.open(
            directory: directory ?? temporary.path, limits: storeLimits, metrics: metrics, logger: logger)
        let sampling = store.sampled(by: metrics)
        defer { sampling.end() }
        let server = try EtcdServer(
            store, address: "127.0.0.1", port: 0, security: security, limits: limits, metrics: metrics)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let served = ServedDirectory(
                store: store, endpoint: "127.0.0.1:\(try await server.port)", server: server, metrics: metrics)
            let result: Result
            do {
                result = try await body(served)
            } catch {
                group.cancelAll()
                await store.close()
                throw error
            }
            group.cancelAll()
            await store.close()
            return result
        }
    }
}
