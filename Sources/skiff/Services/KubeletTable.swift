import APIMachinery
import Kubelet
import Synchronization

/// The kubelets of this process by node name; the API server is built before they are.
final class KubeletTable: Sendable {
    private let kubelets = Mutex<[String: KubeletServer]>([:])

    func add(_ kubelet: KubeletServer, node: String) { kubelets.withLock { $0[node] = kubelet } }

    func remove(_ node: String) { kubelets.withLock { $0[node] = nil } }

    func has(_ node: String) -> Bool { kubelets.withLock { $0[node] != nil } }

    /// Throws 503 for a node that is not of this process.
    func server(_ node: String) throws -> KubeletServer {
        guard let kubelet = kubelets.withLock({ $0[node] }) else {
            throw StatusError(
                code: 503, reason: .serviceUnavailable, message: "the kubelet of node \"\(node)\" cannot be reached")
        }
        return kubelet
    }
    func kubelet(_ node: String) throws -> NodeAgent { try server(node).kubelet }
}
