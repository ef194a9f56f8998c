/// Spreads the pods of one controller over nodes: the fewer of them a node has, the better.
struct OwnerSpread: ScorePlugin {
    static let name = "OwnerSpread"

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let owner = pod.usage.owner
        if owner.isEmpty { return .skip }
        return .count({ $0.owners[owner] ?? 0 }, isReversed: true)
    }
}
