import APIServer
import DatabaseTestKit
import EtcdStore
import Foundation
import MariaDB
import PrometheusExport
import Records
import TestKit

@testable import Gateway

/// A gateway in front of a real API server on a real store, with a real database where a test asks for one.
struct TestCluster: Sendable {
    static let token = "secret-token"
    let gateway: TestGateway
    let server: ClusterServer
    let metrics: PrometheusRegistry

    static func run(
        database: Database? = nil, _ adjust: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: @Sendable (TestCluster) async throws -> Void
    ) async throws {
        let directory = TemporaryDirectory()
        let metrics = PrometheusRegistry()
        let store = try await EmbeddedStore.open(
            directory: "\(directory.path)/store", metrics: metrics, logger: quiet)
        let admin = UserInfo(name: "admin", groups: ["system:masters"])
        let authenticators: [any Authenticator] = [BearerToken(token, for: admin), ClientCertificate()]
        let sampling = [store.sampled(by: metrics), ProcessMetrics.sampled(by: metrics)]
        defer { for sample in sampling { sample.end() } }
        let server = ClusterServer(
            store: store, authenticators: authenticators, backends: BackendProxy(), metrics: metrics, log: quiet)
        var parts = Site.Parts()
        parts.access = server.access
        parts.database = database
        parts.users = database.map { Users(database: $0, hasher: PasswordHasher(costLog2: 4)) }
        parts.metrics = metrics
        let finished = parts
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            try await server.waitUntilReady()
            try await TestGateway.run(
                adjust,
                site: { Site($0, api: { await server.answer($0) }, parts: finished, logger: quiet) }
            ) { gateway in
                try await body(TestCluster(gateway: gateway, server: server, metrics: metrics))
            }
            tasks.cancelAll()
        }
        await store.close()
    }

    /// With the admin's token; the answer's body, then `|` and the status.
    func call(_ arguments: String..., path: String) async throws -> String {
        try await Shell.run(
            "curl",
            ["-sS", "--max-time", "60", "-w", "|%{http_code}", "-H", "authorization: Bearer \(Self.token)"] + arguments
                + [gateway.plain + path]
        ).output
    }
}
