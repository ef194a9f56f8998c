import EtcdFront
import EtcdStore
import Logging
import TestKit

/// Our own server, on a store in a directory that goes with it.
struct ServedDirectory {
    let store: EmbeddedStore
    let endpoint: String
    let server: EtcdServer

    /// Serves on loopback while `body` runs.
    static func run<Result: Sendable>(
        directory: String? = nil, security: EtcdSecurity = .insecure, limits: EtcdLimits = EtcdLimits(),
        storeLimits: StoreLimits = StoreLimits(),
        _ body: (ServedDirectory) async throws -> Result
    ) async throws -> Result {
        let temporary = TemporaryDirectory()
        var logger = Logger(label: "store")
        logger.logLevel = .error
        let store = try await EmbeddedStore.open(
            directory: directory ?? temporary.path, limits: storeLimits, logger: logger)
        let server = try EtcdServer(
            store, address: "127.0.0.1", port: 0, security: security, limits: limits)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let served = ServedDirectory(
                store: store, endpoint: "127.0.0.1:\(try await server.port)", server: server)
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
