import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Deletes pods whose claims hold devices with NoExecute taints that they do not tolerate, at once or when their time is up.
struct DeviceTaintReconciler: Reconciler {
    static let name = "device_taint_eviction"
    static let account = "device-taint-eviction-controller"
    static let reads: [Interest] = [
        Interest(Pod.resource) { change, _ in change.new.map { ResourceClaims.isUsed(by: $0) ? [$0.key] : [] } ?? [] },
        .mapped(ResourceClaim.self) { claim, world in ResourceClaims.pods(using: claim.key, world) },
        Interest(ResourceSlice.resource) { change, world in
            // Claims that hold a device of the slice's pool.
            guard let spec = (change.new ?? change.old)?["spec"] else { return [] }
            return world.cache(ResourceClaim.resource).all().filter { claim in
                (claim["status", "allocation", "devices", "results"]?.elements ?? []).contains {
                    $0["driver"] == spec["driver"] && $0["pool"] == spec["pool", "name"]
                }
            }.flatMap { ResourceClaims.pods(using: $0.key, world) }
        },
    ]
    static let writes: [Permission] = [.patchStatus(Pod.self), .delete(Pod.self)]
    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        ResourceClaims.addIndexes(to: world)
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let pod = world.get(Pod.self, key), !pod.isBeingDeleted, !pod.isTerminal, !pod.nodeName.isEmpty else {
            return []
        }
        let due = ResourceClaims.names(of: pod.json).compactMap { name -> Instant? in
            let claim = world.get(ResourceClaim.self, ObjectKey(namespace: key.namespace, name: name))
            // What is reserved for others alone does not concern it.
            guard let claim,
                claim.json["status", "reservedFor"]?.elements.contains(where: { $0["uid"]?.string == pod.uid }) == true
            else { return nil }
            return (claim.json["status", "allocation", "devices", "results"]?.elements ?? []).compactMap {
                evictionTime($0)
            }.min()
        }.min()
        guard let due else { return [] }
        if due > clock.now { return [.again(after: due - clock.now)] }
        return [
            .note(EventNote(pod, .normal, "DeviceTaintManagerEviction", "Marking for deletion")),
            PodDisruption.mark(
                pod, "DeletionByDeviceTaintManager", "Device Taint manager: deleting due to NoExecute taint",
                clock.now),
            .delete(pod),
        ]
    }

    /// nil: it may stay.
    private func evictionTime(_ result: JSON) -> Instant? {
        let tolerations = (result["tolerations"]?.elements ?? []).map { PodToleration($0) }
        return taints(of: result).compactMap { taint -> Instant? in
            let since = taint["timeAdded"]?.string.flatMap { Instant(rfc3339: $0) } ?? clock.now
            let matching = tolerations.filter { $0.key.isEmpty || $0.tolerates(taint) }.filter { toleration in
                (toleration.effect.isEmpty || toleration.effect == "NoExecute")
                    && (toleration.matchesAnyValue || toleration.value == taint["value"]?.string ?? "")
            }
            if matching.isEmpty { return since }
            return matching.compactMap(\.seconds).min().map { since + .seconds(max(0, $0)) }
        }.min()
    }
    private func taints(of result: JSON) -> [JSON] {
        for slice in world.cache(ResourceSlice.resource).all()
        where slice["spec", "driver"] == result["driver"] && slice["spec", "pool", "name"] == result["pool"] {
            guard let device = slice["spec", "devices"]?.elements.first(where: { $0["name"] == result["device"] })
            else { continue }
            return (device["taints"]?.elements ?? []).filter { $0["effect"]?.string == "NoExecute" }
        }
        return []
    }
}
