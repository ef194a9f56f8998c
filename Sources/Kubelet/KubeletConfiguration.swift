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
    public var nodeIP: String { network.nodeAddress(ofNode: index).description }
    /// The cluster's DNS server; empty leaves the host's resolv.conf to the pods.
    public var clusterDNS = ""
    public var clusterDomain: String { network.domain }
    public var maximumPods = 110
    public var kubeletVersion = "v1.36.2"
    /// Further labels of the node.
    public var labels: [String: String] = [:]
    /// The addresses of the node's pods; empty when the network has no room for the node.
    public var podCIDR: String { network.podCIDR(ofNode: index)?.description ?? "" }
    public var leaseDurationSeconds = 40
    /// Kernel parameters that pods may set besides the safe ones: names, or beginnings of names followed by `*`.
    public var allowedUnsafeSysctls: [String] = []
    /// An exec, attach or port-forward in which nothing moves for this long is ended.
    public var streamingConnectionIdleTimeout = Duration.seconds(4 * 3_600)
    public init(nodeName: String, index: Int, directory: String) {
        self.nodeName = nodeName
        self.index = index
        self.directory = directory
    }
}
