import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// How a Job ends, once that is decided. First it is said what is meant (SuccessCriteriaMet, FailureTarget) and its pods
/// are stopped; when all have ended and been counted it is said that it is so (Complete, Failed).
struct JobVerdict: Equatable {
    enum Outcome { case success, failure }
    var outcome: Outcome
    var reason: String
    var message: String

    /// The verdict that the status has already, or that pods, counts and the clock ask for now.
    init?(_ job: Job, _ pods: JobPods, _ count: JobCount, _ now: Instant) {
        if let said = Self.said(job, "SuccessCriteriaMet", .success) ?? Self.said(job, "FailureTarget", .failure) {
            self = said
        } else if let found = Self.failure(job, pods, count, now) ?? Self.success(job, pods, count) {
            self = found
        } else {
            return nil
        }
    }

    private init(_ outcome: Outcome, _ reason: String, _ message: String) {
        self.outcome = outcome
        self.reason = reason
        self.message = message
    }

    private static func said(_ job: Job, _ type: String, _ outcome: Outcome) -> JobVerdict? {
        job.status.conditions.first { $0.type == type && $0.status == "True" }
            .map { JobVerdict(outcome, $0.reason ?? "", $0.message ?? "") }
    }

    private static func failure(_ job: Job, _ pods: JobPods, _ count: JobCount, _ now: Instant) -> JobVerdict? {
        if let message = count.policyFailure { return JobVerdict(.failure, "PodFailurePolicy", message) }
        if count.failures > job.spec.backoffLimit ?? 6 || isPastRestarts(job, pods) {
            return JobVerdict(.failure, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        }
        if let deadline = Self.deadline(job), now >= deadline, !job.isSuspended {
            return JobVerdict(.failure, "DeadlineExceeded", "Job was active longer than specified deadline")
        }
        guard job.isIndexed, job.spec.backoffLimitPerIndex != nil else { return nil }
        let failed = count.failedIndexes.count
        if let most = job.spec.maxFailedIndexes, failed > most {
            return JobVerdict(
                .failure, "MaxFailedIndexesExceeded",
                "Job has exceeded the specified maximal number of failed indexes")
        }
        if failed > 0, failed + count.completed.count >= job.spec.completions ?? 0 {
            return JobVerdict(.failure, "FailedIndexes", "Job has failed indexes")
        }
        return nil
    }

    /// When the Job has run too long.
    static func deadline(_ job: Job) -> Instant? {
        job.spec.activeDeadlineSeconds.flatMap { seconds in job.started.map { $0 + .seconds(seconds) } }
    }

    /// Where containers are restarted in their pods, restarts are the failures.
    private static func isPastRestarts(_ job: Job, _ pods: JobPods) -> Bool {
        guard job.spec.template.spec.restartPolicy == "OnFailure", let most = job.spec.backoffLimit else {
            return false
        }
        let restarts = pods.all.filter { $0.phase == "Running" || $0.phase == "Pending" }.reduce(0) { $0 + $1.restarts }
        return most == 0 ? restarts > 0 : restarts >= most
    }

    private static func success(_ job: Job, _ pods: JobPods, _ count: JobCount) -> JobVerdict? {
        if job.isIndexed {
            for (position, rule) in (job.spec.successPolicy?.rules ?? []).enumerated()
            where Self.isMet(rule, job, count) {
                return JobVerdict(.success, "SuccessPolicy", "Matched rules at index \(position)")
            }
        }
        guard pods.active.isEmpty else { return nil }
        let isDone = job.spec.completions.map { count.successes >= $0 } ?? (count.successes > 0)
        return isDone
            ? JobVerdict(.success, "CompletionsReached", "Reached expected number of succeeded pods") : nil
    }

    private static func isMet(_ rule: SuccessPolicyRule, _ job: Job, _ count: JobCount) -> Bool {
        guard let text = rule.succeededIndexes else {
            return rule.succeededCount.map { count.completed.count >= $0 } ?? false
        }
        guard let wanted = try? IndexIntervals(text, below: job.spec.completions ?? 0) else { return false }
        let reached = wanted.intervals.reduce(0) { sum, interval in
            sum + interval.count(where: count.completed.contains)
        }
        return reached >= rule.succeededCount ?? wanted.count
    }
}
