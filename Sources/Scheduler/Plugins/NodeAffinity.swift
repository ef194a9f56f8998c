import APIMachinery
import KubeAPI

/// nodeSelector and node affinity: what is required rules out, what is preferred adds its weight.
struct NodeAffinity: FilterPlugin, ScorePlugin {
    static let name = "NodeAffinity"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .nodeLabels]

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let required = pod.affinity
        if required.isEmpty { return .skip }
        return .check { node, _ in
            required.matches(node.name, node.labels)
                ? nil : Rejection("node(s) didn't match Pod's node affinity/selector")
        }
    }

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let preferred = pod.object["spec"]?[
            "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"]
        let terms: [(term: NodeTerm, weight: Int)] = (preferred?.elements ?? []).map { element in
            (NodeTerm(element["preference"] ?? .object), element["weight"]?.int ?? 0)
        }
        if terms.isEmpty { return .skip }
        return .count(
            { node in
                terms.reduce(0) { sum, next in
                    next.term.matches(node.name, node.labels) ? sum + next.weight : sum
                }
            }, isReversed: false)
    }
}
