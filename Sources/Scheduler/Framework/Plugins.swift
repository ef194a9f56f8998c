import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What a cycle reads of the cluster.
struct CycleView {
    let cache: SchedulerCache
    let world: World
    var nominations = Nominations()
}

/// What is imagined to be different of a node, of which the check gets a copy with these pods added and removed; it is for
/// plugins that count over many nodes.
struct NodeChange {
    var removed: [PlacedPod] = []
    var added: [PlacedPod] = []
    var isEmpty: Bool { removed.isEmpty && added.isEmpty }
    static let none = NodeChange()
}

/// Why a node (or, before nodes are looked at, the cluster) does not take a pod; each reason is counted in the message.
struct Rejection {
    var reasons: [String]
    /// Whether pods that leave the node might help (Unschedulable, or else UnschedulableAndUnresolvable).
    var canBeResolved: Bool
    /// One that no leaving pod can help.
    init(_ reason: String) { self.init([reason], canBeResolved: false) }
    /// One that leaving pods might help.
    static func resolvable(_ reason: String) -> Rejection { Rejection([reason], canBeResolved: true) }
    init(_ reasons: [String], canBeResolved: Bool) {
        self.reasons = reasons
        self.canBeResolved = canBeResolved
    }
}

/// Rules nodes out. `prepare` is Kubernetes' PreFilter: it looks at the pod once; the check it returns is Filter.
protocol FilterPlugin: Sendable {
    static var name: String { get }
    /// News that may let in a pod that this plugin kept out.
    static var wakes: Set<ClusterEvent> { get }
    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep
    /// Whether it may matter to a pod that it kept out that these came or went (a queueing hint).
    func isHelped(_ pod: PendingPod, by moved: [PlacedPod], _ view: CycleView) -> Bool
}

extension FilterPlugin {
    func isHelped(_ pod: PendingPod, by moved: [PlacedPod], _ view: CycleView) -> Bool { true }
}

/// Pods that a plugin wants to know the number of, by node and in each of these topologies.
struct Counted {
    var selection: PodSelection
    var topologyKeys: [String]
}

/// A plugin that looks at how many pods of some sort are where.
protocol CountingPlugin: Sendable {
    /// What must be counted before `prepare` is asked about this pod.
    func counted(_ pod: PendingPod, _ world: World) -> [Counted]
}

typealias FilterCheck = (NodeInfo, NodeChange) -> Rejection?

enum FilterStep {
    /// Nothing to check for this pod.
    case skip
    case check(FilterCheck)
    /// No node will do, for this reason.
    case reject(String)
}

/// Says what else could be done for a pod that fits nowhere.
protocol PostFilterPlugin: Sendable {
    static var name: String { get }
    func postFilter(
        _ pod: PendingPod, _ view: CycleView, _ filters: PreparedFilters, _ diagnosis: Diagnosis,
        _ random: inout SplitMix64
    ) -> PostFilterStep
}

enum PostFilterStep {
    /// It can do nothing, and says why; `forgets`: nor can the node help that the pod was promised.
    case nothing(String, forgets: Bool)
    /// The pod is promised this node, which these have to leave.
    case nominate(String, victims: [PlacedPod])
    /// These changes may help, and say so; the pod is tried again once they have had effect.
    case change([Change], String)
}

/// Prefers nodes. `prepare` is PreScore; the scores (0 … 100 when normalized) are Score.
protocol ScorePlugin: Sendable {
    static var name: String { get }
    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep
}

enum ScoreStep {
    case skip
    case score((NodeInfo) -> Int)
    /// Raw counts, to be spread over 0 … 100; `isReversed` if fewer is better.
    case count((NodeInfo) -> Int, isReversed: Bool)
    /// Raw numbers, of which the least is 0 and the greatest 100.
    case scaled((NodeInfo) -> Int)
    /// The scores of all of them, in their order.
    case all([Int])
}

/// Prepares the cluster for a pod on a node before it is bound, such as choosing its volumes.
protocol PreBindPlugin: Sendable {
    static var name: String { get }
    /// All that its changes do, but for events.
    static var writes: [Permission] { get }
    func preBind(_ pod: PendingPod, _ node: String, _ view: CycleView) -> PreBindStep
}

enum PreBindStep {
    /// The pod can be bound.
    case ready
    /// The pod is not bound now: these changes (none, if they are under way) must have effect first. It keeps its place
    /// on the node, and is looked at again when something changes.
    /// What is held counts as allocated until the cluster shows it, or the changes failed.
    case wait(for: [Change], holding: [Hold] = [])

    /// Devices for a claim.
    struct Hold {
        var claim: ObjectKey
        var uid: String
        /// resource.k8s.io/v1 AllocationResult
        var allocation: JSON
    }
}

/// The plugins of one scheduler name, in order: one line each.
struct Profile: Sendable {
    var schedulerName = "default-scheduler"
    /// How many hundredths of the nodes are enough to choose from; nil or 0 is by their number.
    var percentageOfNodesToScore: Int?
    var filters: [any FilterPlugin] = [
        NodeUnschedulable(),
        NodeName(),
        TaintToleration(),
        NodeAffinity(),
        NodePorts(),
        NodeResourcesFit(),
        VolumeRestrictions(),
        NodeVolumeLimits(),
        VolumeBinding(),
        VolumeZone(),
        PodTopologySpread(),
        InterPodAffinity(),
        DynamicResources(),
    ]
    var postFilters: [any PostFilterPlugin] = [DynamicResources(), DefaultPreemption()]
    var scores: [(plugin: any ScorePlugin, weight: Int)] = [
        (TaintToleration(), 3),
        (NodeAffinity(), 2),
        (PodTopologySpread(), 2),
        (InterPodAffinity(), 2),
        (DynamicResources(), 2),
        (NodeResourcesFit(), 1),
        (NodeResourcesBalancedAllocation(), 1),
        (ImageLocality(), 1),
    ]
    /// Those that count, each once.
    var counting: [any CountingPlugin] {
        var names: Set<String> = []
        let all =
            filters.compactMap { $0 as? any CountingPlugin } + scores.compactMap { $0.plugin as? any CountingPlugin }
        return all.filter { names.insert("\(type(of: $0))").inserted }
    }
    var preBinds: [any PreBindPlugin] = [VolumeBinding(), DynamicResources()]
}
