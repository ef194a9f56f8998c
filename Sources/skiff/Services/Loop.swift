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
