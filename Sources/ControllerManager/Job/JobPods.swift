import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// The names by which a Job and its pods know each other.
enum JobNames {
    /// Keeps a pod that has ended until it is counted.
    static let finalizer = "batch.kubernetes.io/job-tracking"
    static let index = "batch.kubernetes.io/job-completion-index"
    /// How often the pods of this index had failed before this one was made.
    static let indexFailures = "batch.kubernetes.io/job-index-failure-count"
    static let indexVariable = "JOB_COMPLETION_INDEX"
}

extension Pod {
    /// Whether the Job still has to count it.
    var isTracked: Bool { metadata.finalizers.contains(JobNames.finalizer) }
    /// The index of an Indexed Job's pod.
    var completionIndex: Int? { metadata.annotations[JobNames.index].flatMap { Int($0) } }
    /// How often the pods of its index had failed before it was made.
    var indexFailures: Int { metadata.annotations[JobNames.indexFailures].flatMap { Int($0) } ?? 0 }
    /// When the last of its containers ended, else when it was marked for deletion, else when it was made.
    var ended: Instant? {
        let times = (json["status", "containerStatuses"]?.elements ?? []).compactMap {
            $0["state", "terminated", "finishedAt"]?.string.flatMap { Instant(rfc3339: $0) }
        }
        return times.max() ?? metadata.deletionTimestamp.flatMap { Instant(rfc3339: $0) } ?? created
    }
    var restarts: Int {
        ["initContainerStatuses", "containerStatuses"].reduce(0) { sum, list in
            sum + (json["status", list]?.elements ?? []).reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }
        }
    }
}

/// One look at a Job's pods: who runs, who has succeeded, who has failed, who is on the way out.
struct JobPods {
    let job: Job
    let all: [Pod]
    /// Neither ended nor on the way out.
    let active: [Pod]
    /// On the way out, not ended yet.
    let terminating: [Pod]
    /// A pod on the way out counts as failed at once, unless only what has ended is replaced.
    let failed: [Pod]
    let succeeded: [Pod]

    /// What was given up (`GivenUpPods`) and let go of neither failed nor succeeded.
    init(_ job: Job, _ pods: [Pod], givenUp: Set<String> = []) {
        self.job = job
        let pods = pods.sorted { $0.name < $1.name }
        all = pods
        active = pods.filter(\.isActive)
        terminating = pods.filter { $0.isBeingDeleted && !$0.isTerminal }
        let waitsForEnd = job.spec.podReplacementPolicy == "Failed"
        let counted = pods.filter { $0.isTracked || !givenUp.contains($0.uid) }
        failed = counted.filter { pod in
            pod.phase == "Failed" || !waitsForEnd && pod.isBeingDeleted && pod.phase != "Succeeded"
        }
        succeeded = counted.filter { $0.phase == "Succeeded" }
    }

    var ready: Int { active.count(where: \.isReady) }
}

/// The pods that Jobs have given up, being suspended or wanting fewer: they count for nothing, also for the wait after a
/// failure. After a change of the leader one may wait once for nothing.
final class GivenUpPods: Sendable {
    private let pods = Mutex<[ObjectKey: Set<String>]>([:])

    func add(_ more: [Pod], of job: ObjectKey) {
        pods.withLock { $0[job, default: []].formUnion(more.map(\.uid)) }
    }
    /// Those of a Job that are there still; others are forgotten.
    func update(_ job: ObjectKey, present: [Pod]) -> Set<String> {
        pods.withLock { pods in
            guard let known = pods[job] else { return [] }
            let rest = known.intersection(present.map(\.uid))
            pods[job] = rest.isEmpty ? nil : rest
            return rest
        }
    }
}

extension Job {
    var isIndexed: Bool { spec.completionMode == "Indexed" }
    var isSuspended: Bool { spec.suspend == true }
    var isFinished: Bool { isTrue("Complete") || isTrue("Failed") }
    func isTrue(_ condition: String) -> Bool {
        status.conditions.contains { $0.type == condition && $0.status == "True" }
    }
    /// Whether it has been decided how it ends, though pods may still run.
    var isEnding: Bool { isTrue("SuccessCriteriaMet") || isTrue("FailureTarget") || isFinished }
    var started: Instant? { status.startTime.flatMap { Instant(rfc3339: $0) } }
    /// How many pods may run at once.
    var parallelism: Int { spec.parallelism ?? 1 }
}
