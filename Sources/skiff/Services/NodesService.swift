import ControlLoops
import KubeAPI
import KubeProxy
import Kubelet
import Logging
import ServiceLifecycle

/// The nodes of this process: opens their runtimes, which adopts what an earlier process left running, and runs their
/// kubelets.
struct NodesService: ServiceLifecycle.Service {
    let settings: UpSettings
    let network: ClusterNetwork
    let loops: LoopClients
    let kubelets: KubeletTable
    let start: Progress
    /// Nodes are the leader's, where several processes share a store.
    var leadership: LeadershipService?

    func run() async throws {
        if let leadership {
            do { try await cancelWhenGracefulShutdown { try await leadership.wait() } } catch is CancellationError {
                return
            }
        }
        // All nodes of this process share what they keep in memory.
        let world = World(loops.client(ClusterUsers.nodeInformers), logger: Logger(label: "kubelet-world"))
        let runtimes = try await NodeRuntimes.open(settings, network)
        var nodes: [EmbeddedNode] = []
        do {
            try await runNodes(&nodes, world, runtimes)
        } catch {
            await runtimes.close(nodes.map(\.runtime))
            throw error
        }
        await runtimes.close(nodes.map(\.runtime))
    }

    private func runNodes(_ nodes: inout [EmbeddedNode], _ world: World, _ runtimes: NodeRuntimes) async throws {
        for index in 0..<settings.nodeCount {
            let node = try await EmbeddedNode(
                index: index, settings: settings, network: network, world: world, loops: loops, runtimes: runtimes)
            kubelets.add(node.kubelet, node: node.name)
            nodes.append(node)
        }
        if let first = nodes.first(where: \.isNew) {
            let names = nodes.filter(\.isNew).map(\.name).joined(separator: ", ")
            let count = runtimes.catalog.entries.reduce(0) { $0 + $1.images.count }
            start.done(
                runtimes.hasImages
                    ? "Node \(names) made, whose containers are \(first.runtime.information.name)'s"
                    : "Node \(names) made, whose catalogue knows \(count) images")
        }
        let running = nodes
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await world.run() }
                for node in running { tasks.addTask { try await node.kubelet.run() } }
                if network.kind == .bridge { tasks.addTask { await hostPorts(world).run() } }
                try await tasks.waitForAll()
            }
        }
        // What is left of an ephemeral cluster is its caretaker's, who does not wait.
        if settings.isEphemeral { return }
        // The process ends in order: its pods end with it, each in its own grace.
        await withTaskGroup(of: Void.self) { tasks in
            for node in running { tasks.addTask { await node.kubelet.stopAllPods() } }
        }
    }

    /// A host port is open at its node's address, and where the machine reaches the cluster.
    private func hostPorts(_ world: World) -> HostPortProxy {
        let addresses = (0..<settings.nodeCount).map { index in
            let own = network.nodeAddress(ofNode: index)
            return (EmbeddedNode.name(index), [own, network.nodeAddress].map(\.description))
        }
        return HostPortProxy(
            world: world, addresses: Dictionary(addresses) { first, _ in first }, logger: Logger(label: "host-ports"))
    }
}
