import APIMachinery
import ControlLoops
import KubeAPI
import Logging

/// Writes into the status of our Ingresses where they are reached.
struct StatusWriter: Sendable {
    let api: any ClusterAPI
    let address: String
    let logger: Logger

    /// Writes where it is not written yet. A conflict or refusal is left to the next change of the object.
    func write(_ ingresses: [Ingress]) async {
        guard !address.isEmpty else { return }
        for ingress in ingresses where !isWritten(ingress) {
            var changed = ingress
            changed.status.loadBalancer = IngressLoadBalancerStatus {
                $0.ingress = [IngressLoadBalancerIngress { $0.ip = address }]
            }
            do {
                _ = try await api.updateStatus(changed)
            } catch let error as StatusError where error.code == 409 || error.code == 404 {
                // The news of what changed it is on its way, and wakes us.
            } catch {
                logger.warning(
                    "Cannot write an ingress' address", metadata: ["ingress": "\(ingress.key)", "error": "\(error)"])
            }
        }
    }

    private func isWritten(_ ingress: Ingress) -> Bool {
        let present = ingress.status.loadBalancer?.ingress ?? []
        return present.count == 1 && present.first?.ip == address
    }
}
