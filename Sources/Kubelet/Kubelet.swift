import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import CoreMetrics
import KubeAPI
import Logging
import OutboundHTTP
import Synchronization

/// # Kubelet
///
/// Runs the pods that are bound to its node, and says how they and the node are.
///
/// - `Decision/`: `PodState` with `decide` and `happened`, `PodStatusBuilder`: what is and what should be → which steps;
///   values without input and output. What containers' ends mean is `PodLifecycle`'s, in KubeAPI.
/// - `Pods/`: `PodCore`, one pod as a value that says what to do next; `PodWorker`, its shell; the steps it carries out.
///   `Probes/`, `Volumes/`, `Environment/`.
/// - `Node/`: the Node object, its Lease, events.
/// - `Server/`: what others ask of a kubelet over HTTPS, and who may.
/// - `Sessions/`: logs, exec, attach and port-forward of pods; what carries them is in Streams.
///
/// **Invariant:** a pod's state changes by events alone, within `PodCore`.
/// **Invariant:** of its runtime the kubelet asks abilities, never the name.
///
/// - `Resources/`: what pods and containers get of the machine: cgroups, resizes, eviction by pressure.
///
/// Absent on purpose: the runtime (behind `RuntimeService`), services and names (KubeProxy, ClusterDNS), device plugins.
public actor NodeAgent {
    let configuration: KubeletConfiguration
    let world: World
    let runtime: any RuntimeService
    let clock: any TimeSource
    let logger: Logger
    let context: PodContext
    let sampler: StatsSampler
    private let plugins: PluginRegistrar
    nonisolated var probeCounts: ProbeCounts { context.probeCounts }
    private let metrics: any MetricsFactory
    /// By uid.
    private(set) var workers: [String: PodWorker] = [:]
    var resizes = ResizeRounds()
    var eviction: EvictionCore
    /// Looks how much the machine has left.
    let look: @Sendable () -> [EvictionSignal: EvictionObservation]
    private let dirty = Mutex<Dirty>(Dirty())
    private let signal = Signal()
    var isStopping = false
    var staticFiles: StaticPodFiles?
    /// What files describe now, by uid.
    var staticPods: [String: Pod] = [:]
    /// Whether it follows the cluster and has taken over what ran before.
    private(set) var isRunning = false

    private struct Dirty {
        var pods: Set<ObjectKey> = []
        /// Namespaces in which something changed that pods refer to; the empty one is all.
        var namespaces: Set<String> = []
    }

    /// What a kubelet reads; watch these before `run`.
    public static let reads: [GroupResource] = [
        Pod.resource, Node.resource, ConfigMap.resource, Secret.resource, Service.resource,
        PersistentVolumeClaim.resource, PersistentVolume.resource, CSIDriver.resource,
    ]

    /// What a kubelet changes: its node and the node's lease, its pods' status, and pods that have ended; tokens for
    /// their accounts.
    static let writes: [Permission] = [
        .create(Node.self), .update(Node.self), .status(Node.self),
        Permission(.get, Lease.resource), .create(Lease.self), .update(Lease.self),
        .create(Pod.self), .status(Pod.self), .delete(Pod.self),
        Permission(.create, ServiceAccount.resource, subresource: .token),
        .create(TokenReview.self), .create(SubjectAccessReview.self), Permission(.get, RuntimeClass.resource),
        Permission(.get, CSINode.resource), .create(CSINode.self), .update(CSINode.self),
        Permission(.get, VolumeAttachment.resource), .patchStatus(PersistentVolumeClaim.self),
    ]
    /// What any node may do.
    public static let permissions = PermissionSet(
        reads.flatMap(Permission.following) + writes + Permission.recordingEvents)

    /// Who a node is: one of `system:nodes`.
    public static func identity(_ node: String) -> LoopIdentity {
        LoopIdentity(
            userName: "system:node:\(node)", groups: ["system:nodes"], agent: "kubelet", permissions: permissions)
    }

    /// `api` is the cluster as the node's user; without one, the world's, held to what a node may do.
    public init(
        _ configuration: KubeletConfiguration, world: World, api: (any ClusterAPI)? = nil,
        runtime: any RuntimeService,
        observe: (@Sendable () -> [EvictionSignal: EvictionObservation])? = nil,
        clock: any TimeSource = SystemClock(), http: OutboundClient = OutboundClient(),
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger
    ) {
        self.metrics = metrics
        self.configuration = configuration
        self.world = world
        self.runtime = runtime
        self.clock = clock
        self.logger = logger
        sampler = StatsSampler(node: configuration.nodeName, runtime: runtime, clock: clock)
        eviction = EvictionCore(configuration.evictionThresholds)
        eviction.transitionPeriod = configuration.evictionPressureTransitionPeriod
        eviction.maximumPodGraceSeconds = configuration.evictionMaxPodGracePeriodSeconds
        let observer = MachineObserver(directory: configuration.directory)
        look = observe ?? { observer.observe() }
        let api = api ?? ConfinedAPI(world.api, to: Self.identity(configuration.nodeName))
        let events = EventRecorder(
            api, component: "kubelet", host: configuration.nodeName, clock: clock, metrics: metrics)
        let tokens = PodTokens(api: api, clock: clock)
        let csi = CSIVolumes(
            node: configuration.nodeName, directory: configuration.directory, world: world, api: api, tokens: tokens,
            events: events, http: http, clock: clock, logger: logger)
        plugins = PluginRegistrar(
            directory: configuration.directory + "/plugins_registry", drivers: csi.drivers,
            node: CSINodeWriter(node: configuration.nodeName, api: api, clock: clock, logger: logger), http: http,
            clock: clock, logger: logger)
        context = PodContext(
            node: configuration.nodeName, configuration: configuration, world: world, api: api, runtime: runtime,
            events: events, clock: clock, logger: logger, probes: ProbeRunner(runtime: runtime, http: http),
            tokens: tokens, csi: csi,
            cgroups: configuration.cgroups.map { tree in
                NodeCgroups(
                    tree, CgroupNames(root: configuration.cgroupRoot),
                    ResourcePolicy(podPidsLimit: configuration.podMaxPids), logger: logger)
            })
    }

    /// Runs until the task is cancelled; pods go on running. The world must be running too.
    public func run() async throws {
        for resource in Self.reads { _ = world.cache(resource) }
        // These need no cluster.
        await startStaticPods()
        let early =
            configuration.staticPodPath == nil
            ? []
            : [
                Task { await keepStaticPods() }, Task { await watchRuntime() },
            ]
        defer { for task in early { task.cancel() } }
        try await world.waitUntilSynced(Self.reads)
        let observers = observe()
        defer { for (cache, number) in observers { cache.stopObserving(number) } }
        let sampling = NodeMetrics.sampled(configuration.nodeName, runtime, by: metrics)
        defer { sampling.end() }
        await withTaskGroup(of: Void.self) { group in
            let registrar = NodeRegistrar(context: context)
            group.addTask { await registrar.run() }
            group.addTask { await self.context.events.run() }
            await adopt()
            isRunning = true
            group.addTask { await self.retryResizes() }
            if early.isEmpty { group.addTask { await self.watchRuntime() } }
            group.addTask { await self.watchCluster() }
            group.addTask { await self.keepTokens() }
            group.addTask { await self.watchUsage() }
            group.addTask { await self.collectImages() }
            group.addTask { [plugins] in await plugins.run() }
            group.addTask { await self.takeDownOrphans() }
            await group.next()
            group.cancelAll()
        }
        isRunning = false
        isStopping = true
        context.csi.end()
        for worker in workers.values { await worker.stop() }
    }

    // MARK: News of the cluster

    private nonisolated func observe() -> [(ObjectCache, Int)] {
        let node = configuration.nodeName
        var observers: [(ObjectCache, Int)] = []
        func follow(_ resource: GroupResource, _ body: @escaping @Sendable (ObjectCache.Change) -> Void) {
            let cache = world.cache(resource)
            observers.append((cache, cache.observe(body)))
        }
        follow(Pod.resource) { [weak self] change in
            guard [change.old, change.new].contains(where: { $0?["spec", "nodeName"]?.string == node }) else { return }
            self?.mark { $0.pods.insert(change.key) }
        }
        for resource in [ConfigMap.resource, Secret.resource, PersistentVolumeClaim.resource] {
            follow(resource) { [weak self] change in
                self?.mark { $0.namespaces.insert(change.key.namespace) }
            }
        }
        follow(PersistentVolume.resource) { [weak self] _ in self?.mark { $0.namespaces.insert("") } }
        return observers
    }
    private nonisolated func mark(_ body: (inout Dirty) -> Void) {
        dirty.withLock { body(&$0) }
        signal.raise()
    }

    private func watchCluster() async {
        while !Task.isCancelled {
            let dirty = dirty.withLock { dirty in
                defer { dirty = Dirty() }
                return dirty
            }
            for key in dirty.pods { await look(at: key) }
            if !dirty.pods.isEmpty, resizes.waiting > 0 { await decideResizes() }
            if !dirty.namespaces.isEmpty {
                for worker in workers.values {
                    let namespace = await worker.pod.namespace
                    if !dirty.namespaces.isDisjoint(with: ["", namespace]) { await worker.dependencyChanged() }
                }
            }
            await signal.wait()
        }
    }

    private func look(at key: ObjectKey) async {
        guard !isStopping else { return }
        let pod = world.get(Pod.self, key)
        for (uid, worker) in workers where uid != pod?.uid {
            let own = await worker.pod
            if own.key == key, !own.isStatic { await worker.podGone() }
        }
        // A mirror is no pod of its own.
        guard let pod, pod.spec.nodeName == configuration.nodeName, pod.mirroredUID == nil else { return }
        if let worker = workers[pod.uid] {
            await worker.podChanged(pod)
            if await worker.wantsResize { await decideResizes() }
        } else if !hasEndedForGood(pod) {
            await add(pod, await firstState(pod))
        }
    }

    /// Of a pod that is new here: the node may refuse it.
    func firstState(_ pod: Pod) async -> PodState {
        guard !pod.isBeingDeleted else { return PodState() }
        if let refusal = await admission(besides: pod.uid).refusal(pod) {
            context.events.record(
                pod.reference(), isWarning: true, reason: refusal.reason, message: refusal.message)
            return PodState(refused: refusal)
        }
        var state = PodState()
        state.allocation = PodAllocation(pod)
        return state
    }

    /// Judges pods by what the node agreed to give the others.
    func admission(besides uid: String) async -> PodAdmission {
        var others: [Pod] = []
        for (other, worker) in workers where other != uid {
            let pod = await worker.allocatedPod
            // Whose object is gone has nothing any more, though it may still be ending.
            guard pod.isStatic || world.get(Pod.self, pod.key)?.uid == other else { continue }
            if !pod.isTerminal, await !worker.isRefused { others.append(pod) }
        }
        return PodAdmission(
            node: world.get(Node.self, ObjectKey(name: configuration.nodeName)), others: others,
            sysctls: SysctlAllowlist(unsafeOnes: configuration.allowedUnsafeSysctls),
            hasNetworks: runtime.information.can(.networkNamespaces), pressures: context.pressures.current,
            isShuttingDown: context.pressures.isShuttingDown)
    }

    /// A finished pod of which nothing runs here needs no worker until it is deleted.
    private func hasEndedForGood(_ pod: Pod) -> Bool { pod.isTerminal && !pod.isBeingDeleted }

    func add(_ pod: Pod, _ state: PodState) async {
        let uid = pod.uid
        let worker = PodWorker(pod, state: state, context: context) { [weak self] in await self?.remove(uid) }
        workers[uid] = worker
        await worker.start()
    }
    private func remove(_ uid: String) async {
        workers[uid] = nil
        await context.tokens.forget(uid)
        probeCounts.forget(uid)
        if resizes.waiting > 0 { await decideResizes() }
    }

    // MARK: Tokens

    /// How often it is looked whether tokens are due; a token has two minutes at the least.
    private static let tokenPeriod = Duration.seconds(10)

    /// Renews the pods' tokens in time.
    private func keepTokens() async {
        while (try? await clock.sleep(for: Self.tokenPeriod)) != nil {
            for worker in workers.values { await worker.renewTokens() }
        }
    }

    // MARK: News of the runtime

    private func watchRuntime() async {
        let events = runtime.events()
        // Ends from before the listening began.
        await reportEnds((try? await runtime.listContainers()) ?? [])
        for await event in events where event.kind == .stopped {
            guard let status = try? await runtime.containerStatus(event.container) else { continue }
            await reportEnds([status])
        }
    }
    private func reportEnds(_ containers: [RuntimeContainer]) async {
        for status in containers where status.state == .exited {
            guard let worker = workers[status.labels[PodContext.Label.podUID] ?? ""],
                let container = await worker.pod.container(status.name),
                let exit = status.podExit(await worker.volumes, container)
            else { continue }
            await worker.happened(.containerEnded(container: status.name, id: status.id, exit: exit))
        }
    }

    // MARK: Adoption

    /// Takes over what an earlier process left running; cleans up what belongs to no pod of this node any more.
    private func adopt() async {
        let sandboxes = (try? await runtime.listPodSandbox()) ?? []
        let containers = (try? await runtime.listContainers()) ?? []
        var pods: [String: Pod] = [:]
        for pod in world.cache(Pod.resource).onNode(configuration.nodeName).map({ Pod($0) })
        where pod.mirroredUID == nil { pods[pod.uid] = pod }
        let ready = sandboxes.filter { $0.isReady && pods[$0.configuration.uid] != nil }
        await prepareCgroups(keeping: Set(ready.map(\.configuration.uid)).union(workers.keys))
        for (uid, group) in Dictionary(grouping: sandboxes, by: { $0.configuration.uid }) where workers[uid] == nil {
            guard let pod = pods[uid] else {
                logger.info("Cleaning up after a pod that is gone", metadata: ["uid": "\(uid)"])
                for sandbox in group { try? await runtime.removePodSandbox(sandbox.id) }
                continue
            }
            await adopt(pod, group, containers)
        }
        await removeOrphanedMirrors()
        for key in pods.values.map(\.key) { mark { $0.pods.insert(key) } }
        await decideResizes()
    }

    /// How often it is tried again to take down what pods left that are gone.
    private static let orphanPeriod = Duration.seconds(10)

    /// What earlier processes brought to pods that are no longer here, and what no pod uses.
    private func takeDownOrphans() async {
        let directory = configuration.directory + "/pods"
        var pause = Self.orphanPeriod
        repeat {
            pause = Self.orphanPeriod
            for uid in PodVolumes.uids(directory) where workers[uid] == nil {
                let isKnown = world.cache(Pod.resource).onNode(configuration.nodeName).contains { $0.uid == uid }
                if isKnown { continue }
                let why = await context.csi.takeDown(uid)
                if why.isEmpty, PodVolumes(directory: directory, uid: uid).remove() { continue }
                // Its driver may be about to register.
                pause = .seconds(1)
                logger.debug("A pod's volumes cannot be taken down yet", metadata: ["uid": "\(uid)"])
            }
            if await !context.csi.unstageUnused().isEmpty { pause = .seconds(1) }
        } while (try? await clock.sleep(for: pause)) != nil
    }

    func prepareCgroups(keeping uids: Set<String>) async {
        do {
            try await context.cgroups?.prepare(
                ResourcePolicy.allPods(NodeDescription.Machine.read("/"), configuration.reserved), keeping: uids)
        } catch {
            logger.error("Cannot make the node's cgroups", metadata: ["error": "\(error)"])
        }
    }

    /// Takes over one pod: its newest sandbox; earlier ones go.
    func adopt(_ pod: Pod, _ sandboxes: [Sandbox], _ containers: [RuntimeContainer]) async {
        let newest = sandboxes.max {
            ($0.configuration.attempt, $0.createdAt) < ($1.configuration.attempt, $1.createdAt)
        }
        for sandbox in sandboxes where sandbox.id != newest?.id { try? await runtime.removePodSandbox(sandbox.id) }
        guard let newest else { return }
        let own = containers.filter { $0.sandbox == newest.id }
        let volumes = PodVolumes(directory: configuration.directory + "/pods", uid: pod.uid)
        let checkpoint = PodCheckpoint(directory: volumes.directory, uid: pod.uid, pod)
        await context.cgroups?.note(checkpoint?.allocation.applied(to: pod) ?? pod)
        await add(
            pod,
            PodAdoption(pod: pod, sandbox: newest, containers: own, volumes: volumes, checkpoint: checkpoint).state())
    }

    // MARK: What others ask

    /// A pod's worker, if it is on this node.
    func worker(_ uid: String) -> PodWorker? { workers[uid] }
    /// The node's pods as the kubelet has them.
    public func pods() async -> [Pod] {
        var pods: [Pod] = []
        for worker in workers.values { pods.append(await worker.pod) }
        return pods.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }
    /// The sandboxes on this node.
    public func sandboxes() async throws -> [Sandbox] { try await runtime.listPodSandbox() }
}
