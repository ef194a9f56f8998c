import APIMachinery
import ControlLoops
import KubeAPI

/// Gives each node that has none the addresses of its pods: the first network of the cluster's that is nobody's (node IPAM,
/// `range_allocator`). It has one key, so that no two nodes are given the same.
struct NodeAddressReconciler: Reconciler {
    static let name = "node-ipam-controller"
    static let component = "cidrAllocator"
    static let account = "node-controller"
    static let reads: [Interest] = [
        Interest(Node.resource) { change, _ in
            // Also one that goes: its network is another's now.
            change.new == nil || change.new?["spec", "podCIDR"] == nil ? [all] : []
        }
    ]
    static let writes: [Permission] = [.patch(Node.self)]
    private static let all = ObjectKey(name: "all")

    let world: World
    let network: ClusterNetwork
    /// Networks at the front that are kept for nodes of this process, which bring theirs.
    let reserved: Int

    init(_ context: LoopContext, network: ClusterNetwork, reserved: Int) {
        world = context.world
        self.network = network
        self.reserved = reserved
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        let nodes = world.all(Node.self).sorted { $0.key < $1.key }
        var taken = Set(nodes.flatMap { [$0.spec.podCIDR].compactMap { $0 } + $0.spec.podCIDRs })
        var next = reserved
        var changes: [Change] = []
        for node in nodes where node.spec.podCIDR == nil && !node.isBeingDeleted {
            while let range = network.podCIDR(ofNode: next), taken.contains(range.description) { next += 1 }
            guard let range = network.podCIDR(ofNode: next)?.description else {
                let message = "Node \(node.name) status is now: CIDRNotAvailable"
                changes.append(.note(EventNote(node, .normal, "CIDRNotAvailable", message)))
                continue
            }
            taken.insert(range)
            changes.append(.patch(node, ["spec": ["podCIDR": JSON(range), "podCIDRs": [JSON(range)]]]))
        }
        return changes
    }
}
