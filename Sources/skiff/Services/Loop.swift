import APIServer
import ControlLoops
import ServiceLifecycle

/// Something that runs until it is cancelled, as a service: a shutdown in order cancels it. With a `leadership` it begins
/// when this process leads.
struct Loop: Service {
    let name: String
    private let leadership: LeadershipService?
    private let body: @Sendable () async throws -> Void

    init(
        _ name: String, under leadership: LeadershipService? = nil, _ body: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.leadership = leadership
        self.body = body
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await leadership?.wait()
                try await body()
            }
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

/// Gives each loop its own way into the API server, under a name that the audit trail shows. With a `leadership` what
/// loops write is refused once another process leads.
struct LoopIdentity {
    private let server: ClusterServer
    private let leadership: LeadershipService?

    init(_ server: ClusterServer, under leadership: LeadershipService? = nil) {
        self.server = server
        self.leadership = leadership
    }

    func client(_ loop: String) -> any ClusterAPI {
        client(UserInfo(name: "system:loop:\(loop)", groups: ["system:authenticated"]))
    }

    func client(node: String) -> any ClusterAPI {
        client(UserInfo(name: "system:node:\(node)", groups: ["system:nodes", "system:authenticated"]))
    }

    private func client(_ user: UserInfo) -> any ClusterAPI {
        guard let leadership else { return server.client(as: user) }
        return server.client(as: user, inTerm: { leadership.term })
    }
}
