import APIMachinery
import Basics
import Collections
import ControlLoops
import KubeAPI
import Kubelet
import Logging
import Synchronization

/// Carries out what the fleet wants: one task looks at what changed and what is due, a fixed number of callers write, each
/// node as the user that it is. What waits is bounded by what there is: one write of each pod, two of each node.
public actor NodeSimulator {
    /// What is played, and where.
    public struct Configuration: Sendable {
        public var names: [String]
        /// Nodes that somebody may ask for later, and what they are like; they count after `names`.
        public var spares: [SpareNodes] = []
        public var stages = SimulationStages()
        public var network = NodeSimulator.network
        public var kubeletVersion = KubeletConfiguration(nodeName: "", index: 0, directory: "").kubeletVersion
        public init(names: [String]) { self.names = names }
    }

    /// The addresses of simulated nodes and pods: nobody listens there.
    public static let network: ClusterNetwork = {
        let pods = CIDR(ipv4: 10 << 24, prefixLength: 8)
        return (try? ClusterNetwork(podCIDR: pods, serviceCIDR: ClusterNetwork.standard.serviceCIDR)) ?? .standard
    }()

    /// Names of this many nodes.
    public static func names(_ count: Int) -> [String] { (1...max(1, count)).map { "node-\($0)" } }

    /// What is kept in memory of the cluster: `world` has to have it.
    public static let reads: [GroupResource] = [Pod.resource, Node.resource]
    /// Tells events for all nodes, and takes nodes out of the cluster, as a cloud's controller does.
    public static let identity = LoopIdentity(
        userName: "system:node-simulator", agent: "kubelet", follows: reads, calls: [.delete(Node.self)],
        recordsEvents: true)

    private var fleet: Fleet
    private let configuration: Configuration
    private let names: [String]
    private let world: World
    private let client: @Sendable (LoopIdentity) -> any ClusterAPI
    private let clock: any TimeSource
    private let events: EventRecorder
    private let logger: Logger

    private var clients: [(any ClusterAPI)?]
    /// Orders of nodes come before those of pods, so that no node is late because there is much to do.
    private var nodeOrders: Deque<FleetOrder> = []
    private var podOrders: Deque<FleetOrder> = []
    private var callers = 0
    /// What the one that looks waits for.
    private var awaited: Instant?
    private let changed = Mutex(Changed())
    private let signal = Signal()

    private struct Changed {
        var pods: Set<ObjectKey> = []
        var nodes: Set<String> = []
    }

    /// `client` gives the cluster as a user sees it.
    public init(
        _ configuration: Configuration, world: World, client: @escaping @Sendable (LoopIdentity) -> any ClusterAPI,
        clock: any TimeSource = SystemClock(), logger: Logger
    ) {
        let spares = configuration.spares.flatMap(\.names)
        names = configuration.names + spares
        fleet = Fleet(
            names, configuration.stages, network: configuration.network, unwanted: Set(spares))
        clients = Array(repeating: nil, count: names.count)
        self.configuration = configuration
        self.world = world
        self.client = client
        self.clock = clock
        self.logger = logger
        events = EventRecorder(client(Self.identity), component: "kubelet", host: "simulated", clock: clock)
    }

    // MARK: Nodes that come and go

    /// The node is brought into the cluster; returns before it is there. Nothing if it is, or nobody knows it.
    public func want(_ name: String) {
        guard let index = fleet.index(ofNode: name) else { return }
        take(fleet.wanted(index))
        signal.raise()
    }
    /// The node is taken out of the cluster.
    public func dismiss(_ name: String) {
        guard let index = fleet.index(ofNode: name) else { return }
        take(fleet.unwanted(index))
        signal.raise()
    }
    /// Those of these nodes that are to be in the cluster, and whether they are.
    public func wanted(of names: [String]) -> [(name: String, isThere: Bool)] {
        names.compactMap { name in
            guard let index = fleet.index(ofNode: name), fleet.nodes[index].standing != .unwanted else { return nil }
            return (name, fleet.nodes[index].standing == .registered)
        }
    }
    private func plan(_ index: Int) -> NodePlan {
        let name = names[index]
        return configuration.spares.first { $0.names.contains(name) }?.plan ?? configuration.stages.nodes
    }

    /// How many pods are played now.
    public var podCount: Int { fleet.podCount }

    /// Runs until the task is cancelled. The world must be running too.
    public func run() async throws {
        for resource in Self.reads { _ = world.cache(resource) }
        try await world.waitUntilSynced(Self.reads)
        let observers = observe()
        defer { for (cache, number) in observers { cache.stopObserving(number) } }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.events.run() }
            take(fleet.started())
            // Nodes that were asked for before this process began are here still.
            for spare in configuration.spares.flatMap(\.names)
            where world.get(Node.self, ObjectKey(name: spare)) != nil { want(spare) }
            while !Task.isCancelled {
                let mayBeMore = lookAtChanges()
                take(fleet.timePassed(at: clock.now))
                while callers < SimulationLimits.callers, callers < nodeOrders.count + podOrders.count {
                    callers += 1
                    group.addTask { await self.call() }
                }
                // Whoever answers meanwhile gets on.
                awaited = fleet.nextDeadline
                if mayBeMore { await letOthersOn() } else { await signal.wait(until: awaited, clock) }
            }
            group.cancelAll()
        }
    }

    /// Not by `Task.yield`, which does not ask the executor that a simulation puts in the place of the pool.
    private nonisolated func letOthersOn() async { await Task {}.value }

    // MARK: News

    private nonisolated func observe() -> [(ObjectCache, Int)] {
        let names = Set(names)
        let pods = world.cache(Pod.resource)
        let nodes = world.cache(Node.resource)
        let podObserver = pods.observe { [weak self] change in
            let isOurs = [change.new, change.old].contains { names.contains($0?["spec", "nodeName"]?.string ?? "") }
            if isOurs { self?.mark { $0.pods.insert(change.key) } }
        }
        let nodeObserver = nodes.observe { [weak self] change in
            if names.contains(change.key.name) { self?.mark { $0.nodes.insert(change.key.name) } }
        }
        return [(pods, podObserver), (nodes, nodeObserver)]
    }
    private nonisolated func mark(_ body: (inout Changed) -> Void) {
        changed.withLock { body(&$0) }
        signal.raise()
    }

    /// Whether there may be more changes to look at.
    private func lookAtChanges() -> Bool {
        let (pods, nodes) = changed.withLock { changed -> ([ObjectKey], Set<String>) in
            let nodes = changed.nodes
            changed.nodes = []
            if changed.pods.count <= SimulationLimits.pods {
                let pods = Array(changed.pods)
                changed.pods.removeAll(keepingCapacity: true)
                return (pods, nodes)
            }
            return ((0..<SimulationLimits.pods).compactMap { _ in changed.pods.popFirst() }, nodes)
        }
        let now = clock.now
        for name in nodes { take(fleet.nodeChanged(name, world.get(Node.self, ObjectKey(name: name)), at: now)) }
        for key in pods { take(fleet.podChanged(key, world.get(Pod.self, key), at: now)) }
        return !pods.isEmpty || !nodes.isEmpty
    }

    // MARK: Orders

    private func take(_ orders: [FleetOrder]) {
        for order in orders {
            switch order {
            case .register, .unregister, .renewLease, .writeNodeStatus: nodeOrders.append(order)
            case .writeStatus, .readPod, .deletePod: podOrders.append(order)
            case .event(_, let object, let isWarning, let reason, let message):
                events.record(EventNote(regarding: object.json, isWarning ? .warning : .normal, reason, message))
            case .look(let key): mark { $0.pods.insert(key) }
            }
        }
    }

    /// Carries out orders until none is left.
    private func call() async {
        while !Task.isCancelled, let order = nodeOrders.popFirst() ?? podOrders.popFirst() {
            switch order {
            case .writeStatus(let place, let node, let pod): take(await write(pod, place, api(node)))
            case .readPod(let place, let node, let key):
                let fresh = try? await api(node).get(Pod.self, key)
                take(fleet.podRead(place, fresh, at: clock.now))
            case .deletePod(let place, let node, let key, let uid):
                take(await delete(key, uid, place, api(node)))
            case .register(let index): await register(index)
            case .unregister(let index): await unregister(index)
            case .renewLease(let index, let lease): await renew(index, lease)
            case .writeNodeStatus(let index, let node): await writeStatus(index, node)
            case .event, .look: break
            }
            // The one that waits for what is due waits too long.
            if let next = fleet.nextDeadline, next < awaited ?? .distantFuture { signal.raise() }
        }
        callers -= 1
    }

    private func api(_ index: Int) -> any ClusterAPI {
        if let client = clients[index] { return client }
        let new = client(NodeAgent.identity(names[index]))
        clients[index] = new
        return new
    }

    private func write(_ pod: Pod, _ place: PodPlace, _ api: any ClusterAPI) async -> [FleetOrder] {
        do {
            let written = try await api.updateStatus(Pod.resource, pod.json)
            return fleet.statusWritten(place, Pod(written), at: clock.now)
        } catch let error as StatusError where error.code == 409 {
            return fleet.statusOutdated(place, at: clock.now)
        } catch let error as StatusError where error.code == 404 {
            return fleet.podIsGone(place, at: clock.now)
        } catch {
            logger.debug("Cannot write a pod's status", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
            return fleet.statusNotWritten(place, at: clock.now)
        }
    }

    private func delete(
        _ key: ObjectKey, _ uid: String, _ place: PodPlace, _ api: any ClusterAPI
    ) async -> [FleetOrder] {
        do {
            try await api.delete(Pod.self, key, DeletionOptions(uid: uid, gracePeriodSeconds: 0))
            return fleet.happened(place, .objectDeleted, at: clock.now)
        } catch let error as StatusError where error.code == 404 || error.code == 409 {
            return fleet.happened(place, .objectDeleted, at: clock.now)
        } catch {
            logger.warning("Cannot delete a pod's object", metadata: ["pod": "\(key)", "error": "\(error)"])
            return fleet.happened(place, .objectNotDeleted, at: clock.now)
        }
    }

    // MARK: Nodes

    private func writer(_ index: Int) -> NodeWriter {
        NodeWriter(
            name: names[index], index: index, plan: plan(index),
            network: configuration.network, version: configuration.kubeletVersion, api: api(index), clock: clock)
    }

    private func register(_ index: Int) async {
        let writer = writer(index)
        do {
            let node = try await writer.register()
            take(fleet.registered(index, node, at: clock.now))
        } catch {
            logger.debug("Cannot register a node yet", metadata: ["node": "\(writer.name)", "error": "\(error)"])
            take(fleet.registered(index, nil, at: clock.now))
        }
    }

    private func unregister(_ index: Int) async {
        let name = names[index]
        do { try await client(Self.identity).delete(Node.self, ObjectKey(name: name)) } catch {
            if (error as? StatusError)?.code == 404 { return }
            logger.warning("Cannot take a node out of the cluster", metadata: ["node": "\(name)", "error": "\(error)"])
        }
    }

    private func renew(_ index: Int, _ lease: Lease?) async {
        let writer = writer(index)
        let owner = fleet.nodes[index].object
        do { fleet.renewed(index, try await writer.renew(lease, owner: owner)) } catch {
            logger.debug("Cannot renew a node's lease", metadata: ["node": "\(writer.name)", "error": "\(error)"])
            fleet.renewed(index, nil)
        }
    }

    private func writeStatus(_ index: Int, _ before: Node) async {
        let writer = writer(index)
        do { fleet.statusOfNodeWritten(index, try await writer.writeStatus(before)) } catch {
            logger.debug("Cannot write a node's status", metadata: ["node": "\(writer.name)", "error": "\(error)"])
            fleet.statusOfNodeWritten(index, nil)
        }
    }
}
