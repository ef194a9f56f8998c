import APIMachinery

/// The network plan of one cluster: which addresses its pods, Services and nodes have and how names end, as one value
/// that is handed down to every room that needs a part of it.
public struct ClusterNetwork: Sendable, Equatable {
    /// Pods' addresses (`--cluster-cidr`); each node has a network of its own in it.
    public let podCIDR: CIDR
    /// Cluster IPs of Services (`--service-cluster-ip-range`).
    public let serviceCIDR: CIDR
    /// Where cluster DNS answers; one of the Services' addresses (`--cluster-dns-address`).
    public let dnsAddress: IPAddress
    /// Where the machine reaches the cluster: node ports, the ingress and the API server.
    public var nodeAddress = ClusterNetwork.localhost
    /// Where pods reach the API server when no node is of its process; nil is at the first node.
    public var advertised: IPAddress?
    /// What Services' names end in.
    public var domain = "cluster.local"

    /// Leading bits that the addresses of one node's pods share, as kube-controller-manager's default.
    public static let nodePrefixLength = 24
    /// Leading bits of the largest range of Services, as kube-apiserver's limit.
    public static let largestServicePrefixLength = 12

    /// Why three texts are no plan; a sentence.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// Throws when the ranges are not IPv4 networks, overlap, have no room, or the DNS address is not a Service's.
    public init(podCIDR: CIDR, serviceCIDR: CIDR, dnsAddress: IPAddress? = nil) throws(Malformed) {
        for (what, range) in [("pods", podCIDR), ("Services", serviceCIDR)] {
            guard !range.address.isIPv6 else { throw Malformed(description: "the range of \(what) must be IPv4") }
            guard range.isNetwork else {
                throw Malformed(
                    description: "\(range) has host bits; the network is \(range.first)/\(range.prefixLength)")
            }
        }
        guard podCIDR.prefixLength <= Self.nodePrefixLength else {
            throw Malformed(
                description: "\(podCIDR) has no room for a node, which needs a /\(Self.nodePrefixLength)")
        }
        guard (Self.largestServicePrefixLength...28).contains(serviceCIDR.prefixLength) else {
            throw Malformed(description: "\(serviceCIDR) must be from /\(Self.largestServicePrefixLength) to /28")
        }
        guard !podCIDR.overlaps(serviceCIDR) else {
            throw Malformed(description: "\(podCIDR) of pods and \(serviceCIDR) of Services overlap")
        }
        let dns = dnsAddress ?? serviceCIDR.first.advanced(by: Self.dnsOffset) ?? serviceCIDR.last
        // The first address is the network's own, the second the API server's, the last the network's broadcast address.
        guard serviceCIDR.contains(dns), dns.value > serviceCIDR.first.value + 1, dns < serviceCIDR.last else {
            throw Malformed(description: "\(dns) is not one of the Services' addresses, \(serviceCIDR), that is free")
        }
        self.init(checked: podCIDR, serviceCIDR, dns)
    }

    private init(checked podCIDR: CIDR, _ serviceCIDR: CIDR, _ dnsAddress: IPAddress) {
        self.podCIDR = podCIDR
        self.serviceCIDR = serviceCIDR
        self.dnsAddress = dnsAddress
    }

    /// The address of the `kubernetes` Service: the first that a Service can have.
    public var kubernetesAddress: IPAddress { serviceCIDR.first.advanced(by: 1) ?? serviceCIDR.last }

    /// The names of the `kubernetes` Service, the shortest first.
    public var kubernetesNames: [String] {
        ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.\(domain)"]
    }

    /// Who signs service accounts' tokens, as kubeadm names it.
    public var issuer: String { "https://kubernetes.default.svc.\(domain)" }

    /// How many nodes have room.
    public var nodeLimit: Int { 1 << (Self.nodePrefixLength - podCIDR.prefixLength) }

    /// The addresses of the pods of a node, counted from 0; nil when there is no room for it.
    public func podCIDR(ofNode index: Int) -> CIDR? {
        guard (0..<nodeLimit).contains(index) else { return nil }
        return podCIDR.first.advanced(by: index << (32 - Self.nodePrefixLength)).flatMap {
            CIDR($0, prefixLength: Self.nodePrefixLength)
        }
    }

    /// An address for the nodes that no other cluster of this machine has, so that node ports and the ingress are this one's
    /// alone: the last but one of the pods' addresses. No pod has it unless there are `nodeLimit` nodes.
    public var ownNodeAddress: IPAddress { podCIDR.last.advanced(by: -1) ?? podCIDR.last }
    /// The address of a node, counted from 0: the machine's on loopback, else the bridge's, which is the first of the node's pods'.
    public func nodeAddress(ofNode index: Int) -> IPAddress {
        guard !isLoopback else { return nodeAddress }
        return podCIDR(ofNode: index)?.first.advanced(by: 1) ?? nodeAddress
    }
    /// Where a node's kubelet listens: the first address of the node's pods, which no pod has. Nil when the network has no room
    /// for the node.
    public func kubeletAddress(ofNode index: Int) -> IPAddress? {
        podCIDR(ofNode: index).map(Self.kubeletAddress(ofPods:))
    }
    /// The same by the addresses of the node's pods.
    public static func kubeletAddress(ofPods network: CIDR) -> IPAddress {
        network.first.advanced(by: 1) ?? network.first
    }

    /// Where pods reach the API server.
    public var advertiseAddress: IPAddress { advertised ?? nodeAddress(ofNode: 0) }
    /// What load balancers are given: an address that pods reach, too.
    public var balancerAddress: IPAddress {
        nodeAddress.isIPv6 || nodeAddress.bytes.first != 127 ? nodeAddress : advertiseAddress
    }
    /// Where node ports are opened, on a cluster of so many nodes.
    public func nodePortAddresses(nodes count: Int) -> [IPAddress] {
        var addresses = [nodeAddress]
        for index in 0..<count where !addresses.contains(nodeAddress(ofNode: index)) {
            addresses.append(nodeAddress(ofNode: index))
        }
        return addresses
    }

    public func overlaps(_ other: CIDR) -> Bool { podCIDR.overlaps(other) || serviceCIDR.overlaps(other) }

    private static let localhost = IPAddress(ipv4: 127 << 24 | 1)
    /// As kubeadm chooses it: the tenth address.
    private static let dnsOffset = 10
}

/// Whether pods have networks of their own.
public enum NetworkKind: String, Sendable, CaseIterable {
    /// A network namespace for each pod, and a bridge for each node.
    case bridge
    /// All pods in the machine's namespace, each at a loopback address of its own.
    case loopback
}

// MARK: The plan of bridges

extension ClusterNetwork {
    /// The networks of clusters whose pods have networks of their own: block 0 is 10.244.0.0/16 for pods and
    /// 10.96.0.0/16 for Services, as kubeadm and its usual network add-on have them; block n is 10.(244-n).0.0/16 and
    /// 10.(96+n).0.0/16.
    public static let bridgeBlocks = 0..<32

    /// One of `bridgeBlocks`; any other number is the nearest of them.
    public init(bridgeBlock block: Int) {
        let block = UInt32(min(max(block, 0), Self.bridgeBlocks.upperBound - 1))
        let services = CIDR(ipv4: 10 << 24 | (96 + block) << 16, prefixLength: 16)
        self.init(
            checked: CIDR(ipv4: 10 << 24 | (244 - block) << 16, prefixLength: 16), services,
            services.first.advanced(by: Self.dnsOffset) ?? services.last)
    }

    public var kind: NetworkKind { isLoopback ? .loopback : .bridge }
}

// MARK: The loopback plan

extension ClusterNetwork {
    /// The networks of clusters whose pods are processes of this machine, of which each has one block of 127.0.0.0/8: block
    /// 0 is 127.100.0.0/16 for pods and 127.96.0.0/16 for Services; block n from 1 on is 127.(127+n).0.0/16, of which the
    /// lower half is for pods and the upper one for Services.
    public static let loopbackBlocks = 0..<128

    /// Block 0.
    public static let standard = ClusterNetwork(loopbackBlock: 0)

    /// One of `loopbackBlocks`; any other number is the nearest of them.
    public init(loopbackBlock block: Int) {
        let block = UInt32(min(max(block, 0), Self.loopbackBlocks.upperBound - 1))
        let pods: CIDR
        let services: CIDR
        if block == 0 {
            pods = CIDR(ipv4: 127 << 24 | 100 << 16, prefixLength: 16)
            services = CIDR(ipv4: 127 << 24 | 96 << 16, prefixLength: 16)
        } else {
            pods = CIDR(ipv4: 127 << 24 | (127 + block) << 16, prefixLength: 17)
            services = CIDR(ipv4: 127 << 24 | (127 + block) << 16 | 1 << 15, prefixLength: 17)
        }
        let dns = services.first.advanced(by: Self.dnsOffset) ?? services.last
        self.init(checked: pods, services, dns)
    }

    /// The part of the loopback range that is for clusters, for a sentence.
    public static let loopbackRange = "127.64.0.0 to 127.254.255.255"

    /// Whether an address is in the part of the loopback range that is for clusters. What is below it is the machine's own
    /// (127.0.0.1, 127.0.1.1, resolvers), and the end is the range's broadcast address.
    public static func isLoopback(_ address: IPAddress) -> Bool {
        loopbackNumbers.contains(UInt32(truncatingIfNeeded: address.value)) && !address.isIPv6
    }
    private static let loopbackNumbers: Range<UInt32> = (127 << 24 | 64 << 16)..<(127 << 24 | 255 << 16)

    /// Whether all of it is loopback addresses, as pods need that are processes of this machine.
    public var isLoopback: Bool {
        [podCIDR, serviceCIDR].allSatisfy { Self.isLoopback($0.first) && Self.isLoopback($0.last) }
    }
}
