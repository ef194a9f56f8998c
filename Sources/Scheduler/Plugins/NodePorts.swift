/// Host ports are free on the node: 0.0.0.0 meets every address.
struct NodePorts: FilterPlugin {
    static let name = "NodePorts"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .podRemoved]

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let wanted = pod.usage.hostPorts
        if wanted.isEmpty { return .skip }
        return .check { node, _ in
            let isTaken = node.ports.keys.contains { used in
                wanted.contains { port in
                    port.number == used.number && port.protocol == used.protocol
                        && (port.address == used.address || port.address == "0.0.0.0" || used.address == "0.0.0.0")
                }
            }
            return isTaken ? .resolvable("node(s) didn't have free ports for the requested pod ports") : nil
        }
    }
}
