import APIMachinery
import APIServer
import ClusterAutoscaler
import ContainerRuntime
import ControlLoops
import Foundation
import HTTPMessages
import KubeAPI
import Kubelet
import Logging

/// One node of this process: a runtime and the kubelet that drives it.
struct EmbeddedNode: Sendable {
    let name: String
    let kubelet: NodeAgent
    let server: KubeletServer
    /// Whether nothing of it was there before.
    let isNew: Bool
    let runtime: any RuntimeService

    /// `index` counts from 0, and the network has room for it.
    init(
        index: Int, settings: UpSettings, network: ClusterNetwork, world: World, loops: LoopClients,
        runtimes: NodeRuntimes, metrics: @escaping @Sendable () async -> String
    ) async throws {
        name = settings.nodeName(index)
        isNew = !FileManager.default.fileExists(atPath: settings.nodeFolder(index))
        let cgroup = settings.node.cgroup(of: name, dataDirectory: settings.dataDirectory)
        let (cgroups, whyNone) = NodeSettings.openCgroups(at: cgroup, Logger(label: "kubelet"), tells: index == 0)
        runtime = try await runtimes.runtime(index, cgroups)
        var kubeletConfiguration = Self.configuration(index, settings, network)
        kubeletConfiguration.cgroups = cgroups
        kubeletConfiguration.whyUnlimited = whyNone
        kubeletConfiguration.cgroupRoot = cgroup
        kubelet = NodeAgent(
            kubeletConfiguration, world: world, api: loops.client(NodeAgent.identity(name)), runtime: runtime,
            logger: Logger(label: "kubelet"))
        server = KubeletServer(kubelet, metrics: metrics)
    }

    /// All that is known of a node before it is there.
    static func configuration(_ index: Int, _ settings: UpSettings, _ network: ClusterNetwork) -> KubeletConfiguration {
        var configuration = KubeletConfiguration(
            nodeName: settings.nodeName(index), index: index, directory: settings.nodeFolder(index))
        configuration.network = network
        configuration.clusterDNS = network.dnsAddress.description
        configuration.kubeletVersion = SkiffVersion.kubernetes
        settings.node.apply(to: &configuration)
        if let group = settings.nodeGroup(index) {
            configuration.labels = group.labels.merging([NodeGroup.label: group.name]) { $1 }
            configuration.taints = group.taints
            configuration.capacity = group.capacity
        }
        return configuration
    }

    // MARK: The end of a node of a group

    /// How long the pods that went with the node, such as daemons', may take to end.
    private static let patience = Duration.seconds(30)
    private static let pause = Duration.milliseconds(200)

    /// Ends the node's pods, each in its own grace; their objects go, too. The kubelet still runs.
    func empty(_ api: any ClusterAPI) async {
        let deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline, !Task.isCancelled {
            let pods = await kubelet.pods()
            if pods.isEmpty { break }
            for pod in pods where !pod.isBeingDeleted {
                try? await api.delete(Pod.resource, pod.key, DeletionOptions(uid: pod.uid))
            }
            try? await Task.sleep(for: Self.pause)
        }
        await kubelet.stopAllPods()
    }

    /// Takes what is left of it out of the cluster and off the machine. The kubelet runs no more.
    func remove(_ folder: String, _ api: any ClusterAPI) async {
        let logger = Logger(label: "node-groups")
        do { try await api.delete(Node.resource, ObjectKey(name: name), DeletionOptions()) } catch let error
            as StatusError
            where error.code == 404
        {} catch {
            logger.warning("A node stays in the cluster", metadata: ["node": "\(name)", "error": "\(error)"])
        }
        for sandbox in (try? await runtime.listPodSandbox()) ?? [] { try? await runtime.removePodSandbox(sandbox.id) }
        if let runtime = runtime as? CRIRuntime { await runtime.close() }
        await Task.detached { Self.removeFolder(folder) }.value
        logger.info("A node is gone", metadata: ["node": "\(name)"])
    }
    /// Also ends what should not run there any more.
    static func removeFolder(_ folder: String) {
        ContainerRemains.remove(folder, supervisorCommand: Skiff.supervisorCommand)
    }

    /// The name of one of the nodes of this machine, counted from 0.
    static func name(_ index: Int) -> String { index == 0 ? hostName : "\(hostName)-\(index + 1)" }

    /// The machine's name as a node's name may be written (RFC 1123).
    static var hostName: String {
        let name = ProcessInfo.processInfo.hostName.lowercased().prefix { $0 != "." }
            .map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let trimmed = String(name).trimmingCharacters(in: ["-"])
        return trimmed.isEmpty ? "node" : String(trimmed.prefix(50))
    }

    /// The path of this executable, also after it was called by a relative one.
    static var ownProgram: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}

/// The API server's way to the kubelets of this process.
final class EmbeddedNodes: NodeConnector {
    private let kubelets: KubeletTable

    init(_ kubelets: KubeletTable) { self.kubelets = kubelets }

    func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream {
        var wanted = ContainerLogOptions()
        wanted.container = options.container
        wanted.follow = options.follow
        wanted.previous = options.previous
        wanted.timestamps = options.timestamps
        wanted.sinceSeconds = options.sinceSeconds
        wanted.sinceTime = options.sinceTime
        wanted.tailLines = options.tailLines
        wanted.limitBytes = options.limitBytes
        return try await kubelets.kubelet(node).logs(Pod(pod), wanted)
    }

    func connect(node: String, pod: JSON, subresource: SubresourceName, request: Request) async throws -> Answer {
        let answer = try await kubelets.kubelet(node).connect(
            Pod(pod), subresource: subresource, query: request.query, headers: request.headers)
        return Answer(status: 101, headers: answer.headers, body: .tunnel(answer.tunnel))
    }

    func page(node: String, request: Request) async throws -> Answer {
        await (try kubelets.server(node)).page(request)
    }

    func has(_ node: String) -> Bool { kubelets.has(node) }
}
