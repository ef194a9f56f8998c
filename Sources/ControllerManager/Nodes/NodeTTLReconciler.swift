import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// Tells nodes for how long they may keep ConfigMaps and Secrets that they have read: the longer the larger the cluster
/// is. It has one key, for all nodes.
struct NodeTTLReconciler: Reconciler {
    static let name = "ttl-controller"
    /// In seconds.
    static let annotation = "node.alpha.kubernetes.io/ttl"
    static let reads: [Interest] = [
        Interest(Node.resource) { change, _ in
            guard let old = change.old, let new = change.new else { return [all] }
            return value(old) == value(new) ? [] : [all]
        }
    ]
    static let writes: [Permission] = [.patch(Node.self)]
    private static let all = ObjectKey(name: "all")

    let world: World
    let clock: any TimeSource
    private let size = ClusterSize()

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    private static func value(_ node: JSON) -> String? { node["metadata", "annotations", annotation]?.string }

    func reconcile(_ key: ObjectKey) -> [Change] {
        let nodes = world.cache(Node.self).all()
        // While many nodes come, each is not written again at every border that their number crosses.
        if let wait = size.rest(of: nodes.count, clock.now) { return [.again(after: wait)] }
        let wanted = String(size.seconds(of: nodes.count))
        let patches = nodes.filter { Self.value($0) != wanted && !$0.isBeingDeleted }.map { node -> Change in
            .patch(
                Node.resource, node.key, .merge,
                ["metadata": ["uid": JSON(node.uid), "annotations": [Self.annotation: JSON(wanted)]]])
        }
        return patches.isEmpty ? [] : [.batch(Batch(patches))]
    }
}

/// In which span of sizes the cluster is. They overlap, so that a cluster at a border does not go back and forth.
final class ClusterSize: Sendable {
    /// Kubernetes' figures.
    private static let spans: [(nodes: ClosedRange<Int>, seconds: Int)] = [
        (0...100, 0), (90...500, 15), (450...1_000, 30), (900...2_000, 60), (1_800...Int.max, 300),
    ]
    /// So long the number of nodes must have been the same.
    static let pause = Duration.seconds(1)
    private let place = Mutex(0)
    private let last = Mutex<(nodes: Int, since: Instant)?>(nil)

    /// How long to wait until the number counts; nil once it does.
    func rest(of nodes: Int, _ now: Instant) -> Duration? {
        last.withLock { last in
            guard let known = last, known.nodes == nodes else {
                last = (nodes, now)
                return Self.pause
            }
            return now - known.since < Self.pause ? Self.pause : nil
        }
    }

    func seconds(of nodes: Int) -> Int {
        place.withLock { place in
            while nodes > Self.spans[place].nodes.upperBound { place += 1 }
            while nodes < Self.spans[place].nodes.lowerBound { place -= 1 }
            return Self.spans[place].seconds
        }
    }
}
