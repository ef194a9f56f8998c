import APIMachinery
import APIServer
import ArgumentParser
import ControlLoops
import ControllerManager
import EtcdStore
import Foundation
import KubeAPI
import Logging
import MariaDB
import Records
import Scheduler
import SimulatedNodes

/// The API server in this process on a store that syncs every write, and what a cluster runs beside it.
struct BenchCluster: ParsableArguments {
    @Option(help: "Where everything is made; it is removed afterwards.")
    var directory = FileManager.default.temporaryDirectory.appendingPathComponent("skiff-bench-cluster").path
    @Flag(inversion: .prefixedNo, help: "Run the controllers and the scheduler.")
    var loops = true
    @Flag(inversion: .prefixedNo, help: "Keep audit events in a spool.")
    var audit = true
    @Flag(help: "Bring audit events to a private MariaDB.")
    var database = false

    static let admin = UserInfo(name: "admin", groups: ["system:masters"])

    /// Runs `body` against the cluster once it is ready, and ends it.
    /// With `simulating` it has these nodes.
    func run(
        simulating simulation: NodeSimulator.Configuration? = nil,
        _ body: @escaping @Sendable (ClusterServer) async throws -> Void
    ) async throws {
        try? FileManager.default.removeItem(atPath: directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var logger = Logger(label: "skiff-bench")
        logger.logLevel = .warning
        let store = try await EmbeddedStore.open(directory: "\(directory)/store", logger: logger)
        let mariadb = database ? PrivateServer(directory: "\(directory)/mariadb", logger: logger) : nil
        let pool = mariadb.map { Database($0.url(name: "skiff"), logger: logger) }
        if let mariadb, let pool {
            try await mariadb.start()
            try await Migrations.createDatabase(pool.url, logger: logger)
            try await RecordsSchema.migrate(pool)
        }
        let trail = audit ? try AuditTrail(spoolDirectory: "\(directory)/audit", database: pool, logger: logger) : nil
        let sink: any AuditSink = trail.map { Spooled(trail: $0) } ?? NoAudit()
        let users = Controllers.identities + SchedulerLoops.identities + [NodeSimulator.identity]
        let everyone = users + [LoopIdentity.informers(of: users)]
        let server = ClusterServer(
            store: store,
            configuration: Configuration(auditPolicy: .standard(loops: Set(everyone.map(\.userName)))),
            authenticators: [BearerToken("token", for: Self.admin)],
            authorizer: AuthorizerChain.standard(loops: everyone),
            audit: sink, log: logger)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            if let trail, pool != nil { group.addTask { await trail.run() } }
            if loops { addLoops(server, simulation, &group, logger) }
            group.addTask {
                try await server.waitUntilReady()
                do { try await body(server) } catch { print("The measurement failed: \(error)") }
                throw CancellationError()
            }
            // The first that fails ends them all; the body ends so when it is done.
            while case .success? = await group.nextResult() {}
            group.cancelAll()
        }
        await pool?.shutdown()
        await mariadb?.stop()
        await store.close()
    }

    private func addLoops(
        _ server: ClusterServer, _ simulation: NodeSimulator.Configuration?,
        _ group: inout ThrowingTaskGroup<Void, any Error>, _ logger: Logger
    ) {
        let informers = LoopIdentity.informers(of: Controllers.identities + SchedulerLoops.identities)
        let context = LoopContext(
            world: World(server.client(as: informers), logger: logger), client: { server.client(as: $0) },
            logger: logger)
        let loops = Controllers.controllers(context) + SchedulerLoops.loops(context)
        if let simulation {
            let simulator = NodeSimulator(
                simulation, world: context.world, client: { server.client(as: $0) }, logger: logger)
            group.addTask { try await simulator.run() }
        }
        group.addTask { await context.world.run() }
        for loop in loops { group.addTask { try await loop.run() } }
    }
}

private struct Spooled: AuditSink {
    let trail: AuditTrail
    func record(_ event: JSON) async throws { try await trail.record(event) }
}

/// What this process has used of the processors so far, in seconds.
func processSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
