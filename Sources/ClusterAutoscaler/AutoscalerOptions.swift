/// How the cluster autoscaler behaves; names and defaults are those of the autoscaler project's flags.
public struct AutoscalerOptions: Sendable, Equatable {
    public enum Expander: String, Sendable, CaseIterable {
        case random, mostPods = "most-pods", leastWaste = "least-waste", price, priority
    }
    public var scanInterval = Duration.seconds(10)
    /// The first decides; where several are as good, the next.
    public var expanders: [Expander] = [.leastWaste]
    public var balancesSimilarGroups = false
    /// Of all groups together; 0 is without limit.
    public var maxNodesTotal = 0
    /// No more nodes are asked for at a time for one group.
    public var maxNodesPerScaleUp = 1_000
    /// A pod must have waited so long.
    public var newPodScaleUpDelay = Duration.zero
    /// Pods of less priority are not worth a node.
    public var expendablePodsPriorityCutoff = -10
    /// A node that is not there after so long will not be.
    public var maxNodeProvisionTime = Duration.seconds(900)
    public var initialBackoff = Duration.seconds(300)
    public var maxBackoff = Duration.seconds(1_800)
    public var backoffResetTimeout = Duration.seconds(10_800)

    public var isScaleDownEnabled = true
    public var scaleDownDelayAfterAdd = Duration.seconds(600)
    public var scaleDownDelayAfterDelete = Duration.zero
    public var scaleDownDelayAfterFailure = Duration.seconds(180)
    public var scaleDownUnneededTime = Duration.seconds(600)
    public var scaleDownUnreadyTime = Duration.seconds(1_200)
    /// The greater share of CPU and memory that pods ask for; below it a node is not needed.
    public var scaleDownUtilizationThreshold = 0.5
    public var skipsNodesWithLocalStorage = true
    public var skipsNodesWithSystemPods = true
    /// So many empty nodes go at a time.
    public var maxEmptyBulkDelete = 10
    /// How long pods may take to leave a node.
    public var maxGracefulTermination = Duration.seconds(600)

    /// Above both of these nothing is done: something is wrong with the cluster, not with its size.
    public var okTotalUnreadyCount = 3
    public var maxTotalUnreadyPercentage = 45

    public init() {}
}
