import APIMachinery

/// A pod that names its node goes there or nowhere.
struct NodeName: FilterPlugin {
    static let name = "NodeName"
    static let wakes: Set<ClusterEvent> = [.nodeAdded]

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let wanted = pod.object["spec"]?["nodeName"]?.string ?? ""
        if wanted.isEmpty { return .skip }
        return .check { node, _ in
            node.name == wanted ? nil : Rejection("node(s) didn't match the requested node name")
        }
    }
}

/// Keeps pods off cordoned nodes, unless they tolerate that.
struct NodeUnschedulable: FilterPlugin {
    static let name = "NodeUnschedulable"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .nodeTaints]
    private static let taint = NodeInfo.Taint(
        key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule")

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        if pod.tolerations.contains(where: { $0.tolerates(Self.taint) }) { return .skip }
        return .check { node, _ in node.isUnschedulable ? Rejection("node(s) were unschedulable") : nil }
    }
}
