import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Takes pods off nodes with NoExecute taints: at once if they do not tolerate one, else when their time is up.
struct TaintEvictionReconciler: Reconciler {
    static let name = "taint-eviction-controller"
    /// As Kubernetes runs it, which made it of a part of the node controller.
    static let account = "node-controller"
    static let reads: [Interest] = [
        .mapped(Pod.self) { pod, _ in pod.nodeName.isEmpty ? [] : [pod.key] },
        Interest(Node.resource) { change, world in
            if change.old?["spec"]?["taints"] == change.new?["spec"]?["taints"] { return [] }
            return world.cache(Pod.resource).onNode(change.key.name).map(\.key)
        },
    ]
    static let writes: [Permission] = [.patchStatus(Pod.self), .delete(Pod.self)]

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let pod = world.get(Pod.self, key), !pod.isBeingDeleted, !pod.isTerminal,
            let node = world.get(Node.self, ObjectKey(name: pod.nodeName))
        else { return [] }
        let taints = (node.json["spec", "taints"]?.elements ?? []).filter { $0["effect"]?.string == "NoExecute" }
        guard let due = Self.evictionTime(pod, taints, clock.now) else { return [] }
        if due > clock.now { return [.again(after: due - clock.now)] }
        return [
            .note(EventNote(pod, .normal, "TaintManagerEviction", "Marking for deletion Pod \(key)")),
            PodDisruption.mark(
                pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", clock.now),
            .delete(pod),
        ]
    }

    /// nil: it may stay.
    static func evictionTime(_ pod: Pod, _ taints: [JSON], _ now: Instant) -> Instant? {
        let tolerations = (pod.json["spec", "tolerations"]?.elements ?? []).map { PodToleration($0) }
        var earliest: Instant?
        for taint in taints {
            let matching = tolerations.filter { $0.tolerates(taint) }
            if matching.isEmpty { return now }
            // The shortest of those that set a time; without one it is tolerated for ever.
            let seconds = matching.compactMap(\.seconds).min()
            guard let seconds else { continue }
            let since = taint["timeAdded"]?.string.flatMap { Instant(rfc3339: $0) } ?? now
            let due = since + .seconds(max(0, seconds))
            earliest = min(earliest ?? due, due)
        }
        return earliest
    }
}
