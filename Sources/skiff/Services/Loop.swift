import APIServer
import ControlLoops
import ServiceLifecycle

/// Something that runs until it is cancelled, as a service: a shutdown in order cancels it.
struct Loop: Service {
    let name: String
    private let body: @Sendable () async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.body = body
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await body() }
        } catch is CancellationError {
            // Ended because it was asked to.
        }
    }
}

/// Does nothing until the shutdown reaches it, then closes something that others used until then.
struct LastService: Service {
    let name: String
    private let close: @Sendable () async -> Void

    init(_ name: String, _ close: @escaping @Sendable () async -> Void) {
        self.name = name
        self.close = close
    }

    func run() async throws {
        try? await gracefulShutdown()
        await close()
    }
}

/// Gives each loop its own way into the API server, under a name that the audit trail shows.
struct LoopIdentity {
    private let server: ClusterServer

    init(_ server: ClusterServer) { self.server = server }

    func client(_ loop: String) -> any ClusterAPI {
        server.client(as: UserInfo(name: "system:loop:\(loop)", groups: ["system:authenticated"]))
    }

    func client(node: String) -> any ClusterAPI {
        server.client(as: UserInfo(name: "system:node:\(node)", groups: ["system:nodes", "system:authenticated"]))
    }
}
