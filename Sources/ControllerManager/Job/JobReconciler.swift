import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Runs a Job's pods until enough have succeeded, or it has failed.
struct JobReconciler: Reconciler {
    static let name = "job-controller"
    static let reads: [Interest] = [
        .every(Job.self), .owned(Pod.self, by: Job.self), .mapped(Pod.self, ownerless),
    ]
    static let writes: [Permission] = [
        .create(Pod.self), .delete(Pod.self), .patch(Pod.self), .status(Job.self),
    ]
    /// Jobs of others are left to them.
    static let ownManager = "kubernetes.io/job-controller"

    let world: World
    let clock: any TimeSource
    private let givenUp = GivenUpPods()

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        Indexes.addOrphans(to: world.cache(Pod.self))
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let job = world.get(Job.self, key) else {
            _ = givenUp.update(key, present: [])
            return releaseOrphans(key)
        }
        guard job.spec.managedBy == nil || job.spec.managedBy == Self.ownManager else { return [] }
        let owned = world.controlled(Pod.self, by: job.uid)
        // What is gone or done with keeps no pod from going.
        if job.isBeingDeleted || job.isFinished {
            _ = givenUp.update(key, present: [])
            return owned.filter(\.isTracked).map(Self.release)
        }
        guard let selector = job.spec.selector else { return [] }
        let orphans = world.cache(Pod.self).indexed(Indexes.orphans, key.namespace).map { Pod($0) }
        let claim = Claim(of: job, selector, owned: owned, orphans: orphans.filter(\.isActive))
        return claim.changes
            + changes(
                job, JobPods(job, claim.claimed, givenUp: givenUp.update(key, present: claim.claimed)))
    }

    private func changes(_ job: Job, _ pods: JobPods) -> [Change] {
        let now = clock.now
        let count = JobCount(job, pods)
        let verdict = JobVerdict(job, pods, count, now)
        let scale = verdict == nil ? JobScale(job, pods, count, now) : nil
        let deleted = scale?.deleted ?? pods.active
        let report = JobReport(job, pods, count, verdict, leaving: deleted, now)
        // Counts are written before any pod is let go of; pods are stopped before an end is told.
        var changes: [Change] = []
        if !deleted.isEmpty {
            // What the Job does not want any more is let go of first, so that it does not count as failed.
            if scale != nil {
                givenUp.add(deleted, of: job.key)
                let tracked = deleted.filter(\.isTracked)
                if !tracked.isEmpty { changes.append(.batch(Batch(tracked.map(Self.release)))) }
            }
            changes.append(delete(job, deleted))
        }
        changes += report.changes
        if !count.released.isEmpty { changes.append(.batch(Batch(count.released.map(Self.release)))) }
        if let made = scale?.created, !made.isEmpty { changes.append(create(job, made)) }
        if let wait = scale?.wait { changes.append(.again(after: wait)) }
        if verdict == nil, let deadline = JobVerdict.deadline(job), deadline > now, !job.isSuspended {
            changes.append(.again(after: deadline - now))
        }
        return changes
    }

    private func create(_ job: Job, _ pods: [Pod]) -> Change {
        .batch(
            Batch(
                pods.map { .create($0) },
                succeeded: { _, pod in EventNote(job, .normal, "SuccessfulCreate", "Created pod: \(pod.key.name)") },
                failed: { [.note(EventNote(job, .warning, "FailedCreate", "Error creating: \($0.message)"))] }))
    }

    private func delete(_ job: Job, _ pods: [Pod]) -> Change {
        .batch(
            Batch(
                pods.map { .delete($0) },
                succeeded: { change, _ in
                    guard case .delete(_, let key, _) = change else { return nil }
                    return EventNote(job, .normal, "SuccessfulDelete", "Deleted pod: \(key.name)")
                },
                failed: { [.note(EventNote(job, .warning, "FailedDelete", "Error deleting: \($0.message)"))] }))
    }

    /// Takes the Job's finalizer from a pod.
    private static func release(_ pod: Pod) -> Change {
        let rest = pod.metadata.finalizers.filter { $0 != JobNames.finalizer }
        return .patch(
            pod,
            [
                "metadata": [
                    "uid": JSON(pod.uid), "resourceVersion": JSON(String(pod.json.revision)),
                    "finalizers": rest.isEmpty ? .null : JSON(rest),
                ]
            ])
    }

    /// Pods whose Job is gone wait for nobody.
    private func releaseOrphans(_ key: ObjectKey) -> [Change] {
        world.all(Pod.self, in: key.namespace).filter { pod in
            pod.isTracked && pod.json.controller?["kind"]?.string == Job.groupVersionKind.kind
                && pod.json.controller?["name"]?.string == key.name
        }.map(Self.release)
    }

    /// The Jobs that might adopt a pod that nobody controls.
    private static let ownerless: @Sendable (Pod, World) -> [ObjectKey] = { pod, world in
        guard pod.controller == nil else { return [] }
        return world.all(Job.self, in: pod.namespace).filter { job in
            job.spec.selector.map { !$0.isEmpty && $0.matches(labelsOf: pod.json) } ?? false
        }.map(\.key)
    }
}
