import Basics
import APIMachinery
import ArgumentParser
import Autoscalers
import Foundation

extension UpOptions {
    /// Flags that are named as kube-controller-manager's and metrics-server's.
    struct Autoscaling: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "How often each HorizontalPodAutoscaler is looked at. (default: 15s)", valueName: "duration"))
        var horizontalPodAutoscalerSyncPeriod: String?
        @Option(
            help: ArgumentHelp(
                "For how long no fewer pods are wanted than were recommended. (default: 5m)", valueName: "duration"))
        var horizontalPodAutoscalerDownscaleStabilization: String?
        @Option(
            help: ArgumentHelp(
                "How far from its target a metric may be without consequence. (default: 0.1)", valueName: "ratio"))
        var horizontalPodAutoscalerTolerance: String?
        @Option(
            help: ArgumentHelp(
                "After its start a pod's use of the processor may be left out for so long. (default: 5m)",
                valueName: "duration"))
        var horizontalPodAutoscalerCpuInitializationPeriod: String?
        @Option(
            help: ArgumentHelp(
                "What becomes unready sooner after its start counts as never ready. (default: 30s)",
                valueName: "duration"))
        var horizontalPodAutoscalerInitialReadinessDelay: String?
        @Option(
            help: ArgumentHelp(
                "HorizontalPodAutoscalers looked at side by side. (default: 5)", valueName: "count"))
        var concurrentHorizontalPodAutoscalerSyncs: Int?
        @Option(
            help: ArgumentHelp(
                "How often VerticalPodAutoscalers are given a recommendation. (default: 1m)", valueName: "duration"))
        var recommenderInterval: String?
        @Option(
            help: ArgumentHelp(
                "How often pods are brought to what VerticalPodAutoscalers recommend. (default: 1m)",
                valueName: "duration"))
        var updaterInterval: String?
        @Option(
            help: ArgumentHelp(
                "With fewer pods of a controller VerticalPodAutoscalers touch none, unless they say otherwise. (default: 2)",
                valueName: "count"))
        var minReplicas: Int?
        @Option(
            help: ArgumentHelp(
                "How often nodes are asked what they and their pods use, and pods for their own metrics. (default: 15s)",
                valueName: "duration"))
        var metricResolution: String?
        @Option(
            help: ArgumentHelp(
                "Which series that pods expose are custom and external metrics, in YAML. (default: each by its own name)",
                valueName: "file"))
        var metricsConfig: String?
    }
}

/// How the autoscalers work, checked.
struct AutoscalingSettings: Sendable {
    var horizontal = HorizontalSettings()
    var vertical = VerticalSettings()
    var resolution = Duration.seconds(15)
    var rules = MetricRules()

    init(_ options: UpOptions.Autoscaling, _ file: SettingsFile) throws {
        func duration(_ name: String, _ given: String?, into place: inout Duration, atLeast least: Duration) throws {
            guard let text = try given ?? file.string(name) else { return }
            guard let duration = Duration(goText: text), duration >= least else {
                throw ValidationError(
                    "--\(name) must be a duration of at least \(least), such as 30s or 1m30s, not \(text)")
            }
            place = duration
        }
        let second = Duration.seconds(1)
        try duration(
            "horizontal-pod-autoscaler-sync-period", options.horizontalPodAutoscalerSyncPeriod,
            into: &horizontal.syncPeriod, atLeast: second)
        try duration(
            "horizontal-pod-autoscaler-downscale-stabilization", options.horizontalPodAutoscalerDownscaleStabilization,
            into: &horizontal.downscaleStabilization, atLeast: .zero)
        try duration(
            "horizontal-pod-autoscaler-cpu-initialization-period",
            options.horizontalPodAutoscalerCpuInitializationPeriod, into: &horizontal.initializationPeriod,
            atLeast: .zero)
        try duration(
            "horizontal-pod-autoscaler-initial-readiness-delay", options.horizontalPodAutoscalerInitialReadinessDelay,
            into: &horizontal.initialReadinessDelay, atLeast: .zero)
        try duration(
            "recommender-interval", options.recommenderInterval, into: &vertical.recommenderInterval, atLeast: second)
        try duration("updater-interval", options.updaterInterval, into: &vertical.updaterInterval, atLeast: second)
        if let count = try options.minReplicas ?? file.int("min-replicas") {
            guard count > 0 else { throw ValidationError("min-replicas must be greater than 0, but got \(count)") }
            vertical.minReplicas = count
        }
        try duration("metric-resolution", options.metricResolution, into: &resolution, atLeast: second)
        if let text = try options.horizontalPodAutoscalerTolerance ?? file.string("horizontal-pod-autoscaler-tolerance")
        {
            guard let ratio = Double(text), ratio >= 0, ratio.isFinite else {
                throw ValidationError("--horizontal-pod-autoscaler-tolerance must be a ratio, such as 0.1, not \(text)")
            }
            horizontal.tolerance = ratio
        }
        let name = "concurrent-horizontal-pod-autoscaler-syncs"
        if let count = try options.concurrentHorizontalPodAutoscalerSyncs ?? file.int(name) {
            guard count > 0 else { throw ValidationError("\(name) must be greater than 0, but got \(count)") }
            horizontal.concurrency = count
        }
        if let path = try options.metricsConfig ?? file.string("metrics-config") {
            do {
                let text = try String(contentsOfFile: path, encoding: .utf8)
                rules = try MetricRules(try YAML.document(Array(text.utf8)).value)
            } catch {
                throw ValidationError("the metrics configuration \(path) cannot be used: \(error)")
            }
        }
    }
}
