import APIMachinery
import KubeAPI
import Testing

@Suite struct ClusterNetworkBridgeTests {
    @Test func blocksAreKubernetesOwnAndDoNotOverlap() {
        let blocks = ClusterNetwork.bridgeBlocks.map { ClusterNetwork(bridgeBlock: $0) }
        #expect(blocks[0].podCIDR.description == "10.244.0.0/16" && blocks[0].serviceCIDR.description == "10.96.0.0/16")
        #expect(
            blocks[0].dnsAddress.description == "10.96.0.10" && blocks[0].kubernetesAddress.description == "10.96.0.1")
        let ranges = blocks.flatMap { [$0.podCIDR, $0.serviceCIDR] }
        for (index, range) in ranges.enumerated() {
            #expect(!ranges[..<index].contains { $0.overlaps(range) }, "\(range)")
        }
        #expect(blocks.allSatisfy { $0.kind == .bridge })
        #expect(ClusterNetwork.standard.kind == .loopback)
    }

    @Test func nodesHaveAddressesOfTheirOwn() {
        let network = ClusterNetwork(bridgeBlock: 0)
        #expect(
            (0..<3).map { network.nodeAddress(ofNode: $0).description } == ["10.244.0.1", "10.244.1.1", "10.244.2.1"])
        #expect(network.advertiseAddress.description == "10.244.0.1")
        #expect(
            network.nodePortAddresses(nodes: 2).map(\.description) == ["127.0.0.1", "10.244.0.1", "10.244.1.1"])
        // What only the machine reaches is no load balancer's address.
        #expect(network.balancerAddress.description == "10.244.0.1")
        var outside = network
        outside.nodeAddress = IPAddress(ipv4: 192 << 24 | 2 << 8 | 7)
        #expect(outside.balancerAddress == outside.nodeAddress)
        let loopback = ClusterNetwork.standard
        #expect(loopback.nodeAddress(ofNode: 1).description == "127.0.0.1")
        #expect(loopback.nodePortAddresses(nodes: 2).map(\.description) == ["127.0.0.1"])
        #expect(loopback.balancerAddress.description == "127.0.0.1")
    }
}
