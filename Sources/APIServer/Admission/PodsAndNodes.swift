import APIMachinery
import KubeAPI

private let pods = GroupResource(resource: "pods")

/// Without priority classes every pod has priority 0 and may preempt.
struct PodPriority: AdmissionStep {
    func admit(_ object: inout JSON, old: JSON?, _ call: inout Call, _ server: ClusterServer) async throws {
        guard old == nil, call.groupResource == pods, call.subresource == nil else { return }
        if object["spec", "priority"] == nil { object["spec", "priority"] = 0 }
        if object["spec", "preemptionPolicy"] == nil { object["spec", "preemptionPolicy"] = "PreemptLowerPriority" }
    }
}

/// A pod stays five minutes on a node that is not ready or unreachable (DefaultTolerationSeconds).
struct PodTolerations: AdmissionStep {
    static let seconds = 300

    func admit(_ object: inout JSON, old: JSON?, _ call: inout Call, _ server: ClusterServer) async throws {
        guard call.groupResource == pods, call.subresource == nil else { return }
        var tolerations: [JSON] = object["spec", "tolerations"]?.elements ?? []
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
        if tolerations.count != before { object["spec", "tolerations"] = JSON(tolerations) }
    }
}

/// A new node takes no pods until the node loop has seen that it is ready (TaintNodesByCondition).
struct NodeNotReadyTaint: AdmissionStep {
    static let key = "node.kubernetes.io/not-ready"

    func admit(_ object: inout JSON, old: JSON?, _ call: inout Call, _ server: ClusterServer) async throws {
        guard old == nil, call.groupResource == GroupResource(resource: "nodes") else { return }
        var taints: [JSON] = object["spec", "taints"]?.elements ?? []
        let isThere = taints.contains { $0["key"]?.string == Self.key && $0["effect"]?.string == "NoSchedule" }
        guard !isThere else { return }
        taints.append(["key": JSON(Self.key), "effect": "NoSchedule"])
        object["spec", "taints"] = JSON(taints)
    }
}
