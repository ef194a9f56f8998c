import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import Foundation
import Glibc
import KubeAPI
import Logging
import LoopTestKit
import OutboundHTTP
import Testing

@testable import Kubelet

/// A node with real processes over a cluster.
final class NodeFixture: Sendable {
    let directory = FileManager.default.temporaryDirectory.path + "/node-" + UUID().uuidString
    let cluster: TestCluster
    let world: World
    let index: Int

    let catalog: String
    static let shells = """
        - images: ["shell:*"]
          command: ["/bin/sh"]
        """
    static let supervisor: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return URL(fileURLWithPath: path).deletingLastPathComponent().path + "/container-supervisor"
    }()

    /// The machine's control groups, for a node that limits what pods use.
    let cgroups: CgroupTree?
    let cgroupRoot = "/skiff-test-" + UUID().uuidString.prefix(8)
    let change: @Sendable (inout KubeletConfiguration) -> Void

    /// Where tests may make control groups.
    static let machineCgroups: CgroupTree? = {
        let path = "/skiff-test-" + UUID().uuidString.prefix(8)
        let tree = try? CgroupTree.open(at: path)
        tree?.remove(path)
        return tree
    }()

    init(
        index: Int, catalog: String = NodeFixture.shells, cgroups: CgroupTree? = nil,
        _ change: @escaping @Sendable (inout KubeletConfiguration) -> Void = { _ in }
    ) {
        self.cgroups = cgroups
        self.change = change
        self.catalog = catalog
        self.index = index
        cluster = TestCluster(clock: SystemClock())
        world = World(cluster)
    }

    func runtime() async throws -> ProcessRuntime {
        var configuration = ProcessRuntime.Configuration(
            directory: directory + "/runtime",
            podNetwork: CIDR(ipv4: 127 << 24 | 100 << 16 | UInt32(index) << 8, prefixLength: 24),
            supervisor: [Self.supervisor],
            catalog: try ImageCatalog(yaml: catalog))
        configuration.cgroups = cgroups
        return try await ProcessRuntime.open(configuration, logger: Logger(label: "test"))
    }

    /// Runs the body beside a running kubelet, then stops the kubelet; what runs goes on unless `cleans`.
    func with(cleans: Bool = true, _ body: @Sendable (NodeAgent) async throws -> Void) async throws {
        try await with(runtime: try await runtime(), cleans: cleans, body)
    }
    func with(
        runtime: any RuntimeService, cleans: Bool = true,
        observe: (@Sendable () -> [EvictionSignal: EvictionObservation])? = nil,
        _ body: @Sendable (NodeAgent) async throws -> Void
    ) async throws {
        var configuration = KubeletConfiguration(nodeName: "node-1", index: index, directory: directory)
        configuration.cgroups = cgroups
        configuration.cgroupRoot = cgroupRoot
        change(&configuration)
        let kubelet = NodeAgent(
            configuration, world: world,
            api: ConfinedAPI(
                cluster, to: NodeAgent.identity("node-1"), onRefusal: { [cluster] in cluster.note(refusal: $0) }),
            runtime: runtime, observe: observe, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.world.run() }
            group.addTask { try await kubelet.run() }
            defer { group.cancelAll() }
            try await body(kubelet)
        }
        guard cleans else { return }
        for sandbox in try await runtime.listPodSandbox() { try? await runtime.removePodSandbox(sandbox.id) }
        // What pods had mounted that were still there.
        for path in MountTable.read().below(directory) { MountTable.letGo(path) }
        try? FileManager.default.removeItem(atPath: directory)
        cgroups?.remove(cgroupRoot)
    }

    @discardableResult
    func pod(_ name: String, script: String, _ change: (inout Pod) -> Void = { _ in }) async throws -> Pod {
        try await cluster.create(
            Pod { pod in
                pod.metadata.name = name
                pod.metadata.namespace = "default"
                pod.spec.nodeName = "node-1"
                pod.spec.terminationGracePeriodSeconds = 1
                pod.spec.containers = [
                    Container {
                        $0.name = "main"
                        $0.image = "shell"
                        $0.command = ["/bin/sh", "-c", script]
                    }
                ]
                change(&pod)
            })
    }

    /// Waits for the cluster to show a pod as wanted.
    @discardableResult
    func wait(_ name: String, until condition: @escaping @Sendable (Pod?) -> Bool) async throws -> Pod? {
        let key = ObjectKey(namespace: "default", name: name)
        try await world.cache(Pod.resource).wait(until: key) { condition($0.map { Pod($0) }) }
        return world.get(Pod.self, key)
    }
    func log(_ kubelet: NodeAgent, _ pod: Pod, _ change: (inout ContainerLogOptions) -> Void = { _ in }) async throws
        -> String
    {
        var options = ContainerLogOptions()
        change(&options)
        let stream = try await kubelet.logs(pod, options)
        var bytes: [UInt8] = []
        while let piece = try await stream.next() { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }
    /// A container's start beside runs of it that have ended.
    func sandboxWithDeadRuns(_ runtime: ProcessRuntime, count: Int) async throws -> ContainerStart {
        let pod = try await pod("old", script: "exit 0")
        var sandboxConfiguration = SandboxConfiguration(name: pod.name, namespace: "default", uid: pod.uid)
        sandboxConfiguration.logDirectory = directory + "/logs"
        let sandbox = try await runtime.runPodSandbox(sandboxConfiguration)
        let logger = Logger(label: "test")
        let configuration = KubeletConfiguration(nodeName: "node-1", index: index, directory: directory)
        let context = PodContext(
            node: "node-1", configuration: configuration, world: world, api: cluster, runtime: runtime,
            events: EventRecorder(cluster, component: "kubelet", host: "node-1", clock: SystemClock()),
            clock: SystemClock(), logger: logger, probes: ProbeRunner(runtime: runtime, http: OutboundClient()),
            tokens: PodTokens(api: cluster, clock: SystemClock()),
            csi: CSIVolumes(
                node: "node-1", directory: directory, world: world, api: cluster,
                tokens: PodTokens(api: cluster, clock: SystemClock()),
                events: EventRecorder(cluster, component: "kubelet", host: "node-1", clock: SystemClock()),
                http: OutboundClient(), clock: SystemClock(), logger: logger))
        let work = PodWork(
            pod: pod, context: context, volumes: PodVolumes(directory: directory + "/pods", uid: pod.uid),
            podIP: sandbox.ip, sandboxID: sandbox.id)
        for attempt in 0..<count {
            var container = ContainerConfiguration(name: "main", image: "shell")
            container.command = ["/bin/true"]
            container.attempt = attempt
            container.labels = PodContext.labels(pod, "main")
            try await runtime.startContainer(try await runtime.createContainer(container, in: sandbox.id))
        }
        return ContainerStart(work: work, name: "main")
    }
    var events: [Event] { cluster.objects(Event.self) }
}

extension Pod {
    func conditionStatus(_ type: String) -> String? { condition(type)?["status"]?.string }
    var main: ContainerStatus? { status.containerStatuses.first { $0.name == "main" } }
}

extension NodeAgent {
    /// The names of pods with a ready sandbox.
    func runningPods() async throws -> [String] {
        try await sandboxes().filter(\.isReady).map(\.configuration.name).sorted()
    }
}
