import APIMachinery
import KubeAPI

/// nodeSelector and node affinity: what is required rules out, what is preferred adds its weight. A profile may add an
/// affinity of its own to that of every pod.
struct NodeAffinity: FilterPlugin, ScorePlugin {
    static let name = "NodeAffinity"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .nodeLabels]
    private typealias Weighted = (term: NodeTerm, weight: Int)
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    private let added: NodeRequirement?
    private let addedPreference: JSON?

    /// `added` is a core/v1 NodeAffinity.
    init(added: JSON? = nil) {
        self.added = added?["requiredDuringSchedulingIgnoredDuringExecution"].map { NodeRequirement(selector: $0) }
        addedPreference = added?[Self.preferred]
    }

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let required = pod.affinity
        if required.isEmpty, added == nil { return .skip }
        return .check { node, _ in
            if let added, !added.matches(node.name, node.labels) {
                return Rejection("node(s) didn't match scheduler-enforced node affinity")
            }
            return required.matches(node.name, node.labels)
                ? nil : Rejection("node(s) didn't match Pod's node affinity/selector")
        }
    }

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let own = pod.object["spec"]?["affinity", "nodeAffinity", Self.preferred]
        let terms = Self.terms(own) + Self.terms(addedPreference)
        if terms.isEmpty { return .skip }
        return .count(
            { node in
                terms.reduce(0) { sum, next in
                    next.term.matches(node.name, node.labels) ? sum + next.weight : sum
                }
            }, isReversed: false)
    }
    private static func terms(_ preferred: JSON?) -> [Weighted] {
        (preferred?.elements ?? []).map { element in
            (NodeTerm(element["preference"] ?? .object), element["weight"]?.int ?? 0)
        }
    }
}
