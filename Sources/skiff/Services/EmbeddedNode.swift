import APIMachinery
import APIServer
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
        name = Self.name(index)
        let folder = "\(settings.dataDirectory)/nodes/\(name)"
        isNew = !FileManager.default.fileExists(atPath: folder)
        let cgroup = settings.node.cgroup(of: name, dataDirectory: settings.dataDirectory)
        let (cgroups, whyNone) = NodeSettings.openCgroups(at: cgroup, Logger(label: "kubelet"), tells: index == 0)
        runtime = try await runtimes.runtime(index, cgroups)
        var kubeletConfiguration = KubeletConfiguration(nodeName: name, index: index, directory: folder)
        kubeletConfiguration.network = network
        kubeletConfiguration.clusterDNS = network.dnsAddress.description
        kubeletConfiguration.kubeletVersion = SkiffVersion.kubernetes
        kubeletConfiguration.cgroups = cgroups
        kubeletConfiguration.whyUnlimited = whyNone
        kubeletConfiguration.cgroupRoot = cgroup
        settings.node.apply(to: &kubeletConfiguration)
        kubelet = NodeAgent(
            kubeletConfiguration, world: world, api: loops.client(NodeAgent.identity(name)), runtime: runtime,
            logger: Logger(label: "kubelet"))
        server = KubeletServer(kubelet, metrics: metrics)
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
