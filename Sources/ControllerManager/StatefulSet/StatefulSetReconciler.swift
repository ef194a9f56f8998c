import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Keeps the pods of a StatefulSet, each under its own name with its own claims.
struct StatefulSetReconciler: Reconciler {
    static let name = "statefulset-controller"
    static let reads: [Interest] = [
        .every(StatefulSet.self), .owned(Pod.self, by: StatefulSet.self), .mapped(Pod.self, ownerless),
        .owned(ControllerRevision.self, by: StatefulSet.self), .mapped(PersistentVolumeClaim.self, ofClaim),
    ]
    static let writes: [Permission] = [
        .create(Pod.self), .update(Pod.self), .patch(Pod.self), .delete(Pod.self),
        .create(ControllerRevision.self), .update(ControllerRevision.self), .patch(ControllerRevision.self),
        .delete(ControllerRevision.self),
        .create(PersistentVolumeClaim.self), .patch(PersistentVolumeClaim.self), .status(StatefulSet.self),
    ]

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        Indexes.addOrphans(to: world.cache(Pod.self))
        Indexes.addOrphans(to: world.cache(ControllerRevision.self))
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let set = world.get(StatefulSet.self, key), let selector = set.spec.selector, !selector.isEmpty else {
            return []
        }
        let orphans = world.cache(Pod.self).indexed(Indexes.orphans, key.namespace).map { Pod($0) }
        let pods = Claim(
            of: set, selector, owned: world.controlled(Pod.self, by: set.uid),
            orphans: orphans.filter { set.ordinal(of: $0) != nil })
        let lost = world.cache(ControllerRevision.self).indexed(Indexes.orphans, key.namespace)
        let revisions = Claim(
            of: set, selector, owned: world.controlled(ControllerRevision.self, by: set.uid),
            orphans: lost.map { ControllerRevision($0) })
        var changes = pods.changes + revisions.changes
        if set.isBeingDeleted { return changes }

        let history = RevisionHistory(
            of: set, template: set.json["spec", "template"] ?? .object, owned: revisions.claimed,
            collisionCount: set.status.collisionCount ?? 0,
            named: { world.get(ControllerRevision.self, ObjectKey(namespace: key.namespace, name: $0)) })
        changes += history.changes
        let current = history[set.status.currentRevision] ?? history.update
        let claims = StatefulClaims(set: set) { world.get(PersistentVolumeClaim.self, $0) }
        let now = clock.now
        let plan = StatefulPlan(set, pods.claimed, history, current, claims, now)
        changes += plan.changes
        changes += StatefulSetReport(set, pods.claimed, history, current, now).changes
        let live = Set(pods.claimed.compactMap(\.revisionHash) + [current.name])
        changes += history.surplus(beyond: set.spec.revisionHistoryLimit ?? 10, live: live)
        if let wait = plan.wait { changes.append(.again(after: wait)) }
        return changes
    }

    /// The sets that might adopt a pod that nobody controls.
    private static let ownerless: @Sendable (Pod, World) -> [ObjectKey] = { pod, world in
        guard pod.controller == nil else { return [] }
        return world.all(StatefulSet.self, in: pod.namespace).filter { set in
            set.spec.selector.map { !$0.isEmpty && $0.matches(labelsOf: pod.json) } ?? false
        }.map(\.key)
    }

    /// The sets whose pods may wait for a claim to go.
    private static let ofClaim: @Sendable (PersistentVolumeClaim, World) -> [ObjectKey] = { claim, world in
        guard claim.metadata.ownerReferences.contains(where: { $0.kind == Pod.groupVersionKind.kind }) else {
            return []
        }
        return world.all(StatefulSet.self, in: claim.namespace).filter { set in
            set.spec.volumeClaimTemplates.contains { claim.name.hasPrefix("\($0.name)-\(set.name)-") }
        }.map(\.key)
    }
}
