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

    /// The pod is where it says, such as where it was before it was removed.
    public mutating func put(pod: JSON) { _ = cache.update(pod: pod.key, pod) }

    /// A pod that has been read, to be tried in this trial and in copies that are made of it later.
    public struct Candidate {
        fileprivate let pending: PendingPod
        public var key: ObjectKey { pending.key }
        /// Whether a node that refuses it keeps to that while more pods come: it looks at no other pods.
        public let isIndependent: Bool
    }
    /// As if it had no node.
    public mutating func candidate(_ pod: JSON) -> Candidate {
        let spec = pod["spec"]
        let affinity = spec?["affinity"]
        return Candidate(
            pending: pendingPod(pod),
            isIndependent: affinity?["podAffinity"] == nil && affinity?["podAntiAffinity"] == nil
                && spec?["topologySpreadConstraints"] == nil)
    }

    /// Places the pod on the first of these nodes that takes it, and returns which; nil, and nothing is placed, if none
    /// does. `nodes` nil is every node, in the order in which they came.
    public mutating func place(_ pod: JSON, on nodes: [String]? = nil) -> String? {
        place(candidate(pod), on: nodes.map { $0[...] })
    }
    /// The same; on no node of `exceptions`.
    public mutating func place(
        _ pod: Candidate, on nodes: ArraySlice<String>? = nil, except exceptions: Set<String> = []
    ) -> String? {
        guard let node = firstFit(pod.pending, nodes, exceptions) else { return nil }
        cache.assume(PlacedPod(pod.pending.object, on: node, pod.pending.usage))
        return node
    }

    /// Why this node does not take the pod, in the scheduler's words; empty if it does.
    public func reasons(_ pod: Candidate, on node: String) -> [String] {
        let pending = pod.pending
        let filters = PreparedFilters(profile.filters, pending, CycleView(cache: cache, world: world))
        if let (_, message) = filters.refusal { return [message] }
        guard let node = cache.node(node) else { return ["node is not known"] }
        return filters.rejection(node, .none)?.rejection.reasons ?? []
    }

    /// What pods on the node ask for in relation to what it has: CPU, memory; 0 where it has none of it. What `others` ask
    /// for counts neither as asked for nor as had.
    public func utilization(of node: String, leavingOut others: [JSON] = []) -> (cpu: Double, memory: Double) {
        guard let node = cache.node(node) else { return (0, 0) }
        var (cpu, memory): (Int64, Int64) = (0, 0)
        for pod in others {
            let usage = PodUsage(pod)
            cpu += usage.requests.cpu
            memory += usage.requests.memory
        }
        func share(_ asked: Int64, _ has: Int64) -> Double { has > 0 ? max(0, Double(asked)) / Double(has) : 0 }
        return (
            share(node.requested.cpu - cpu, node.allocatable.cpu - cpu),
            share(node.requested.memory - memory, node.allocatable.memory - memory)
        )
    }
    /// What the pod asks for: thousandths of a CPU, bytes.
    public static func requests(_ pod: JSON) -> (cpu: Int64, memory: Int64) {
        let usage = PodUsage(pod)
        return (usage.requests.cpu, usage.requests.memory)
    }

    /// As if it had no node.
    private mutating func pendingPod(_ pod: JSON) -> PendingPod {
        var object = pod
        if object["spec"]?["nodeName"] != nil { object["spec", "nodeName"] = nil }
        let pending = PendingPod(object)
        for plugin in profile.counting { cache.register(plugin.counted(pending, world)) }
        return pending
    }

    private func firstFit(
        _ pod: PendingPod, _ names: ArraySlice<String>?, _ exceptions: Set<String>
    ) -> String? {
        let filters = PreparedFilters(profile.filters, pod, CycleView(cache: cache, world: world))
        if filters.refusal != nil { return nil }
        func takes(_ node: NodeInfo) -> Bool {
            !exceptions.contains(node.name) && filters.checks.allSatisfy { $0.check(node, .none) == nil }
        }
        if let names {
            return names.first { cache.node($0).map(takes) ?? false }
        }
        return cache.nodes.lazy.map { cache[$0] }.first(where: takes)?.name
    }
}
