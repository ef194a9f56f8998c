import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Rolls ReplicaSets from one pod template to the next.
struct DeploymentReconciler: Reconciler {
    static let name = "deployment-controller"
    static let reads: [Interest] = [
        .every(Deployment.self), .owned(ReplicaSet.self, by: Deployment.self), .mapped(ReplicaSet.self, ownerless),
        // Recreate waits for the last old pod to end.
        Interest(Pod.resource) { change, world in
            guard let pod = (change.new ?? change.old).map({ Pod($0) }), change.new == nil || pod.isFinished,
                let owner = pod.controller, owner.kind == "ReplicaSet",
                let set = world.get(ReplicaSet.self, ObjectKey(namespace: pod.namespace, name: owner.name ?? "")),
                let deployment = set.controller?.name
            else { return [] }
            return [ObjectKey(namespace: pod.namespace, name: deployment)]
        },
    ]
    static let writes: [Permission] = [
        .create(ReplicaSet.self), .update(ReplicaSet.self), .patch(ReplicaSet.self), .delete(ReplicaSet.self),
        .status(Deployment.self),
    ]

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        Indexes.addOrphans(to: world.cache(ReplicaSet.self))
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let deployment = world.get(Deployment.self, key),
            let selector = deployment.spec.selector
        else { return [] }
        if selector.isEmpty {
            let sentence = "This deployment is selecting all pods. A non-empty selector is required."
            return [.note(EventNote(deployment, .warning, "SelectingAll", sentence))]
        }
        let orphans = world.cache(ReplicaSet.self).indexed(Indexes.orphans, key.namespace).map { ReplicaSet($0) }
        let claim = Claim(
            of: deployment, selector, owned: world.controlled(ReplicaSet.self, by: deployment.uid), orphans: orphans)
        var rollout = Rollout(deployment, claim.claimed, now: clock.now)
        rollout.nameTaken = { name in world.get(ReplicaSet.self, ObjectKey(namespace: key.namespace, name: name)) }
        rollout.runsPods = { set in
            world.controlled(Pod.self, by: set.uid).contains { !$0.isFinished }
        }
        rollout.run()
        return claim.changes + rollout.changes
    }

    private static let ownerless: @Sendable (ReplicaSet, World) -> [ObjectKey] = { set, world in
        guard set.controller == nil else { return [] }
        return world.all(Deployment.self, in: set.namespace).filter { deployment in
            deployment.spec.selector.map { !$0.isEmpty && $0.matches(labelsOf: set.json) } ?? false
        }.map(\.key)
    }
}
