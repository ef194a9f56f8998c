import APIMachinery
import ContainerRuntime
import KubeAPI

/// What a node is told at its start.
public struct KubeletConfiguration: Sendable {
    /// The node's name.
    public var nodeName: String
    /// The node's number in the network's plan, from 0 on.
    public var index: Int
    public var network = ClusterNetwork.standard
    /// Where pods' volumes and logs are.
    public var directory: String
    /// Where others reach the node, if not where the network's plan says (`--node-ip`).
    public var address: String?
    public var nodeIP: String { address ?? network.nodeAddress(ofNode: index).description }
    /// The cluster's DNS server; empty leaves the host's resolv.conf to the pods.
    public var clusterDNS = ""
    public var clusterDomain: String { network.domain }
    public var maximumPods = 110
    public var kubeletVersion = "v1.36.2"
    /// Further labels of the node.
    public var labels: [String: String] = [:]
    /// Taints that a node of this kubelet's making begins with, as in a Node's spec (`--register-with-taints`).
    public var taints: [JSON] = []
    /// What the node is said to have, by name, where it is not what the machine has.
    public var capacity: [String: String] = [:]
    /// The addresses of the node's pods; empty when the network has no room for the node.
    public var podCIDR: String { network.podCIDR(ofNode: index)?.description ?? "" }
    public var leaseDurationSeconds = 40
    /// Kernel parameters that pods may set besides the safe ones: names, or beginnings of names followed by `*`.
    public var allowedUnsafeSysctls: [String] = []
    /// An exec, attach or port-forward in which nothing moves for this long is ended.
    public var streamingConnectionIdleTimeout = Duration.seconds(4 * 3_600)
    /// The machine's control groups; nil where this process may make none, and nothing is limited then.
    public var cgroups: CgroupTree?
    /// Why there are none; a sentence, which the node's object tells too.
    public var whyUnlimited: String?
    /// Below which cgroup those of pods are (`--cgroup-root`).
    public var cgroupRoot = "/"
    /// Most processes and threads of one pod; nil is no limit (`--pod-max-pids`).
    public var podMaxPids: Int?
    /// What is kept from pods, by name: `--kube-reserved` and `--system-reserved` together.
    public var reserved = ResourceAmounts()
    /// When pods are evicted because the node is short of something; empty is never.
    public var evictionThresholds: [EvictionThreshold] = []
    /// How long a node tells of being short of something after it was last seen to be.
    public var evictionPressureTransitionPeriod = Duration.seconds(300)
    /// The longest grace of a pod that a soft threshold evicts.
    public var evictionMaxPodGracePeriodSeconds = 0
    /// Below which are the files of seccomp that pods name (`--seccomp-profile-root`).
    public var seccompProfileRoot: String
    /// A file, or a directory of files, that describe pods of this node (`--pod-manifest-path`).
    public var staticPodPath: String?
    /// How long pods have to end when the node shuts down; empty leaves them to whoever stops them.
    public var shutdownGracePeriods: [ShutdownGracePeriod] = []
    /// The file that it was told by (KubeletConfiguration); empty without one.
    public var told = JSON.object
    public init(nodeName: String, index: Int, directory: String) {
        self.nodeName = nodeName
        self.index = index
        self.directory = directory
        seccompProfileRoot = directory + "/seccomp"
    }
}
