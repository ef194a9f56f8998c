import APIMachinery
import KubeAPI

/// Whether a pod may be moved away so that its node can go: the rules that the autoscaler project documents.
struct DrainRules {
    enum Verdict: Equatable {
        /// It must find another node.
        case moves
        /// It goes with the node, or is over.
        case staysBehind
        case blocks(Reason)
    }
    /// Why a node cannot go, as the autoscaler project calls it.
    enum Reason: String, Equatable {
        case notReplicated = "NotReplicated", localStorage = "LocalStorageRequested"
        case system = "UnmovableKubeSystemPod", notSafe = "NotSafeToEvictAnnotation", budget = "NotEnoughPdb"
    }
    private static let prefix = "cluster-autoscaler.kubernetes.io/"
    let options: AutoscalerOptions
    /// Those of all namespaces.
    let budgets: [PodDisruptionBudget]

    func verdict(on pod: Pod) -> Verdict {
        if pod.json["metadata", "annotations", "kubernetes.io/config.mirror"] != nil { return .staysBehind }
        if pod.isTerminal || pod.isBeingDeleted { return .staysBehind }
        let owner = pod.controller?.kind
        if owner == "DaemonSet" { return .staysBehind }
        switch annotation("safe-to-evict", of: pod) {
        case "true": return isAllowed(pod) ? .moves : .blocks(.budget)
        case "false": return .blocks(.notSafe)
        default: break
        }
        if owner == nil { return .blocks(.notReplicated) }
        if options.skipsNodesWithSystemPods, pod.namespace == "kube-system", budgets(of: pod).isEmpty {
            return .blocks(.system)
        }
        if options.skipsNodesWithLocalStorage, hasLocalStorage(pod) { return .blocks(.localStorage) }
        return isAllowed(pod) ? .moves : .blocks(.budget)
    }

    private func annotation(_ name: String, of pod: Pod) -> String? {
        pod.json["metadata", "annotations", Self.prefix + name]?.string
    }

    private func hasLocalStorage(_ pod: Pod) -> Bool {
        let safe = Set(
            (annotation("safe-to-evict-local-volumes", of: pod) ?? "").split(separator: ",").map {
                String($0.filter { !$0.isWhitespace })
            })
        return (pod.json["spec"]?["volumes"]?.elements ?? []).contains { volume in
            let isLocal =
                volume["hostPath"] != nil || (volume["emptyDir"].map { $0["medium"]?.string != "Memory" } ?? false)
            return isLocal && !safe.contains(volume["name"]?.string ?? "")
        }
    }

    func budgets(of pod: Pod) -> [PodDisruptionBudget] {
        budgets.filter { $0.namespace == pod.namespace && ($0.spec.selector?.matches(labelsOf: pod.json) ?? false) }
    }
    /// Whether the pod's budgets let one go now.
    private func isAllowed(_ pod: Pod) -> Bool {
        budgets(of: pod).allSatisfy { ($0.status.disruptionsAllowed ?? 0) > 0 }
    }
}
