import APIMachinery
import Basics
import KubeAPI

/// Whether a pod may be moved away so that its node can go: the rules that the autoscaler project documents.
struct DrainRules {
    enum Verdict: Equatable {
        /// It must find another node.
        case moves
        /// It is ending already; it is waited for.
        case ends
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
    /// Controllers that are known to make a pod anew.
    private static let controllers: Set<String> = ["ReplicationController", "ReplicaSet", "Job", "StatefulSet"]
    /// Beyond its grace a pod that is being deleted is not waited for any longer than this.
    private static let patience = Duration.seconds(30)
    let options: AutoscalerOptions
    /// Those of all namespaces.
    let budgets: [PodDisruptionBudget]
    let now: Instant

    func verdict(on pod: Pod) -> Verdict {
        if Self.isMirror(pod) || pod.isTerminal { return .staysBehind }
        if pod.isBeingDeleted { return isOverdue(pod) ? .staysBehind : .ends }
        let owner = pod.controller?.kind
        if owner == "DaemonSet" || pod.isExpendable(options) { return .staysBehind }
        switch annotation("safe-to-evict", of: pod) {
        case "true": return isAllowed(pod) ? .moves : .blocks(.budget)
        case "false": return .blocks(.notSafe)
        default: break
        }
        guard let owner else { return .blocks(.notReplicated) }
        if options.skipsNodesWithCustomControllerPods, !Self.controllers.contains(owner) {
            return .blocks(.notReplicated)
        }
        if options.skipsNodesWithSystemPods, pod.namespace == "kube-system", budgets(of: pod).isEmpty {
            return .blocks(.system)
        }
        if options.skipsNodesWithLocalStorage, hasLocalStorage(pod) { return .blocks(.localStorage) }
        return isAllowed(pod) ? .moves : .blocks(.budget)
    }

    static func isMirror(_ pod: Pod) -> Bool {
        pod.json["metadata", "annotations", "kubernetes.io/config.mirror"] != nil
    }
    private func isOverdue(_ pod: Pod) -> Bool {
        // The time of deletion is when the grace is over.
        guard let end = pod.metadata.deletionTimestamp.flatMap({ Instant(rfc3339: $0) }) else { return false }
        return now - end > Self.patience
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
