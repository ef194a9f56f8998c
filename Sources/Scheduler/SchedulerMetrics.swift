import Basics
import ControlLoops
import CoreMetrics
import Instruments

/// What the scheduler counts, under the names of kube-scheduler's.
struct SchedulerMetrics: Sendable {
    enum Result: String, Sendable, CaseIterable { case scheduled, unschedulable, error }

    /// One look at one pod, as its end is told.
    struct Attempt: Sendable {
        var began: Instant
        /// How often the pod was looked at, with this one, and since when it waits.
        var number: Int
        var added: Instant
        /// The profile's scheduler name.
        var profile: String
    }

    private struct Outcome: Sendable {
        var attempts: Counter
        var duration: Timer
    }
    private let outcomes: [String: [Result: Outcome]]
    private let algorithm: Timer
    private let attemptsOfPods: Recorder
    private let preemptions: Counter
    private let victims: Recorder
    private let pending: [(SchedulingQueue.Place, Meter)]
    /// How long pods wait, by the number of attempts; more than this many count as one.
    private let pods: [Timer]
    private static let toldAttempts = 15

    init(_ metrics: any MetricsFactory, profiles: [String]) {
        let attemptBounds = MetricFamily.bounds(from: 0.001, times: 2, count: 15)
        let total = MetricFamily.counter(
            "scheduler_schedule_attempts_total",
            "[STABLE] Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be "
                + "scheduled, while 'error' means an internal scheduler problem.", labels: ["result", "profile"])
        let duration = MetricFamily.histogram(
            "scheduler_scheduling_attempt_duration_seconds",
            "[STABLE] Scheduling attempt latency in seconds (scheduling algorithm + binding)",
            labels: ["result", "profile"], bounds: attemptBounds)
        var outcomes: [String: [Result: Outcome]] = [:]
        for profile in profiles {
            for result in Result.allCases {
                outcomes[profile, default: [:]][result] = Outcome(
                    attempts: metrics.counter(total, result.rawValue, profile),
                    duration: metrics.timer(duration, result.rawValue, profile))
            }
        }
        self.outcomes = outcomes
        algorithm = metrics.timer(
            .histogram(
                "scheduler_scheduling_algorithm_duration_seconds",
                "[ALPHA] Scheduling algorithm latency in seconds", bounds: attemptBounds))
        attemptsOfPods = metrics.histogram(
            .histogram(
                "scheduler_pod_scheduling_attempts", "[STABLE] Number of attempts to successfully schedule a pod.",
                bounds: MetricFamily.bounds(from: 1, times: 2, count: 5)))
        preemptions = metrics.counter(
            .counter(
                "scheduler_preemption_attempts_total", "[STABLE] Total preemption attempts in the cluster till now"))
        victims = metrics.histogram(
            .histogram(
                "scheduler_preemption_victims", "[STABLE] Number of selected preemption victims",
                bounds: MetricFamily.bounds(from: 1, times: 2, count: 7)))
        let pendingPods = MetricFamily.gauge(
            "scheduler_pending_pods",
            "[STABLE] Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' "
                + "means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that "
                + "the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that "
                + "the scheduler never attempted to schedule because they are gated.", labels: ["queue"])
        pending = [
            (.active, metrics.gauge(pendingPods, "active")), (.backingOff, metrics.gauge(pendingPods, "backoff")),
            (.unschedulable, metrics.gauge(pendingPods, "unschedulable")),
            (.gated, metrics.gauge(pendingPods, "gated")),
        ]
        let waits = MetricFamily.histogram(
            "scheduler_pod_scheduling_sli_duration_seconds",
            "[BETA] E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might "
                + "involve multiple scheduling attempts.", labels: ["attempts"],
            bounds: MetricFamily.bounds(from: 0.01, times: 2, count: 20))
        pods = (1...Self.toldAttempts).map { number in
            metrics.timer(waits, number < Self.toldAttempts ? String(number) : "\(number)+")
        }
    }

    /// The pod has a node, which it is to be bound to, or none.
    func decided(_ attempt: Attempt, isPlaced: Bool, _ now: Instant) {
        algorithm.record(now - attempt.began)
        if !isPlaced { ended(attempt, .unschedulable, now) }
    }

    /// A pod looked for others whose room it could take, and found so many.
    func preempted(_ count: Int) {
        preemptions.increment()
        victims.record(count)
    }

    func bound(_ attempt: Attempt, _ isDone: Bool, _ now: Instant) {
        ended(attempt, isDone ? .scheduled : .error, now)
        guard isDone else { return }
        attemptsOfPods.record(attempt.number)
        pods[min(max(attempt.number, 1), Self.toldAttempts) - 1].record(now - attempt.added)
    }

    private func ended(_ attempt: Attempt, _ result: Result, _ now: Instant) {
        outcomes[attempt.profile]?[result]?.attempts.increment()
        outcomes[attempt.profile]?[result]?.duration.record(now - attempt.began)
    }

    func show(_ queue: SchedulingQueue) {
        for (place, meter) in pending { meter.set(queue.count(at: place)) }
    }
}
