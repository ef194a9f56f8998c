import Basics
import ControlLoops
import HTTPServer
import KubeAPI
import KubeProxy
import Kubelet
import Listening
import Logging
import PrometheusExport
import ServiceLifecycle

/// The nodes of this process: opens their runtimes, which adopts what an earlier process left running, and runs their
/// kubelets.
struct NodesService: ServiceLifecycle.Service {
    let settings: UpSettings
    let network: ClusterNetwork
    let loops: LoopClients
    let kubelets: KubeletTable
    /// What their kubelets show.
    let identity: ServerIdentity
    let metrics: PrometheusRegistry
    let start: Progress
    /// Nodes that come and go.
    var groups: EmbeddedNodeGroups?
    /// Nodes are the leader's, where several processes share a store.
    var leadership: LeadershipService?

    func run() async throws {
        if let leadership {
            do { try await cancelWhenGracefulShutdown { try await leadership.wait() } } catch is CancellationError {
                return
            }
        }
        if settings.nodeCount == 0 {
            try? await cancelWhenGracefulShutdown { try await Gate<Void>().wait() }
            return
        }
        // All nodes of this process share what they keep in memory.
        let world = World(loops.client(ClusterUsers.nodeInformers), logger: Logger(label: "kubelet-world"))
        let runtimes = try await NodeRuntimes.open(settings, network)
        var nodes: [EmbeddedNode] = []
        do {
            try await runNodes(&nodes, world, runtimes)
        } catch {
            await runtimes.close((nodes + (await nodesOfGroups)).map(\.runtime))
            throw error
        }
        await runtimes.close((nodes + (await nodesOfGroups)).map(\.runtime))
    }

    /// Nodes of groups that are there.
    private var nodesOfGroups: [EmbeddedNode] { get async { await groups?.nodes ?? [] } }

    /// A node of a group, from its coming to its going.
    private func live(_ index: Int, _ end: Gate<Void>, _ world: World, _ runtimes: NodeRuntimes) async throws {
        let node = try await EmbeddedNode(
            index: index, settings: settings, network: network, world: world, loops: loops, runtimes: runtimes,
            metrics: { [metrics] in await metrics.page() })
        kubelets.add(node.server, node: node.name)
        await groups?.began(index, node)
        let api = loops.client(EmbeddedNodeGroups.identity)
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await node.kubelet.run()
                return false
            }
            tasks.addTask {
                try await serve(node, index)
                return false
            }
            tasks.addTask {
                try await end.wait()
                await node.empty(api)
                return true
            }
            while let isEmpty = try await tasks.next() { if isEmpty { break } }
            tasks.cancelAll()
            while let _ = try? await tasks.next() {}
        }
        try Task.checkCancellation()
        kubelets.remove(node.name)
        await node.remove(settings.nodeFolder(index), api)
    }

    private func runNodes(_ nodes: inout [EmbeddedNode], _ world: World, _ runtimes: NodeRuntimes) async throws {
        for index in 0..<settings.nodeCount {
            let node = try await EmbeddedNode(
                index: index, settings: settings, network: network, world: world, loops: loops, runtimes: runtimes,
                metrics: { [metrics] in await metrics.page() })
            kubelets.add(node.server, node: node.name)
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
        try await untilShutDown(running) {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await world.run() }
                for node in running { tasks.addTask { try await node.kubelet.run() } }
                for (index, node) in running.enumerated() { tasks.addTask { try await serve(node, index) } }
                if let groups {
                    tasks.addTask {
                        await groups.run { index, end in try await live(index, end, world, runtimes) }
                    }
                }
                if network.kind == .bridge { tasks.addTask { await hostPorts(world).run() } }
                try await tasks.waitForAll()
            }
        }
        // What is left of an ephemeral cluster is its caretaker's, who does not wait.
        if settings.isEphemeral { return }
        // The process ends in order: its pods end with it, each in its own grace.
        let ending = running + (await nodesOfGroups)
        await withTaskGroup(of: Void.self) { tasks in
            for node in ending { tasks.addTask { await node.kubelet.stopAllPods() } }
        }
    }

    /// Cancels what runs when the process is to end, after the pods that have time of their own for that.
    private func untilShutDown(_ nodes: [EmbeddedNode], _ body: @escaping @Sendable () async throws -> Void)
        async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask(operation: body)
            tasks.addTask {
                try? await gracefulShutdown()
                await withTaskGroup(of: Void.self) { ends in
                    for node in nodes { ends.addTask { await node.kubelet.shutDown() } }
                }
            }
            try await tasks.next()
            tasks.cancelAll()
            // What ends because it is told to says so by throwing.
            while let result = await tasks.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    /// The kubelet's port, at an address that no other node of the machine has. The API server of this process needs no
    /// port, so that one which cannot be had is only missing.
    private func serve(_ node: EmbeddedNode, _ index: Int) async throws {
        guard let address = network.kubeletAddress(ofNode: index) else { return }
        let logger = Logger(label: "kubelet")
        do {
            try await node.server.run(
                at: ListenPlace(.tcp, address.description, KubeletServer.port), identity: identity, logger: logger)
        } catch let failure as ListenFailure {
            logger.warning("The kubelet's port cannot be served", metadata: ["error": "\(failure)"])
        }
    }

    /// A host port is open at its node's address, and where the machine reaches the cluster.
    private func hostPorts(_ world: World) -> HostPortProxy {
        let addresses = (0..<settings.nodePlaces).map { index in
            let own = network.nodeAddress(ofNode: index)
            return (settings.nodeName(index), [own, network.nodeAddress].map(\.description))
        }
        return HostPortProxy(
            world: world, addresses: Dictionary(addresses) { first, _ in first }, logger: Logger(label: "host-ports"))
    }
}
