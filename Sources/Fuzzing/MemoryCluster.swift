import APIServer
import Crypto
import EtcdStore
import KubeAPI
import Logging

/// The API server in this process on a store in memory, without loops and audit.
package enum MemoryCluster {
    package static let adminToken = "memory-admin"
    package static let admin = UserInfo(name: "admin", groups: ["system:masters"])

    /// Runs `body` against a server that is ready, and ends it. Throws what the body throws.
    package static func run(_ body: @escaping @Sendable (ClusterServer) async throws -> Void) async throws {
        var logger = Logger(label: "memory-cluster")
        logger.logLevel = .critical
        let store = try await EmbeddedStore.openInMemory(logger: logger)
        let key = P256.Signing.PrivateKey().pemRepresentation
        let server = ClusterServer(
            store: store,
            configuration: Configuration(
                auditPolicy: .nothing, serviceAccountTokens: try ServiceAccountTokens(privateKeyPEM: key)),
            authenticators: [BearerToken(adminToken, for: admin), ClientCertificate()], log: logger)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask {
                    try await server.waitUntilReady()
                    try await body(server)
                    throw CancellationError()
                }
                while try await group.next() != nil {}
            }
        } catch is CancellationError {
            // The body is done.
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }
}
