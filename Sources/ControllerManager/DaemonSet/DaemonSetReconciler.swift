import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// Keeps one pod of a DaemonSet on each node where it belongs.
struct DaemonSetReconciler: Reconciler {
    static let name = "daemon-set-controller"
    static let component = "daemonset-controller"
    static let reads: [Interest] = [
        .every(DaemonSet.self), .owned(Pod.self, by: DaemonSet.self), .mapped(Pod.self, ownerless),
        .owned(ControllerRevision.self, by: DaemonSet.self),
        Interest(Node.resource) { change, world in
            // Heartbeats concern no set.
            guard
                change.old?["spec"] != change.new?["spec"]
                    || change.old?["metadata", "labels"] != change.new?["metadata", "labels"]
            else { return [] }
            return world.all(DaemonSet.self).map(\.key)
        },
    ]
    static let writes: [Permission] = [
        .create(Pod.self), .patch(Pod.self), .delete(Pod.self),
        .create(ControllerRevision.self), .update(ControllerRevision.self), .patch(ControllerRevision.self),
        .delete(ControllerRevision.self), .status(DaemonSet.self),
    ]
    /// At most so many pods are made or deleted before the set is looked at again.
    static let burstLimit = 250

    let world: World
    let clock: any TimeSource
    private let failures = FailedDaemons()

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        Indexes.addOrphans(to: world.cache(Pod.self))
        Indexes.addOrphans(to: world.cache(ControllerRevision.self))
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let set = world.get(DaemonSet.self, key), let selector = set.spec.selector, !selector.isEmpty else {
            return []
        }
        let orphans = world.cache(Pod.self).indexed(Indexes.orphans, key.namespace).map { Pod($0) }
        let pods = Claim(
            of: set, selector, owned: world.controlled(Pod.self, by: set.uid), orphans: orphans.filter(\.isActive))
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

        let now = clock.now
        var delay: Duration?
        let plan = DaemonPlan(
            set, world.all(Node.self), pods.claimed, hash: Self.hash(history.update),
            mayReplace: { pod in
                guard let more = failures.remaining(set.uid, pod, now) else { return true }
                delay = min(delay ?? more, more)
                return false
            }, now)
        changes += carryOut(plan, set, history)
        changes += DaemonSetReport(set, plan, history).changes
        let live = Set(
            revisions.claimed.filter { revision in
                pods.claimed.contains { $0.revisionHash == Self.hash(revision) }
            }.map(\.name))
        changes += history.surplus(beyond: set.spec.revisionHistoryLimit ?? 10, live: live)
        for wait in [plan.wait, delay] { if let wait { changes.append(.again(after: wait)) } }
        return changes
    }

    /// The hash in a revision's name, which its pods have as a label.
    private static func hash(_ revision: ControllerRevision) -> String {
        revision.metadata.labels[RevisionHistory.hashLabel] ?? ""
    }

    private func carryOut(_ plan: DaemonPlan, _ set: DaemonSet, _ history: RevisionHistory) -> [Change] {
        var changes: [Change] = []
        for pod in plan.failed {
            let sentence =
                "Found failed daemon pod \(pod.namespace)/\(pod.name) on node \(pod.nodeName), will try to kill it"
            changes.append(.note(EventNote(set, .warning, "FailedDaemonPod", sentence)))
        }
        for pod in plan.succeeded {
            let sentence =
                "Found succeeded daemon pod \(pod.namespace)/\(pod.name) on node \(pod.nodeName), will try to delete it"
            changes.append(.note(EventNote(set, .normal, "SucceededDaemonPod", sentence)))
        }
        let hash = Self.hash(history.update)
        let made = plan.created.prefix(Self.burstLimit).map { Change.create(Pod(of: set, on: $0, hash: hash)) }
        if !made.isEmpty {
            changes.append(
                .batch(
                    Batch(
                        Array(made),
                        succeeded: { _, pod in
                            EventNote(set, .normal, "SuccessfulCreate", "Created pod: \(pod.key.name)")
                        },
                        failed: { [.note(EventNote(set, .warning, "FailedCreate", "Error creating: \($0.message)"))] }))
            )
        }
        let gone = plan.deleted.prefix(Self.burstLimit).map { Change.delete($0) }
        if !gone.isEmpty {
            changes.append(
                .batch(
                    Batch(
                        Array(gone),
                        succeeded: { change, _ in
                            guard case .delete(_, let key, _) = change else { return nil }
                            return EventNote(set, .normal, "SuccessfulDelete", "Deleted pod: \(key.name)")
                        },
                        failed: { [.note(EventNote(set, .warning, "FailedDelete", "Error deleting: \($0.message)"))] }))
            )
        }
        return changes
    }

    /// The sets that might adopt a pod that nobody controls.
    private static let ownerless: @Sendable (Pod, World) -> [ObjectKey] = { pod, world in
        guard pod.controller == nil else { return [] }
        return world.all(DaemonSet.self, in: pod.namespace).filter { set in
            set.spec.selector.map { !$0.isEmpty && $0.matches(labelsOf: pod.json) } ?? false
        }.map(\.key)
    }
}

/// How long a node's failed pods wait to be replaced: a second, doubling to a quarter of an hour, so that a pod that a node
/// refuses is not made without end.
private final class FailedDaemons: Sendable {
    private struct Place: Hashable {
        var set: String
        var node: String
    }
    private struct Record {
        var failures: Int
        var last: Instant
        var delay: Duration { FailedDaemons.backoff.longestDelay(afterFailures: failures) }
    }
    private static let backoff = Backoff(base: .seconds(1), limit: .seconds(900), jitter: 0)
    /// More are forgotten, so that nodes that are gone take no room.
    private static let limit = 10_000
    private let records = Mutex<[Place: Record]>([:])

    /// Nil if the pod may be replaced now, which then counts.
    func remaining(_ set: String, _ pod: Pod, _ now: Instant) -> Duration? {
        let place = Place(set: set, node: pod.nodeName)
        return records.withLock { records in
            if let record = records[place], now - record.last < record.delay {
                return record.delay - (now - record.last)
            }
            if records.count >= Self.limit { records.removeAll() }
            let old = records[place]
            // Who has been well for twice the wait begins anew.
            let failures = old.flatMap { now - $0.last < $0.delay * 2 ? $0.failures + 1 : nil } ?? 0
            records[place] = Record(failures: failures, last: now)
            return nil
        }
    }
}
