import APIMachinery
import ControlLoops
import KubeAPI

/// Counts each ended pod exactly once, whatever is interrupted (KEP-2307): a pod that has ended is written into the status
/// as not yet counted, then let go of (its finalizer removed), and is counted when it is seen without the finalizer. An
/// Indexed Job's successes are counted by their indexes, which may be written twice without harm.
struct JobCount {
    private(set) var status: JobStatus
    /// Pods whose finalizer is to go once the status is written.
    private(set) var released: [Pod] = []
    private(set) var completed: IndexIntervals
    private(set) var failedIndexes: IndexIntervals
    /// Pods that have ended and will be noted once others have been counted.
    private var unnotedSuccesses = 0
    private var unnotedFailures = 0
    /// So many are noted at once, so that the status stays short.
    static let limit = 500
    /// The message of the first pod by which the policy ends the Job.
    private(set) var policyFailure: String?

    init(_ job: Job, _ pods: JobPods) {
        status = job.status
        let limit = max(job.spec.completions ?? Int.max, 0)
        completed = (try? IndexIntervals(job.status.completedIndexes ?? "", below: limit)) ?? IndexIntervals()
        failedIndexes = (try? IndexIntervals(job.status.failedIndexes ?? "", below: limit)) ?? IndexIntervals()
        countLetGo(pods)
        noteEnded(job, pods, limit)
        if job.isIndexed {
            status.completedIndexes = completed.text.isEmpty ? nil : completed.text
            status.succeeded = completed.count == 0 ? nil : completed.count
            if job.spec.backoffLimitPerIndex != nil { status.failedIndexes = failedIndexes.text }
        }
    }

    /// Whether all that has ended has been counted.
    var isSettled: Bool {
        let waiting = status.uncountedTerminatedPods
        return waiting?.succeeded.isEmpty ?? true && waiting?.failed.isEmpty ?? true && released.isEmpty
            && unnotedSuccesses + unnotedFailures == 0
    }

    /// Those that have succeeded, counted yet or not.
    var successes: Int {
        (status.succeeded ?? 0) + (status.uncountedTerminatedPods?.succeeded.count ?? 0) + unnotedSuccesses
    }
    var failures: Int {
        (status.failed ?? 0) + (status.uncountedTerminatedPods?.failed.count ?? 0) + unnotedFailures
    }

    /// Pods that were noted and have no finalizer any more, or are gone, are counted.
    private mutating func countLetGo(_ pods: JobPods) {
        guard var waiting = status.uncountedTerminatedPods else { return }
        let held = Set(pods.all.filter(\.isTracked).map(\.uid))
        let succeeded = waiting.succeeded.filter { !held.contains($0) }.count
        let failed = waiting.failed.filter { !held.contains($0) }.count
        waiting.succeeded.removeAll { !held.contains($0) }
        waiting.failed.removeAll { !held.contains($0) }
        if succeeded > 0 { status.succeeded = (status.succeeded ?? 0) + succeeded }
        if failed > 0 { status.failed = (status.failed ?? 0) + failed }
        status.uncountedTerminatedPods = waiting
    }

    private mutating func noteEnded(_ job: Job, _ pods: JobPods, _ limit: Int) {
        var waiting = status.uncountedTerminatedPods ?? UncountedTerminatedPods([:])
        let noted = Set(waiting.succeeded + waiting.failed)
        for pod in pods.succeeded where pod.isTracked {
            if job.isIndexed {
                if let index = pod.completionIndex, index < limit { completed.insert(index) }
                if released.count < Self.limit { released.append(pod) }
            } else if noted.contains(pod.uid) {
                released.append(pod)
            } else if waiting.succeeded.count + waiting.failed.count < Self.limit {
                waiting.succeeded.append(pod.uid)
                released.append(pod)
            } else {
                unnotedSuccesses += 1
            }
        }
        for pod in pods.failed where pod.isTracked {
            let verdict = job.verdict(on: pod)
            if case .failsJob(let message) = verdict, policyFailure == nil { policyFailure = message }
            noteFailedIndex(job, pod, verdict, limit)
            if isLastTry(job, pods, pod) { continue }
            // Of what has no index nothing is counted.
            let counts = verdict != .ignored && (!job.isIndexed || pod.completionIndex.map { $0 < limit } ?? false)
            if !counts || noted.contains(pod.uid) {
                released.append(pod)
            } else if waiting.succeeded.count + waiting.failed.count < Self.limit {
                waiting.failed.append(pod.uid)
                released.append(pod)
            } else {
                unnotedFailures += 1
            }
        }
        status.uncountedTerminatedPods = waiting
    }

    private mutating func noteFailedIndex(_ job: Job, _ pod: Pod, _ verdict: JobFailureVerdict, _ limit: Int) {
        guard let most = job.spec.backoffLimitPerIndex, let index = pod.completionIndex, index < limit,
            !completed.contains(index)
        else { return }
        if verdict == .failsIndex || verdict == .counts && pod.indexFailures >= most { failedIndexes.insert(index) }
    }

    /// Whether this pod is the memory of how often its index has failed: it is kept until there is a newer one.
    private func isLastTry(_ job: Job, _ pods: JobPods, _ pod: Pod) -> Bool {
        guard job.spec.backoffLimitPerIndex != nil, !job.isEnding, let index = pod.completionIndex,
            !failedIndexes.contains(index), !completed.contains(index)
        else { return false }
        let tries = pod.indexFailures
        return !pods.all.contains { $0.uid != pod.uid && $0.completionIndex == index && $0.indexFailures > tries }
    }
}
