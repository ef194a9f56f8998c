import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// Sweeps away pods that nobody else will: on nodes that are no more or out of service, deleted before they had a node, and
/// the oldest of very many that have ended. It has one key and looks every 20 seconds.
struct PodGarbageReconciler: Reconciler {
    static let name = "pod-garbage-collector"
    static let reads: [Interest] = [
        Interest(Node.resource) { change, _ in change.old == nil || change.new == nil ? [sweep] : [] },
        Interest(Pod.resource) { change, _ in
            // A pod that will never have a node is not kept waiting.
            change.new.map { $0.isBeingDeleted && Pod($0).nodeName.isEmpty } == true ? [sweep] : []
        },
    ]
    static let writes: [Permission] = [.delete(Pod.self), .patchStatus(Pod.self)]
    static let period = Duration.seconds(20)
    /// Kubernetes' default.
    static let endedLimit = 12_500
    /// How long a node must be missing.
    static let quarantine = Duration.seconds(40)
    private static let outOfService = "node.kubernetes.io/out-of-service"
    private static let sweep = ObjectKey(name: "sweep")

    let world: World
    let clock: any TimeSource
    private let missing = MissingNodes()

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        // So that a sweep looks at what may have to go, not at every pod of the cluster.
        world.cache(Pod.self).addIndex(Self.index) { object in
            let pod = Pod(object)
            if pod.isBeingDeleted { return pod.nodeName.isEmpty ? [Self.unbound] : [] }
            return pod.isTerminal ? [Self.ended] : []
        }
    }
    private static let index = "garbage"
    private static let unbound = "unbound"
    private static let ended = "ended"

    func reconcile(_ key: ObjectKey) -> [Change] {
        let pods = world.cache(Pod.self)
        let unplaced: [Pod] = pods.indexed(Self.index, Self.unbound).map { Pod($0) }
        let abandoned = abandoned
        let absent = missing.update(
            Set(pods.nodesOfPods.filter { world.get(Node.self, ObjectKey(name: $0)) == nil }), clock.now)
        let orphaned: [Pod] = absent.flatMap { pods.onNode($0) }.map { Pod($0) }
        var doomed = unplaced + abandoned + orphaned
        if pods.indexedCount(Self.index, Self.ended) > Self.endedLimit {
            let ended = pods.indexed(Self.index, Self.ended).map { Pod($0) }
            // Those that a node has evicted tell least.
            let oldest = ended.sorted { left, right in
                let evicted = [left, right].map {
                    $0.phase == "Failed" && $0.json["status", "reason"]?.string == "Evicted"
                }
                if evicted[0] != evicted[1] { return evicted[0] }
                return (left.created?.nanoseconds ?? 0, left.key) < (right.created?.nanoseconds ?? 0, right.key)
            }
            doomed += oldest.prefix(ended.count - Self.endedLimit)
        }
        let marks =
            (unplaced + abandoned).filter { !$0.isTerminal }.map {
                PodDisruption.mark($0, nil, "", clock.now, fails: true)
            }
            + orphaned.filter { !$0.isTerminal }.map {
                PodDisruption.mark($0, "DeletionByPodGC", "PodGC: node no longer exists", clock.now, fails: true)
            }
        let deletions: [Change] = doomed.map { .delete($0, gracePeriodSeconds: 0) }
        let batches = [marks, deletions].filter { !$0.isEmpty }.map { Change.batch(Batch($0)) }
        return batches + [.again(after: Self.period)]
    }

    /// Pods on their way out of nodes that are not ready and that somebody has declared out of service.
    private var abandoned: [Pod] {
        let nodes = world.all(Node.self).filter { node in
            NodeHealth.ready(node) != "True"
                && node.json["spec", "taints"]?.elements.contains { $0["key"]?.string == Self.outOfService } == true
        }
        return nodes.flatMap { world.cache(Pod.self).onNode($0.name) }.map { Pod($0) }.filter(\.isBeingDeleted)
    }
}

/// Since when nodes that pods name have been missing.
private final class MissingNodes: Sendable {
    private let since = Mutex<[String: Instant]>([:])
    /// Those that have been missing long enough.
    func update(_ names: Set<String>, _ now: Instant) -> Set<String> {
        since.withLock { since in
            since = since.filter { names.contains($0.key) }
            for name in names where since[name] == nil { since[name] = now }
            return Set(since.filter { now - $0.value >= PodGarbageReconciler.quarantine }.keys)
        }
    }
}
