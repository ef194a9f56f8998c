import APIMachinery
import Kubelet
import Synchronization

/// The kubelets of this process by node name; the API server is built before they are.
final class KubeletTable: Sendable {
    private let kubelets = Mutex<[String: NodeAgent]>([:])

    func add(_ kubelet: NodeAgent, node: String) { kubelets.withLock { $0[node] = kubelet } }

    /// Throws 503 for a node that is not of this process.
    func kubelet(_ node: String) throws -> NodeAgent {
        guard let kubelet = kubelets.withLock({ $0[node] }) else {
            throw StatusError(
                code: 503, reason: .serviceUnavailable, message: "the kubelet of node \"\(node)\" cannot be reached")
        }
        return kubelet
    }
}
