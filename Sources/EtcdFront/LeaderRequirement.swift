import EtcdMessages
import EtcdStore
import GRPCServer

/// Keeps clients from members that are cut off from the others: who says `hasleader: true`, as kube-apiserver does for
/// its watches, gets no stream from a member that knows no leader, and loses the one he has when the leader is lost.
/// Source: etcd, server/etcdserver/api/v3rpc/interceptor.go.
struct LeaderRequirement: Sendable {
    let served: ServedStore

    @Sendable func run(_ context: CallContext, _ body: @escaping @Sendable () async throws -> Void) async throws {
        guard context.metadata("hasleader") == "true" else { return try await body() }
        if try await served.store.status().leader == nil { throw CallError.noLeader }
        try await whileLed(body)
    }

    /// Runs `body` until it is done, or there has been no leader for as long as a client may be kept waiting.
    private func whileLed(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                var without = 0
                while without < served.limits.secondsWithoutLeader {
                    try await Task.sleep(for: .seconds(1))
                    without = try await served.store.status().leader == nil ? without + 1 : 0
                }
                throw CallError.noLeader
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
