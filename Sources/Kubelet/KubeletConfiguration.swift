/// What a node is told at its start.
public struct KubeletConfiguration: Sendable {
    /// The node's name.
    public var nodeName: String
    /// The node's number: its pods are in 127.100.<index>.0/24.
    public var index: Int
    /// Where pods' volumes and logs are.
    public var directory: String
    public var nodeIP = "127.0.0.1"
    /// The cluster's DNS server; empty leaves the host's resolv.conf to the pods.
    public var clusterDNS = ""
    public var clusterDomain = "cluster.local"
    public var maximumPods = 110
    public var kubeletVersion = "v1.36.2"
    /// Further labels of the node.
    public var labels: [String: String] = [:]
    public var podCIDR: String { "127.100.\(index).0/24" }
    public var leaseDurationSeconds = 40
    /// An exec, attach or port-forward in which nothing moves for this long is ended.
    public var streamingConnectionIdleTimeout = Duration.seconds(4 * 3_600)
    public init(nodeName: String, index: Int, directory: String) {
        self.nodeName = nodeName
        self.index = index
        self.directory = directory
    }
}
