/// Taints that the pod does not tolerate: NoSchedule and NoExecute rule out, PreferNoSchedule counts against.
struct TaintToleration: FilterPlugin, ScorePlugin {
    static let name = "TaintToleration"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .nodeTaints]

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let tolerations = pod.tolerations
        return .check { node, _ in
            for taint in node.taints where taint.effect != "PreferNoSchedule" {
                if !tolerations.contains(where: { $0.tolerates(taint) }) {
                    return Rejection("node(s) had untolerated taint(s)")
                }
            }
            return nil
        }
    }

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        func prefersNot(_ taint: NodeInfo.Taint) -> Bool { taint.effect == "PreferNoSchedule" }
        if !feasible.contains(where: { $0.taints.contains(where: prefersNot) }) { return .skip }
        let tolerations = pod.tolerations
        return .count(
            { node in
                node.taints.count { taint in
                    prefersNot(taint) && !tolerations.contains { $0.tolerates(taint) }
                }
            }, isReversed: true)
    }
}
