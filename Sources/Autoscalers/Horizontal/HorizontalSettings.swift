/// How the horizontal autoscaler works, as kube-controller-manager's flags of these names say it.
public struct HorizontalSettings: Sendable, Equatable {
    /// `--horizontal-pod-autoscaler-sync-period`: how often each autoscaler is looked at.
    public var syncPeriod = Duration.seconds(15)
    /// `--horizontal-pod-autoscaler-downscale-stabilization`: for who says no window of his own.
    public var downscaleStabilization = Duration.seconds(300)
    /// `--horizontal-pod-autoscaler-tolerance`: how far from the target a ratio may be without consequence.
    public var tolerance = 0.1
    /// `--horizontal-pod-autoscaler-cpu-initialization-period`: for how long after its start a pod's use of the processor may
    /// be left out.
    public var initializationPeriod = Duration.seconds(300)
    /// `--horizontal-pod-autoscaler-initial-readiness-delay`: what becomes unready sooner after its start was never ready.
    public var initialReadinessDelay = Duration.seconds(30)
    /// `--concurrent-horizontal-pod-autoscaler-syncs`: autoscalers looked at side by side.
    public var concurrency = 5
    /// The gate HPAScaleToZero (alpha in v1.36, and off): whether a target may be scaled to nothing and back.
    public var scalesToZero = false
    public init() {}
}
