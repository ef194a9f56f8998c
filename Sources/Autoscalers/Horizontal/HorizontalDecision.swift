import APIMachinery
import Basics
import KubeAPI

/// How many replicas a target wants and has (autoscaling/v1 Scale).
struct ScaleState: Sendable, Equatable {
    var namespace: String
    var replicas: Int
    var statusReplicas: Int
    /// As a query would write it; empty where there is none.
    var selector: String

    init(namespace: String, replicas: Int, statusReplicas: Int, selector: String) {
        self.namespace = namespace
        self.replicas = replicas
        self.statusReplicas = statusReplicas
        self.selector = selector
    }
    init(_ scale: JSON) {
        self.init(
            namespace: scale.key.namespace, replicas: scale["spec", "replicas"]?.int ?? 0,
            statusReplicas: scale["status", "replicas"]?.int ?? 0,
            selector: scale["status", "selector"]?.string ?? "")
    }
}

/// What one look sees of a target and its pods.
struct HorizontalView: Sendable {
    var autoscaler: HorizontalPodAutoscaler
    var scale: ScaleState
    /// The target's pods, by name.
    var pods: [ScaledPod] = []
    /// All autoscalers that count some of these pods as theirs.
    var claimants: [ObjectKey] = []
    /// One for each metric of the autoscaler.
    var readings: [MetricReading] = []
    var now: Instant
    var uptime: Int64
}

/// What a look came to, before the target was scaled.
struct HorizontalVerdict: Sendable {
    struct Note: Sendable, Equatable {
        var isWarning: Bool
        var reason: String
        var message: String
    }
    var status: ScalingStatus
    var notes: [Note] = []
    /// The target's new size, and why; nil leaves it as it is.
    var rescale: (replicas: Int, reason: String)?
    /// Why no number could be found; then nothing is scaled.
    var failure: String?
    /// What each metric asked for; nil for one that could not be had.
    var proposals: [MetricProposal?] = []
    var outcome: ReplicaRules.Outcome?
    fileprivate var metrics = JSON.null
}

/// The horizontal autoscaler's judgement: a world, metrics and a time become a size, conditions and events. It waits for
/// nothing and does nothing.
struct HorizontalDecision: Sendable {
    var settings: HorizontalSettings

    /// Whether metrics are asked, or the size follows from the spec alone.
    enum Course: Equatable {
        case disabled, above, below, metrics
    }
    func course(_ autoscaler: HorizontalPodAutoscaler, _ scale: ScaleState) -> Course {
        let least = autoscaler.spec.minReplicas ?? 1
        if scale.replicas == 0 {
            let wasScaledToZero = settings.scalesToZero && ScalingStatus(autoscaler).isTrue("ScaledToZero")
            return wasScaledToZero && (least != 0 || Self.canScaleFromZero(autoscaler)) ? .metrics : .disabled
        }
        if scale.replicas > autoscaler.spec.maxReplicas ?? 0 { return .above }
        return scale.replicas < least ? .below : .metrics
    }

    private static func canScaleFromZero(_ autoscaler: HorizontalPodAutoscaler) -> Bool {
        autoscaler.spec.metrics.contains { $0.type == "Object" || $0.type == "External" }
    }

    /// The target could not be found.
    func unreachable(_ autoscaler: HorizontalPodAutoscaler, _ error: String, _ now: Instant) -> HorizontalVerdict {
        var verdict = HorizontalVerdict(status: ScalingStatus(autoscaler), failure: error)
        verdict.notes.append(.init(isWarning: true, reason: "FailedGetScale", message: error))
        verdict.status.set(
            "AbleToScale", false, "FailedGetScale",
            "the HPA controller was unable to get the target's current scale: \(error)", now)
        return verdict
    }

    func verdict(_ view: HorizontalView, _ history: inout ScalingHistory) -> HorizontalVerdict {
        let (autoscaler, current, now) = (view.autoscaler, view.scale.replicas, view.now)
        var verdict = HorizontalVerdict(status: ScalingStatus(autoscaler))
        verdict.status.set(
            "AbleToScale", true, "SucceededGetScale",
            "the HPA controller was able to get the target's current scale", now)
        history.begin(current, view.uptime)
        switch course(autoscaler, view.scale) {
        case .disabled:
            verdict.status.set(
                "ScalingActive", false, "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero", now)
            if !settings.scalesToZero { verdict.status.remove("ScaledToZero") }
            verdict.status.setCounts(current: current, desired: current, metrics: .null)
        case .above:
            verdict.rescale = (
                autoscaler.spec.maxReplicas ?? 0, "Current number of replicas above Spec.MaxReplicas"
            )
        case .below:
            verdict.rescale = (
                autoscaler.spec.minReplicas ?? 1, "Current number of replicas below Spec.MinReplicas"
            )
        case .metrics: judge(view, &verdict, &history)
        }
        return verdict
    }

    private func judge(_ view: HorizontalView, _ verdict: inout HorizontalVerdict, _ history: inout ScalingHistory) {
        let current = view.scale.replicas
        guard let (wanted, metric) = wish(view, &verdict) else {
            verdict.status.setCounts(current: current, desired: verdict.status.desired, metrics: verdict.metrics)
            verdict.notes.append(
                .init(isWarning: true, reason: "FailedComputeMetricsReplicas", message: verdict.failure ?? ""))
            return
        }
        let wish = max(wanted, 0)
        var reason =
            wish > current
            ? "\(wanted > 0 ? metric : "") above target" : wish < current ? "All metrics below target" : ""
        let rules = ReplicaRules(view.autoscaler, settings)
        let outcome = rules.outcome(of: wish, current: current, &history, view.uptime)
        verdict.status.set("AbleToScale", true, outcome.ability.reason, outcome.ability.message, view.now)
        verdict.status.set("ScalingLimited", outcome.isLimited, outcome.limit.reason, outcome.limit.message, view.now)
        verdict.outcome = outcome
        var replicas = outcome.replicas
        if current == 0, rules.least != 0, replicas < rules.least {
            replicas = rules.least
            if reason.isEmpty { reason = "Current number of replicas below Spec.MinReplicas" }
        }
        if replicas != current {
            verdict.rescale = (replicas, reason)
        } else {
            verdict.status.setCounts(current: current, desired: current, metrics: verdict.metrics)
        }
    }

    /// The greatest number that a metric asks for; nil where no number may be trusted.
    private func wish(_ view: HorizontalView, _ verdict: inout HorizontalVerdict) -> (Int, metric: String)? {
        if let refusal = refusal(view) {
            verdict.notes.append(.init(isWarning: true, reason: refusal.event, message: refusal.cause))
            verdict.status.set("ScalingActive", false, refusal.reason, refusal.message, view.now)
            verdict.failure = refusal.cause
            return nil
        }
        let specs = view.autoscaler.spec.metrics
        let behavior = view.autoscaler.json["spec", "behavior"]
        func own(_ direction: String) -> Double {
            behavior?[direction, "tolerance"].flatMap { try? Quantity($0) }
                .map { Double($0.milliValue) / 1000 } ?? settings.tolerance
        }
        let calculator = UsageCalculator(
            pods: view.pods, settings: settings, tolerance: Tolerance(down: own("scaleDown"), up: own("scaleUp")),
            now: view.now)
        var (wanted, metric) = (0, "")
        var first: MetricRefusal?
        var statuses: [JSON] = []
        for (index, spec) in specs.enumerated() {
            do throws(MetricRefusal) {
                let reading = index < view.readings.count ? view.readings[index] : .failed(MetricFailure("not asked"))
                let proposal = try calculator.proposal(spec, reading, view.scale)
                statuses.append(proposal.status)
                verdict.proposals.append(proposal)
                if wanted == 0 || proposal.replicas > wanted { (wanted, metric) = (proposal.replicas, proposal.name) }
            } catch {
                verdict.notes.append(.init(isWarning: true, reason: error.reason, message: error.cause))
                first = first ?? error
                statuses.append(["type": ""])
                verdict.proposals.append(nil)
            }
        }
        verdict.metrics = JSON(statuses)
        let invalid = verdict.proposals.count { $0 == nil }
        if let first, invalid == specs.count || wanted < view.scale.replicas {
            verdict.status.set(
                "ScalingActive", false, first.reason,
                "the HPA was unable to compute the replica count: \(first.cause)", view.now)
            verdict.failure =
                "invalid metrics (\(invalid) invalid out of \(specs.count)), first error is: \(first.sentence)"
            return nil
        }
        verdict.status.set(
            "ScalingActive", true, "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count from \(metric)", view.now)
        return (wanted, metric)
    }

    /// Why the target's pods cannot be told.
    private func refusal(_ view: HorizontalView) -> (event: String, reason: String, message: String, cause: String)? {
        let text = view.scale.selector
        if text.isEmpty {
            return (
                "SelectorRequired", "InvalidSelector", "the HPA target's scale is missing a selector",
                "selector is required"
            )
        }
        do throws(StatusError) { _ = try LabelSelector(parsing: text) } catch {
            let cause = "couldn't convert selector into a corresponding internal selector object: \(error.message)"
            return ("InvalidSelector", "InvalidSelector", cause, cause)
        }
        guard view.claimants.count > 1 else { return nil }
        let keys = view.claimants.sorted().map { "{\($0.name) \($0.namespace)}" }.joined(separator: " ")
        let cause = "pods by selector \(text) are controlled by multiple HPAs: [\(keys)]"
        return ("AmbiguousSelector", "AmbiguousSelector", cause, cause)
    }

    // MARK: After scaling

    /// What the target's answer means; `error` where it could not be scaled.
    func settle(
        _ verdict: inout HorizontalVerdict, _ view: HorizontalView, error: String?, _ history: inout ScalingHistory
    ) {
        guard let (replicas, reason) = verdict.rescale else { return }
        let current = view.scale.replicas
        if let error {
            verdict.notes.append(
                .init(
                    isWarning: true, reason: "FailedRescale",
                    message: "New size: \(replicas); reason: \(reason); error: \(error)"))
            verdict.status.set(
                "AbleToScale", false, "FailedUpdateScale",
                "the HPA controller was unable to update the target scale: \(error)", view.now)
            verdict.status.setCounts(current: current, desired: verdict.status.desired, metrics: verdict.metrics)
            verdict.failure = "failed to rescale: \(error)"
            return
        }
        verdict.status.set(
            "AbleToScale", true, "SucceededRescale",
            "the HPA controller was able to update the target scale to \(replicas)", view.now)
        verdict.notes.append(
            .init(
                isWarning: false, reason: "SuccessfulRescale", message: "New size: \(replicas); reason: \(reason)"))
        if view.autoscaler.json["spec", "behavior"] != nil {
            history.scaled(from: current, to: replicas, view.uptime)
        }
        if settings.scalesToZero {
            let isToZero =
                current > 0 && replicas == 0 && view.autoscaler.spec.minReplicas == 0
                && Self.canScaleFromZero(view.autoscaler)
            verdict.status.set(
                "ScaledToZero", isToZero, isToZero ? "ScaledToZero" : "NotScaledToZero",
                isToZero
                    ? "the HPA controller scaled the workload to zero"
                    : "the HPA controller did not scale the workload to zero", view.now)
        } else {
            verdict.status.remove("ScaledToZero")
        }
        verdict.status.setCounts(
            current: current, desired: replicas, metrics: verdict.metrics, scaledAt: view.now)
    }
}
