/// How the vertical autoscaler works, with the figures of Kubernetes' autoscaler project.
public struct VerticalSettings: Sendable, Equatable {
    /// How often use is looked at and a recommendation made of it.
    public var recommenderInterval = Duration.seconds(60)
    /// How often pods are looked at.
    public var updaterInterval = Duration.seconds(60)
    /// How often checkpoints of autoscalers that are gone are looked for.
    public var checkpointCleanupInterval = Duration.seconds(600)

    public var lowerPercentile = 0.5
    public var targetPercentile = 0.9
    public var upperPercentile = 0.95
    /// On top of what was used.
    public var margin = 0.15
    /// What a pod asks for at least, in thousandths of a processor and in bytes; its containers share it.
    public var leastMilliProcessors = 25
    public var leastMemoryBytes = 250 * 1024 * 1024
    /// A history of this length has a confidence of one.
    public var confidenceInterval = Duration.seconds(86_400)
    /// Of memory the greatest use within this counts, and so many of these are remembered.
    public var peakInterval = Duration.seconds(86_400)
    public var peakCount = 8
    /// An end for want of memory asks for so much more.
    public var outOfMemoryRatio = 1.2
    public var outOfMemoryBytes = 100 * 1024 * 1024

    /// With fewer pods none is touched.
    public var minReplicas = 2
    /// Which part of the pods may be away at once.
    public var evictionTolerance = 0.5
    /// Changes below this part of what is asked for are not worth it.
    public var updateThreshold = 0.1
    /// A pod within its bounds is touched when it is as old as this.
    public var lifetimeThreshold = Duration.seconds(12 * 3600)
    /// An end for want of memory this soon after the start is a reason to act.
    public var quickOutOfMemory = Duration.seconds(600)
    /// A resize that its node puts off for longer is given up for an eviction.
    public var deferredResizeTimeout = Duration.seconds(300)
    /// A resize that takes longer as well.
    public var resizeTimeout = Duration.seconds(3600)
    /// Between two changes of pods, nothing unless said.
    public var updatePause = Duration.zero

    public init() {}

    /// What was not measured for so long is forgotten.
    var memoryWindow: Duration { peakInterval * peakCount }
}
