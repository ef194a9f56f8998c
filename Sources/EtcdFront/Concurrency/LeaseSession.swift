import EtcdStore
import GRPCServer
import KeyValueCore

/// Keeps a caller's lease alive for as long as his call waits, and ends the wait when he goes away.
struct LeaseSession: Sendable {
    let served: ServedStore
    let context: CallContext

    /// Runs `body` with the caller's lease, or with a new one if he has none.
    func run<Answer: Sendable>(
        _ lease: LeaseID, _ body: @escaping @Sendable (LeaseID) async throws -> Answer
    ) async throws -> Answer {
        var lease = lease
        if lease == 0 {
            lease = try await served.store.grantLease(0, timeToLiveSeconds: served.limits.sessionLeaseSeconds)
        }
        return try await withThrowingTaskGroup(of: Answer?.self) { [lease] group in
            group.addTask { try await body(lease) }
            group.addTask {
                try await context.cancellation.wait()
                return nil
            }
            group.addTask { try await keepAlive(lease) }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let answer = first else {
                throw CallError(.cancelled, "context canceled")
            }
            return answer
        }
    }

    /// Never returns an answer: it throws when the lease is gone.
    private func keepAlive<Answer>(_ lease: LeaseID) async throws -> Answer? {
        while true {
            let seconds = try await served.store.keepLeaseAlive(lease)
            try await Task.sleep(for: .milliseconds(max(500, seconds * 1_000 / 3)))
        }
    }

    /// Runs `body` until it is done or the caller goes away.
    static func whileCalled(
        _ context: CallContext, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { try await context.cancellation.wait() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
