import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// How many pods a Job should have now, and which are made or given up.
struct JobScale {
    /// At most so many pods are made or deleted before the Job is looked at again.
    static let burstLimit = 500
    /// The first wait after a failure; it doubles with each further one.
    static let backoff = Backoff(base: .seconds(10), limit: .seconds(600), jitter: 0)

    private(set) var deleted: [Pod] = []
    private(set) var created: [Pod] = []
    /// When to look again, if pods may not be made yet.
    private(set) var wait: Duration?

    init(_ job: Job, _ pods: JobPods, _ count: JobCount, _ now: Instant) {
        if job.isSuspended {
            deleted = Array(pods.active.prefix(Self.burstLimit))
            return
        }
        let doubled = job.isIndexed ? Self.surplusOfIndexes(job, pods, count) : []
        let wanted = Self.wanted(job, pods, count)
        let excess = max(0, pods.active.count - wanted)
        deleted = Self.leastMissed(pods.active, excess, first: doubled, now)
        if !deleted.isEmpty { return }
        let leaving = job.spec.podReplacementPolicy == "Failed" ? pods.terminating.count : 0
        let missing = min(wanted - leaving - pods.active.count, Self.burstLimit)
        guard missing > 0 else { return }
        if job.spec.backoffLimitPerIndex != nil {
            makeIndexes(job, pods, count, missing, now)
            return
        }
        wait = Self.remainingBackoff(pods, now)
        guard wait == nil else { return }
        if job.isIndexed {
            created = Self.pendingIndexes(job, pods, count, missing).map { Pod(of: job, index: $0, failures: nil) }
        } else {
            created = Array(repeating: Pod(of: job, index: nil, failures: nil), count: missing)
        }
    }

    private static func wanted(_ job: Job, _ pods: JobPods, _ count: JobCount) -> Int {
        guard let completions = job.spec.completions else {
            return count.successes > 0 ? pods.active.count : job.parallelism
        }
        let open = completions - count.successes - (job.isIndexed ? count.failedIndexes.count : 0)
        return max(0, min(open, job.parallelism))
    }

    // MARK: Giving up

    /// Pods of an index that is done, out of range, or has an older pod.
    private static func surplusOfIndexes(_ job: Job, _ pods: JobPods, _ count: JobCount) -> [Pod] {
        var seen: Set<Int> = []
        let byAge = pods.active.sorted {
            ($0.created?.nanoseconds ?? 0, $0.name) < ($1.created?.nanoseconds ?? 0, $1.name)
        }
        return byAge.filter { pod in
            guard let index = pod.completionIndex, index < job.spec.completions ?? 0 else { return true }
            return count.completed.contains(index) || count.failedIndexes.contains(index)
                || !seen.insert(index).inserted
        }
    }

    private static func leastMissed(_ active: [Pod], _ excess: Int, first: [Pod], _ now: Instant) -> [Pod] {
        let chosen = Set(first.map(\.uid))
        let rest = PodRanking(active.filter { !chosen.contains($0.uid) }, related: active, now: now).leastMissedFirst
        return Array((first + rest.prefix(max(0, excess - first.count))).prefix(burstLimit))
    }

    // MARK: Making

    private static func pendingIndexes(_ job: Job, _ pods: JobPods, _ count: JobCount, _ most: Int) -> [Int] {
        var taken = Set(pods.active.compactMap(\.completionIndex))
        if job.spec.podReplacementPolicy == "Failed" {
            taken.formUnion(pods.terminating.compactMap(\.completionIndex))
        }
        let open = (0..<max(0, job.spec.completions ?? 0)).lazy.filter { index in
            !taken.contains(index) && !count.completed.contains(index) && !count.failedIndexes.contains(index)
        }
        return Array(open.prefix(most))
    }

    /// Each index waits for itself.
    private mutating func makeIndexes(_ job: Job, _ pods: JobPods, _ count: JobCount, _ most: Int, _ now: Instant) {
        var lastTries: [Int: Pod] = [:]
        for pod in pods.failed {
            guard let index = pod.completionIndex else { continue }
            if let other = lastTries[index], other.indexFailures >= pod.indexFailures { continue }
            lastTries[index] = pod
        }
        for index in Self.pendingIndexes(job, pods, count, most) {
            guard let last = lastTries[index] else {
                created.append(Pod(of: job, index: index, failures: 0))
                continue
            }
            let failures = last.indexFailures + (job.verdict(on: last) == .ignored ? 0 : 1)
            if let remaining = Self.remaining(failures: failures, last.ended, now) {
                wait = min(wait ?? remaining, remaining)
            } else {
                created.append(Pod(of: job, index: index, failures: failures))
            }
        }
    }

    /// How long new pods must wait: failures since the last success, as the pods tell them.
    private static func remainingBackoff(_ pods: JobPods, _ now: Instant) -> Duration? {
        let lastSuccess = pods.succeeded.compactMap(\.ended).max()
        let failures = pods.failed.compactMap(\.ended).filter { ended in lastSuccess.map { ended > $0 } ?? true }
        return remaining(failures: failures.count, failures.max(), now)
    }

    private static func remaining(failures: Int, _ last: Instant?, _ now: Instant) -> Duration? {
        guard failures > 0, let last else { return nil }
        let due = last + backoff.longestDelay(afterFailures: failures - 1)
        return due > now ? due - now : nil
    }
}

extension Pod {
    /// A new pod of a Job; of one of its indexes if it has any.
    init(of job: Job, index: Int?, failures: Int?) {
        self.init(from: job.spec.template, for: job)
        var finalizers = metadata.finalizers
        if !finalizers.contains(JobNames.finalizer) { finalizers.append(JobNames.finalizer) }
        metadata.finalizers = finalizers
        guard let index else { return }
        metadata.generateName = Self.generateName(job.name, index)
        json.set(["metadata", "annotations", JobNames.index], to: JSON("\(index)"))
        json.set(["metadata", "labels", JobNames.index], to: JSON("\(index)"))
        json.set(["spec", "hostname"], to: JSON("\(job.name)-\(index)"))
        if let failures {
            json.set(["metadata", "annotations", JobNames.indexFailures], to: JSON("\(failures)"))
        }
        spec.initContainers = spec.initContainers.map(Self.withIndexVariable)
        spec.containers = spec.containers.map(Self.withIndexVariable)
    }

    /// The longest base to which the server can add its five letters.
    private static let longestBase = 58

    /// The index stays readable even if the Job's name has to be cut.
    private static func generateName(_ name: String, _ index: Int) -> String {
        let suffix = "-\(index)-"
        return String(name.prefix(longestBase - suffix.utf8.count)) + suffix
    }

    private static func withIndexVariable(_ container: Container) -> Container {
        guard !container.env.contains(where: { $0.name == JobNames.indexVariable }) else { return container }
        var container = container
        let place: JSON = ["fieldPath": JSON("metadata.labels['\(JobNames.index)']")]
        container.env.append(EnvVar(["name": JSON(JobNames.indexVariable), "valueFrom": ["fieldRef": place]]))
        return container
    }
}
