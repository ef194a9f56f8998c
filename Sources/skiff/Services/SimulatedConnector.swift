import APIMachinery
import APIServer
import HTTPMessages
import KubeAPI

/// The API server's way to simulated pods, which leads nowhere: each answer says why.
struct SimulatedConnector: NodeConnector {
    func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream {
        throw refusal(pod, "it has no logs")
    }

    func connect(node: String, pod: JSON, subresource: SubresourceName, request: Request) async throws -> Answer {
        throw refusal(pod, "\(subresource) leads nowhere")
    }

    func page(node: String, request: Request) async throws -> Answer {
        throw StatusError(
            code: 503, reason: .serviceUnavailable, message: "node \"\(node)\" is simulated and has no kubelet")
    }

    private func refusal(_ pod: JSON, _ consequence: String) -> StatusError {
        StatusError(
            code: 400, reason: .badRequest,
            message: "pod \"\(pod.key.name)\" is simulated and runs nothing, so \(consequence)")
    }
}
