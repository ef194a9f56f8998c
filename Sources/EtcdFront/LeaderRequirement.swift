import EtcdStore
import GRPCCore

/// Keeps clients from members that are cut off from the others: who says `hasleader: true`, as kube-apiserver does for
/// its watches, gets no stream from a member that knows no leader, and loses the one he has when the leader is lost.
/// Source: etcd, server/etcdserver/api/v3rpc/interceptor.go.
struct LeaderRequirement: ServerInterceptor {
    let served: ServedStore

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        guard request.metadata[stringValues: "hasleader"].contains(where: { $0 == "true" }) else {
            return try await next(request, context)
        }
        if try await served.store.status().leader == nil { throw EtcdError.noLeader }
        var response = try await next(request, context)
        if case .success(var contents) = response.accepted {
            let produce = contents.producer
            contents.producer = { writer in try await whileLed { try await produce(writer) } }
            response.accepted = .success(contents)
        }
        return response
    }

    /// Runs `body` until it is done, or there has been no leader for as long as a client may be kept waiting.
    private func whileLed(_ body: @escaping @Sendable () async throws -> Metadata) async throws -> Metadata {
        try await withThrowingTaskGroup(of: Metadata.self) { group in
            group.addTask { try await body() }
            group.addTask {
                var without = 0
                while without < served.limits.secondsWithoutLeader {
                    try await Task.sleep(for: .seconds(1))
                    without = try await served.store.status().leader == nil ? without + 1 : 0
                }
                throw EtcdError.noLeader
            }
            defer { group.cancelAll() }
            return try await group.next() ?? [:]
        }
    }
}
