import APIMachinery
import KubeAPI

/// A pod stays five minutes on a node that is not ready or unreachable (DefaultTolerationSeconds).
struct PodTolerations: MutatingAdmission {
    static let seconds = 300
    let scope = AdmissionScope([.create, .update], [.pods])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        var tolerations: [JSON] = request.object["spec", "tolerations"]?.elements ?? []
        let before = tolerations.count
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let isTolerated = tolerations.contains { toleration in
                let name = toleration["key"]?.string ?? ""
                let effect = toleration["effect"]?.string ?? ""
                return (name == key || name.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
            }
            if !isTolerated {
                tolerations.append([
                    "key": JSON(key), "operator": "Exists", "effect": "NoExecute",
                    "tolerationSeconds": JSON(Self.seconds),
                ])
            }
        }
        if tolerations.count != before { request.object["spec", "tolerations"] = JSON(tolerations) }
    }
}

/// A new node takes no pods until the node loop has seen that it is ready (TaintNodesByCondition).
struct NodeNotReadyTaint: MutatingAdmission {
    static let key = "node.kubernetes.io/not-ready"
    let scope = AdmissionScope(.create, [.nodes])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        var taints: [JSON] = request.object["spec", "taints"]?.elements ?? []
        let isThere = taints.contains { $0["key"]?.string == Self.key && $0["effect"]?.string == "NoSchedule" }
        guard !isThere else { return }
        taints.append(["key": JSON(Self.key), "effect": "NoSchedule"])
        request.object["spec", "taints"] = JSON(taints)
    }
}
