/// How the cluster autoscaler behaves; names and defaults are those of the autoscaler project's flags.
public struct AutoscalerOptions: Sendable, Equatable {
    public enum Expander: String, Sendable, CaseIterable {
        case random, mostPods = "most-pods", leastWaste = "least-waste", leastNodes = "least-nodes", price, priority
    }
    public var scanInterval = Duration.seconds(10)
    /// The first decides; where several are as good, the next.
    public var expanders: [Expander] = [.leastWaste]
    public var balancesSimilarGroups = false
    /// Labels in which similar groups may differ, besides those that tell nodes and zones apart.
    public var balancingIgnoredLabels: Set<String> = []
    /// Groups that have less than their least are brought to it.
    public var enforcesMinSize = false
    /// Of all nodes together; 0 is without limit.
    public var maxNodesTotal = 0
    /// Cores of all nodes together.
    public var coresTotal = 0...320_000
    /// GiB of all nodes together.
    public var memoryTotal = 0...6_400_000
    /// No more nodes are asked for at a time for one group.
    public var maxNodesPerScaleUp = 1_000
    /// A pod must have waited so long.
    public var newPodScaleUpDelay = Duration.zero
    /// Pods of less priority are not worth a node, neither a new one nor that it stays.
    public var expendablePodsPriorityCutoff = -10
    /// A node that is not there after so long will not be.
    public var maxNodeProvisionTime = Duration.seconds(900)
    /// A node that is there and was never ready is thought to be starting for so long.
    public var maxNodeStartupTime = Duration.seconds(900)
    public var initialBackoff = Duration.seconds(300)
    public var maxBackoff = Duration.seconds(1_800)
    public var backoffResetTimeout = Duration.seconds(10_800)
    /// Keys of taints that nodes have until they have started; templates are looked at without them.
    public var startupTaints: Set<String> = []
    /// Keys of taints that say how a node is; templates are looked at without them.
    public var statusTaints: Set<String> = []

    public var isScaleDownEnabled = true
    public var isScaleDownOfUnreadyEnabled = true
    public var scaleDownDelayAfterAdd = Duration.seconds(600)
    public var scaleDownDelayAfterDelete = Duration.zero
    public var scaleDownDelayAfterFailure = Duration.seconds(180)
    public var scaleDownUnneededTime = Duration.seconds(600)
    public var scaleDownUnreadyTime = Duration.seconds(1_200)
    /// The greater share of CPU and memory that pods ask for; below it a node is not needed.
    public var scaleDownUtilizationThreshold = 0.5
    public var ignoresDaemonSetsUtilization = false
    public var ignoresMirrorPodsUtilization = false
    public var skipsNodesWithLocalStorage = true
    public var skipsNodesWithSystemPods = true
    public var skipsNodesWithCustomControllerPods = true
    /// So many nodes with pods are looked at for whether these would find room elsewhere.
    public var scaleDownNonEmptyCandidates = 30
    /// Nodes that go at a time, and those of them that have pods.
    public var maxScaleDownParallelism = 10
    public var maxDrainParallelism = 1
    /// Nodes that are told from look to look that they will probably go, so that pods come to others; 0 is none.
    public var maxBulkSoftTaintCount = 10
    /// How long is waited between the closing of a node and its end.
    public var nodeDeleteDelayAfterTaint = Duration.seconds(5)
    /// How long an eviction that a budget refuses is tried again.
    public var maxPodEvictionTime = Duration.seconds(120)
    /// How long pods may take to leave a node.
    public var maxGracefulTermination = Duration.seconds(600)

    /// Above both of these nothing is done: something is wrong with the cluster, not with its size.
    public var okTotalUnreadyCount = 3
    public var maxTotalUnreadyPercentage = 45

    /// For tests of the tests.
    var fault: AutoscalerFault?

    public init() {}

    /// As they are for a group that has some of its own.
    func options(of group: NodeGroup) -> AutoscalerOptions {
        var options = self
        let own = group.options
        if let value = own.scaleDownUtilizationThreshold { options.scaleDownUtilizationThreshold = value }
        if let value = own.scaleDownUnneededTime { options.scaleDownUnneededTime = value }
        if let value = own.scaleDownUnreadyTime { options.scaleDownUnreadyTime = value }
        if let value = own.maxNodeProvisionTime { options.maxNodeProvisionTime = value }
        if let value = own.maxNodeStartupTime { options.maxNodeStartupTime = value }
        if let value = own.ignoresDaemonSetsUtilization { options.ignoresDaemonSetsUtilization = value }
        return options
    }
}

/// Deliberate bugs, which the simulation must find.
enum AutoscalerFault: String, Sendable, CaseIterable {
    /// A group's most is forgotten.
    case exceedsMaximum
    /// Nodes that go together are counted one by one against the group's least.
    case goesBelowMinimum
    /// Rules about who may be moved are forgotten.
    case movesTheUnmovable
    /// What is being made is asked for again.
    case forgetsUpcoming
    /// Nodes go as soon as nobody needs them, however lately they came.
    case forgetsCoolDown
}
