import APIMachinery
import Basics
import ClusterDNS
import ControlLoops
import KubeAPI
import KubeProxy
import Listening
import Logging

/// What leads traffic on a node in a process of its own, whose pods have networks of their own: Services, their names, host
/// ports, and routes to the pods of other nodes. On loopback the cluster's process does it for all.
struct NodeTraffic: Sendable {
    private let place: NodePlace
    private let plan: NodeShare
    private let name: String
    /// What the proxy reads, which is the whole cluster's, unlike the kubelet's.
    private let world: World
    private let pods: World

    /// `pods` has the node's pods.
    init(name: String, plan: NodeShare, place: NodePlace, cluster: any ClusterAPI, pods: World) {
        self.name = name
        self.plan = plan
        self.place = place
        self.pods = pods
        world = World(cluster, logger: Logger(label: "kube-proxy"))
    }

    /// Where node ports are: the node's address, its pods' way out, and the machine's own.
    private var addresses: [String] {
        [place.address, plan.network.nodeAddress(ofNode: plan.index).description, "127.0.0.1"]
    }

    func run() async throws {
        guard let machine = place.machine else { return try await Gate<Void>().wait() }
        var here = ProxyPlace(nodeNames: [name], nodePortAddresses: addresses)
        // They are the API server's.
        here.hasBalancers = false
        let proxy = ServiceProxy(
            world: world, configuration: .init(place: here),
            logger: Logger(label: "kube-proxy"))
        let hostPorts = HostPortProxy(
            world: pods, addresses: [name: addresses], logger: Logger(label: "host-ports"))
        let routes = NodeRoutes(
            world: world, machine: machine, own: [plan.pods], server: place.server, logger: Logger(label: "network"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await world.run() }
            tasks.addTask { await proxy.run() }
            tasks.addTask { await hostPorts.run() }
            tasks.addTask { await routes.run() }
            tasks.addTask { try await dns() }
            try await tasks.waitForAll()
        }
    }

    private func dns() async throws {
        let logger = Logger(label: "cluster-dns")
        do {
            try await DNSService(
                world: world, configuration: DNSService.Configuration(plan.network), logger: logger
            ).run()
        } catch let failure as ListenFailure {
            logger.warning("Pods find no Services by name", metadata: ["error": "\(failure)"])
            try await Gate<Void>().wait()
        }
    }
}
