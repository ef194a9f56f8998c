import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Deletes Jobs some time after they have ended, where they ask for that.
struct TTLAfterFinishedReconciler: Reconciler {
    static let name = "ttl-after-finished-controller"
    static let reads: [Interest] = [.every(Job.self)]
    static let writes: [Permission] = [.delete(Job.self)]

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let job = world.get(Job.self, key), !job.isBeingDeleted,
            let seconds = job.spec.ttlSecondsAfterFinished, let end = job.ended
        else { return [] }
        let due = end + .seconds(seconds)
        return due <= clock.now
            ? [.delete(job, propagation: .foreground)] : [.again(after: due - clock.now)]
    }
}

extension Job {
    /// When it completed or failed.
    var ended: Instant? {
        let condition = status.conditions.first { condition in
            (condition.type == "Complete" || condition.type == "Failed") && condition.status == "True"
        }
        return condition?.lastTransitionTime.flatMap { Instant(rfc3339: $0) }
    }
}
