import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Takes the condition DisruptionTarget back from pods that were to go and have not gone two minutes later. What the node
/// itself says stays.
struct StaleDisruptionReconciler: Reconciler {
    static let name = "stale_pod_disruption"
    static let account = DisruptionReconciler.account
    static let reads: [Interest] = [
        Interest(Pod.resource) { change, _ in
            change.new.flatMap { claimed(Pod($0)) } == nil ? [] : [change.key]
        }
    ]
    static let writes: [Permission] = [.patchStatus(Pod.self)]
    static let patience = Duration.seconds(120)

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    /// The condition of a pod that is to go, has not ended and is not on its way out.
    private static func claimed(_ pod: Pod) -> JSON? {
        guard !pod.isBeingDeleted, !pod.isTerminal, let condition = pod.condition("DisruptionTarget"),
            condition["status"]?.string == "True", condition["reason"]?.string != "TerminationByKubelet"
        else { return nil }
        return condition
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let pod = world.get(Pod.self, key), let condition = Self.claimed(pod) else { return [] }
        let since = condition["lastTransitionTime"]?.string.flatMap { Instant(rfc3339: $0) } ?? .distantPast
        let now = clock.now
        if now < since + Self.patience { return [.again(after: since + Self.patience - now)] }
        var new: JSON = [
            "type": "DisruptionTarget", "status": "False", "reason": .null, "message": .null,
            "lastTransitionTime": JSON(now.rfc3339),
        ]
        new["observedGeneration"] = pod.json["metadata", "generation"]
        return [
            .patch(
                Pod.resource, key, .strategicMerge,
                ["metadata": ["uid": JSON(pod.uid)], "status": ["conditions": [new]]], subresource: .status)
        ]
    }
}
