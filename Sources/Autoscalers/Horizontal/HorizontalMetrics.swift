import Basics
import CoreMetrics
import Instruments

/// What the horizontal autoscaler counts, under the names of kube-controller-manager's.
struct HorizontalMetrics: Sendable {
    enum Action: String, Sendable, CaseIterable { case down = "scale_down", up = "scale_up", none }
    enum Fault: String, Sendable, CaseIterable { case spec, own = "internal", none }
    static let types = ["ContainerResource", "External", "Object", "Pods", "Resource"]

    private static let prefix = "horizontal_pod_autoscaler_controller_"
    private static let bounds = MetricFamily.bounds(from: 0.001, times: 2, count: 15)
    private static let labelHelp =
        "The label 'action' should be either 'scale_down', 'scale_up', or 'none'. "
    private static let faultHelp =
        "Also, the label 'error' should be either 'spec', 'internal', or 'none'. Note that if both spec and internal errors "
        + "happen during a reconciliation, the first one to occur is reported in `error` label."
    static let reconciliations = MetricFamily.counter(
        prefix + "reconciliations_total",
        "[BETA] Number of reconciliations of HPA controller. " + labelHelp + faultHelp, labels: ["action", "error"])
    static let durations = MetricFamily.histogram(
        prefix + "reconciliation_duration_seconds",
        "[BETA] The time(seconds) that the HPA controller takes to reconcile once. " + labelHelp + faultHelp,
        labels: ["action", "error"], bounds: bounds)
    static let computations = MetricFamily.counter(
        prefix + "metric_computation_total",
        "[BETA] Number of metric computations. " + labelHelp
            + "Also, the label 'error' should be either 'spec', 'internal', or 'none'. The label 'metric_type' corresponds "
            + "to HPA.spec.metrics[*].type", labels: ["action", "error", "metric_type"])
    static let autoscalers = MetricFamily.gauge(
        prefix + "num_horizontal_pod_autoscalers", "[ALPHA] Current number of controlled HPA objects.")

    private struct Look: Hashable, Sendable {
        var action: Action
        var fault: Fault
    }
    private struct Computation: Hashable, Sendable {
        var look: Look
        var type: String
    }
    private let looks: [Look: (count: Counter, duration: Timer)]
    private let metrics: [Computation: Counter]
    let count: Meter

    init(_ factory: any MetricsFactory) {
        var looks: [Look: (count: Counter, duration: Timer)] = [:]
        var metrics: [Computation: Counter] = [:]
        for action in Action.allCases {
            for fault in Fault.allCases {
                let look = Look(action: action, fault: fault)
                looks[look] = (
                    factory.counter(Self.reconciliations, action.rawValue, fault.rawValue),
                    factory.timer(Self.durations, action.rawValue, fault.rawValue)
                )
                for type in Self.types {
                    metrics[Computation(look: look, type: type)] = factory.counter(
                        Self.computations, action.rawValue, fault.rawValue, type)
                }
            }
        }
        self.looks = looks
        self.metrics = metrics
        count = factory.gauge(Self.autoscalers)
    }

    /// A look that took so many nanoseconds.
    func looked(_ verdict: HorizontalVerdict, current: Int, isSpecAtFault: Bool, nanoseconds: Int64) {
        let fault: Fault = verdict.failure == nil ? .none : isSpecAtFault ? .spec : .own
        let action = fault == .none ? Self.action(verdict.rescale?.replicas, current) : .none
        let look = looks[Look(action: action, fault: fault)]
        look?.count.increment()
        look?.duration.record(.nanoseconds(nanoseconds))
    }

    func computed(_ proposal: MetricProposal?, current: Int, type: String) {
        let look = Look(
            action: Self.action(proposal?.replicas, current), fault: proposal == nil ? .own : .none)
        metrics[Computation(look: look, type: type)]?.increment()
    }

    private static func action(_ replicas: Int?, _ current: Int) -> Action {
        guard let replicas, replicas != current else { return .none }
        return replicas > current ? .up : .down
    }
}
