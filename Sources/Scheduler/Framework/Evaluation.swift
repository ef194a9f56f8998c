import APIMachinery

/// What every node is to a pod: which filters refuse it there, or what each plugin gives.
struct Evaluation: Sendable {
    struct Refusal: Sendable, Equatable {
        var plugin: String
        var reasons: [String]
    }
    struct Score: Sendable, Equatable {
        var plugin: String
        /// From 0 to 100.
        var score: Int
        var weight: Int
    }
    struct Node: Sendable {
        var name: String
        /// Empty if the pod fits there.
        var refusals: [Refusal] = []
        var scores: [Score] = []
        var total: Int { scores.reduce(0) { $0 + $1.score * $1.weight } }
    }
    /// Set if no node is looked at, and who says so.
    var refusal: Refusal?
    /// In the order in which the nodes came.
    var nodes: [Node] = []

    var json: JSON {
        var result: JSON = ["nodes": JSON(ordered.map(Self.json))]
        if let refusal { result["refusedBy"] = Self.json(refusal) }
        return result
    }

    /// The best first, then those that refuse, by name.
    private var ordered: [Node] {
        nodes.sorted { left, right in
            if left.refusals.isEmpty != right.refusals.isEmpty { return left.refusals.isEmpty }
            return left.total != right.total ? left.total > right.total : left.name < right.name
        }
    }
    private static func json(_ refusal: Refusal) -> JSON {
        ["plugin": JSON(refusal.plugin), "reasons": JSON(refusal.reasons)]
    }
    private static func json(_ node: Node) -> JSON {
        var result: JSON = ["name": JSON(node.name), "fits": JSON(node.refusals.isEmpty)]
        if node.refusals.isEmpty {
            result["total"] = JSON(node.total)
            result["scores"] = JSON(
                node.scores.map {
                    ["plugin": JSON($0.plugin), "score": JSON($0.score), "weight": JSON($0.weight)]
                })
        } else {
            result["refusedBy"] = JSON(node.refusals.map(json))
        }
        return result
    }
}

extension SchedulingCycle {
    /// Looks at all nodes, and at each with all filters.
    func evaluate(_ pod: PendingPod) -> Evaluation {
        var evaluation = Evaluation()
        let filters = PreparedFilters(profile.filters, pod, view)
        if let (plugin, message) = filters.refusal {
            evaluation.refusal = Evaluation.Refusal(plugin: plugin, reasons: [message])
            return evaluation
        }
        var feasible: [NodeInfo] = []
        for slot in view.cache.nodes {
            let node = view.cache[slot]
            var refusals = filters.checks.compactMap { plugin, check in
                check(node, .none).map { Evaluation.Refusal(plugin: plugin, reasons: $0.reasons) }
            }
            if refusals.isEmpty, let (plugin, rejection) = filters.rejectionBesideNominated(node) {
                refusals = [Evaluation.Refusal(plugin: plugin, reasons: rejection.reasons)]
            }
            if refusals.isEmpty { feasible.append(node) }
            evaluation.nodes.append(Evaluation.Node(name: node.name, refusals: refusals))
        }
        let scores = scores(pod, feasible)
        var position = 0
        for index in evaluation.nodes.indices where evaluation.nodes[index].refusals.isEmpty {
            evaluation.nodes[index].scores = scores.map {
                Evaluation.Score(plugin: $0.plugin, score: $0.scores[position], weight: $0.weight)
            }
            position += 1
        }
        return evaluation
    }
}
