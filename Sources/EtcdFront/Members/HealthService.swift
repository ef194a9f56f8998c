import EtcdMessages
import GRPCServer

/// gRPC's health service: serving as long as the member knows a leader.
/// Source: grpc, doc/health-checking.md.
struct HealthService: Sendable {
    let served: ServedStore

    init(_ served: ServedStore) { self.served = served }

    private func status(_ service: String) async -> Grpc_Health_V1_HealthCheckResponse.ServingStatus {
        guard service.isEmpty else { return .serviceUnknown }
        guard let status = try? await served.store.status() else { return .notServing }
        return status.leader != nil ? .serving : .notServing
    }

    func check(
        request: Grpc_Health_V1_HealthCheckRequest, context: CallContext
    ) async throws -> Grpc_Health_V1_HealthCheckResponse {
        var answer = Grpc_Health_V1_HealthCheckResponse()
        answer.status = await status(request.service)
        if answer.status == .serviceUnknown { throw CallError(.notFound, "unknown service") }
        return answer
    }

    /// Says how it is now, and again whenever that has changed.
    func watch(
        request: Grpc_Health_V1_HealthCheckRequest, response: CallWriter<Grpc_Health_V1_HealthCheckResponse>,
        context: CallContext
    ) async throws {
        var told: Grpc_Health_V1_HealthCheckResponse.ServingStatus?
        while !context.cancellation.isCancelled {
            var answer = Grpc_Health_V1_HealthCheckResponse()
            answer.status = await status(request.service)
            if answer.status != told { try await response.write(answer) }
            told = answer.status
            try await Task.sleep(for: .seconds(1))
        }
    }
}
