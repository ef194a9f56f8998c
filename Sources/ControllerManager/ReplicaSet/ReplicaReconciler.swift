import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Keeps as many pods alive as a ReplicaSet (or a ReplicationController) asks for.
struct ReplicaReconciler<Owner: ReplicaOwner>: Reconciler {
    static var name: String { Owner.controllerName }
    static var reads: [Interest] {
        [.every(Owner.self), .owned(Pod.self, by: Owner.self), .mapped(Pod.self, ownerless)]
    }
    static var writes: [Permission] {
        [.create(Pod.self), .delete(Pod.self), .patch(Pod.self), .status(Owner.self)]
    }
    /// At most so many pods are made or deleted before the key is looked at again.
    static var burstLimit: Int { 500 }

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        Indexes.addOrphans(to: world.cache(Pod.self))
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let set = world.get(Owner.self, key), let selector = set.podSelector, !selector.isEmpty else {
            return []
        }
        let orphans = world.cache(Pod.self).indexed(Indexes.orphans, key.namespace).map { Pod($0) }
        let claim = Claim(
            of: set, selector, owned: world.controlled(Pod.self, by: set.uid), orphans: orphans.filter { $0.isActive })
        let active = claim.claimed.filter { $0.isActive }
        var changes = claim.changes
        if !set.isBeingDeleted { changes += scale(set, active, claim.claimed) }
        return changes + ReplicaReport(set, claim.claimed, clock.now).changes
    }

    /// `pods` are `active` and those that have ended or are ending.
    private func scale(_ set: Owner, _ active: [Pod], _ pods: [Pod]) -> [Change] {
        let difference = set.replicas - active.count
        if difference > 0 { return [create(set, min(difference, Self.burstLimit), beside: pods)] }
        if difference < 0 {
            let ranked = PodRanking(active, related: related(to: set, active), now: clock.now).leastMissedFirst
            return [delete(set, Array(ranked.prefix(min(-difference, Self.burstLimit))), of: pods)]
        }
        return []
    }

    private func create(_ set: Owner, _ count: Int, beside pods: [Pod]) -> Change {
        let pod = Pod(from: set.podTemplate, for: set)
        return .batch(
            Batch(
                Array(repeating: .create(pod), count: count),
                succeeded: { _, pod in
                    EventNote(set, .normal, "SuccessfulCreate", "Created pod: \(pod.key.name)")
                },
                failed: { error in
                    [
                        .note(EventNote(set, .warning, "FailedCreate", "Error creating: \(error.message)")),
                        ReplicaReport.failure(set, pods, "FailedCreate", error.message, clock.now),
                    ].compactMap { $0 }
                }))
    }

    private func delete(_ set: Owner, _ some: [Pod], of pods: [Pod]) -> Change {
        .batch(
            Batch(
                some.map { .delete($0) },
                succeeded: { change, _ in
                    guard case .delete(_, let key, _) = change else { return nil }
                    return EventNote(set, .normal, "SuccessfulDelete", "Deleted pod: \(key.name)")
                },
                failed: { error in
                    [
                        .note(EventNote(set, .warning, "FailedDelete", "Error deleting: \(error.message)")),
                        ReplicaReport.failure(set, pods, "FailedDelete", error.message, clock.now),
                    ].compactMap { $0 }
                }))
    }

    /// The active pods of all sets of the same Deployment: of those that share a node, one goes first.
    private func related(to set: Owner, _ own: [Pod]) -> [Pod] {
        guard let owner = set.controller?.uid else { return own }
        return world.controlled(Owner.self, by: owner).flatMap { world.controlled(Pod.self, by: $0.uid) }
            .filter { $0.isActive }
    }

    /// The sets that might adopt a pod that nobody controls.
    @Sendable private static func ownerless(_ pod: Pod, _ world: World) -> [ObjectKey] {
        guard pod.controller == nil else { return [] }
        return world.all(Owner.self, in: pod.namespace).filter { set in
            set.podSelector.map { !$0.isEmpty && $0.matches(labelsOf: pod.json) } ?? false
        }.map { $0.key }
    }
}

extension Pod {
    /// A new pod by a template; the server completes its name.
    init(from template: PodTemplateSpec, for owner: some Kind) {
        self.init { pod in
            pod.metadata = ObjectMeta { meta in
                meta.generateName = "\(owner.name)-"
                meta.namespace = owner.namespace
                let given = template.metadata
                meta.labels = given.labels
                meta.annotations = given.annotations
                meta.finalizers = given.finalizers
                meta.ownerReferences = [OwnerReference(controlling: owner)]
            }
            pod.json["spec"] = template.json["spec"] ?? .object
        }
    }
}
