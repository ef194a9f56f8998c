import APIMachinery
import ControlLoops
import KubeAPI

/// The cluster as the scheduler counts it, a value to try placements in: with nodes that do not exist yet, and without some
/// that do. It judges by the filters of the default profile, as the scheduler does; it scores nothing and preempts nobody.
public struct PlacementTrial {
    private let profile = Profile()
    private let world: World
    private var cache = SchedulerCache()

    /// What is read of a world.
    public static let reads = SchedulerLoop.reads

    /// The nodes and pods of a world, which must have been listed.
    public init(_ world: World) {
        self.world = world
        for node in world.cache(Node.resource).all() { _ = cache.update(node: node.key.name, node) }
        for namespace in world.cache(Namespace.resource).all() {
            _ = cache.update(namespace: namespace.key.name, namespace)
        }
        for pod in world.cache(Pod.resource).all() { _ = cache.update(pod: pod.key, pod) }
    }

    /// Adds a node, or has it be as this.
    public mutating func put(node: JSON) { _ = cache.update(node: node.key.name, node) }
    /// The node's pods are not moved.
    public mutating func remove(node name: String) { _ = cache.update(node: name, nil) }
    /// The pod is nowhere any more.
    public mutating func remove(pod key: ObjectKey) { _ = cache.update(pod: key, nil) }

    /// Places the pod on the first of these nodes that takes it, and returns which; nil, and nothing is placed, if none
    /// does. `nodes` nil is every node, in the order in which they came.
    public mutating func place(_ pod: JSON, on nodes: [String]? = nil) -> String? {
        let pending = pendingPod(pod)
        guard let node = firstFit(pending, nodes) else { return nil }
        cache.assume(PlacedPod(pending.object, on: node, pending.usage))
        return node
    }

    /// Why this node does not take the pod, in the scheduler's words; empty if it does.
    public mutating func reasons(_ pod: JSON, on node: String) -> [String] {
        let pending = pendingPod(pod)
        let filters = PreparedFilters(profile.filters, pending, CycleView(cache: cache, world: world))
        if let (_, message) = filters.refusal { return [message] }
        guard let node = cache.node(node) else { return ["node is not known"] }
        return filters.rejection(node, .none)?.rejection.reasons ?? []
    }

    /// What pods on the node ask for in relation to what it has: CPU, memory; 0 where it has none of it.
    public func utilization(of node: String) -> (cpu: Double, memory: Double) {
        guard let node = cache.node(node) else { return (0, 0) }
        func share(_ asked: Int64, _ has: Int64) -> Double { has > 0 ? Double(asked) / Double(has) : 0 }
        return (
            share(node.requested.cpu, node.allocatable.cpu), share(node.requested.memory, node.allocatable.memory)
        )
    }

    /// As if it had no node.
    private mutating func pendingPod(_ pod: JSON) -> PendingPod {
        var object = pod
        if object["spec"]?["nodeName"] != nil { object["spec", "nodeName"] = nil }
        let pending = PendingPod(object)
        for plugin in profile.counting { cache.register(plugin.counted(pending, world)) }
        return pending
    }

    private func firstFit(_ pod: PendingPod, _ names: [String]?) -> String? {
        let filters = PreparedFilters(profile.filters, pod, CycleView(cache: cache, world: world))
        if filters.refusal != nil { return nil }
        func takes(_ node: NodeInfo) -> Bool { filters.checks.allSatisfy { $0.check(node, .none) == nil } }
        if let names {
            return names.first { cache.node($0).map(takes) ?? false }
        }
        return cache.nodes.lazy.map { cache[$0] }.first(where: takes)?.name
    }
}
