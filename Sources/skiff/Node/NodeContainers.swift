import ContainerRuntime
import Foundation
import KubeAPI
import Kubelet
import Logging

/// What runs the containers of a node in a process of its own: a containerd of its own or another's, or programs.
struct NodeContainers: Sendable {
    /// What `skiff node` is told of it.
    struct Settings: Sendable {
        /// nil is what suits the machine.
        var kind: NodeRuntime?
        /// Of a containerd or CRI-O that somebody else runs.
        var endpoint: String?
        var imageCatalog: String?
        /// Of containers' logs: bytes of one and how many; nil is as the runtime has it. Programs' logs keep to their own.
        var logLimits: (bytes: Int?, files: Int?) = (nil, nil)
    }

    let runtime: any RuntimeService
    private let containerd: ContainerdProcess?

    /// As of a cluster's own nodes: containers from images where pods have networks of their own and containerd is installed.
    private static func kind(_ settings: Settings, _ network: PodNetwork?) -> NodeRuntime {
        if settings.endpoint != nil { return .containerd }
        if let kind = settings.kind { return kind }
        return network != nil && settings.imageCatalog == nil && ContainerdProcess.obstacle == nil
            ? .containerd : .process
    }

    static func open(
        _ settings: Settings, _ plan: NodeShare, address: String, network: PodNetwork?, cgroups: CgroupTree?,
        directory: String
    ) async throws -> NodeContainers {
        let catalog = try NodeRuntime.catalog(settings.imageCatalog)
        let logger = Logger(label: "runtime")
        let files = "\(directory)/runtime"
        guard kind(settings, network) == .containerd else {
            let runtime = try await NodeRuntime.programs(
                of: plan.index, in: files, plan.network, catalog, hiding: directory, hostIP: address, bridge: network,
                cgroups: cgroups)
            return NodeContainers(runtime: runtime, containerd: nil)
        }
        var configuration = CRIRuntime.Configuration(
            socket: settings.endpoint ?? "", directory: files, catalog: catalog)
        configuration.hostIP = address
        configuration.maximumLogBytes = settings.logLimits.bytes ?? configuration.maximumLogBytes
        configuration.maximumLogFiles = settings.logLimits.files ?? configuration.maximumLogFiles
        guard settings.endpoint == nil else {
            return NodeContainers(
                runtime: try await CRIRuntime.open(configuration, logger: logger), containerd: nil)
        }
        guard let network else {
            throw ContainerError.refused("--runtime containerd needs a cluster with --network bridge")
        }
        if let obstacle = ContainerdProcess.obstacle {
            throw ContainerError.refused("--runtime containerd cannot be had: \(obstacle)")
        }
        let containerd = try ContainerdProcess(
            directory: "\(directory)/containerd", networks: [network], logger: Logger(label: "containerd"))
        try await containerd.start()
        configuration.socket = containerd.socket
        configuration.handler = ContainerdProcess.handler(node: 0)
        configuration.importer = containerd.importer
        do {
            return NodeContainers(
                runtime: try await CRIRuntime.open(configuration, logger: logger), containerd: containerd)
        } catch {
            await containerd.stop()
            throw error
        }
    }

    /// Sandboxes of which nothing runs, then our containerd.
    func close() async {
        if let runtime = runtime as? CRIRuntime {
            await runtime.stopIdleSandboxes()
            await runtime.close()
        }
        await containerd?.stop()
    }
}
