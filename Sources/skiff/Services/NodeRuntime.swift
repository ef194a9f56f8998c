import ContainerRuntime
import Foundation
import KubeAPI
import Logging

/// What runs nodes' containers: the one place that knows the runtimes by name.
enum NodeRuntime: String, Sendable, CaseIterable {
    case containerd, process

    /// What `--runtime auto` means here: containers from images where pods have networks of their own and containerd is
    /// installed; a cluster that was made with programs keeps to them.
    static func automatic(_ settings: UpSettings, _ network: ClusterNetwork) -> NodeRuntime {
        let files = FileManager.default
        let wasProcess =
            files.fileExists(atPath: "\(settings.dataDirectory)/nodes")
            && !files.fileExists(atPath: NodeRuntimes.containerdDirectory(settings))
        // A catalog that is named names programs.
        let wants = !settings.isEphemeral && settings.imageCatalog == nil && !wasProcess
        return wants && network.kind == .bridge && ContainerdProcess.obstacle == nil ? .containerd : .process
    }

    /// What images' names stand for, for runtimes that start programs of this machine, or make images of them.
    /// `file` is one that is named for it.
    static func catalog(_ file: String?) throws -> ImageCatalog {
        let text = try file.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? ImageCatalog.standard
        let binaries = URL(filePath: EmbeddedNode.ownProgram).deletingLastPathComponent().path
        return try ImageCatalog(yaml: text, variables: ["BIN": binaries])
    }

    /// The runtime of programs of this machine. Containers do not see what is at `hidden`, the cluster's own files.
    static func programs(
        of index: Int, in directory: String, _ network: ClusterNetwork, _ catalog: ImageCatalog,
        hiding hidden: String, hostIP: String? = nil, bridge: PodNetwork? = nil, cgroups: CgroupTree? = nil
    ) async throws -> any RuntimeService {
        var configuration = ProcessRuntime.Configuration(
            directory: directory, podNetwork: network.podCIDR(ofNode: index) ?? network.podCIDR,
            supervisor: [EmbeddedNode.ownProgram, Skiff.supervisorCommand], catalog: catalog)
        configuration.hostIP = hostIP ?? network.nodeAddress(ofNode: index).description
        configuration.bridge = bridge
        configuration.hiddenPaths = [hidden]
        configuration.cgroups = cgroups
        // The catalog's programs that are built with this one are linked to the same libraries.
        configuration.shownPaths = ProcessRuntime.ownLibraries()
        return try await ProcessRuntime.open(configuration, logger: Logger(label: "runtime"))
    }
}

/// The runtimes of this process' nodes, and what they share: one containerd for all, with a handler for each node.
struct NodeRuntimes: Sendable {
    let settings: UpSettings
    let network: ClusterNetwork
    let catalog: ImageCatalog
    private let kind: NodeRuntime
    private let containerd: ContainerdProcess?
    private let logger = Logger(label: "runtime")

    /// Whether what images are called is known to a catalog only.
    var hasImages: Bool { kind == .containerd }

    static func containerdDirectory(_ settings: UpSettings) -> String { "\(settings.dataDirectory)/containerd" }

    /// Starts a containerd where one of our own is wanted.
    static func open(_ settings: UpSettings, _ network: ClusterNetwork) async throws -> NodeRuntimes {
        var kind =
            settings.containerRuntimeEndpoint == nil
            ? settings.runtime ?? NodeRuntime.automatic(settings, network) : .containerd
        var containerd: ContainerdProcess?
        if kind == .containerd, settings.containerRuntimeEndpoint == nil {
            let isNew = !FileManager.default.fileExists(atPath: containerdDirectory(settings))
            do { containerd = try await startContainerd(settings, network) } catch {
                // Nobody asked for it by name, and nothing of it is there.
                guard settings.runtime == nil, isNew else { throw error }
                Logger(label: "runtime").warning(
                    "Pods are programs of this machine, as containerd cannot be had", metadata: ["error": "\(error)"])
                try? FileManager.default.removeItem(atPath: containerdDirectory(settings))
                kind = .process
            }
        }
        return NodeRuntimes(
            settings: settings, network: network, catalog: try NodeRuntime.catalog(settings.imageCatalog), kind: kind,
            containerd: containerd)
    }

    private static func startContainerd(
        _ settings: UpSettings, _ network: ClusterNetwork
    ) async throws -> ContainerdProcess {
        guard network.kind == .bridge else {
            throw ContainerError.refused("--runtime containerd needs a cluster with --network bridge")
        }
        if let obstacle = ContainerdProcess.obstacle {
            throw ContainerError.refused("--runtime containerd cannot be had: \(obstacle)")
        }
        let networks = (0..<settings.nodePlaces).compactMap { podNetwork($0, settings, network) }
        let process = try ContainerdProcess(
            directory: containerdDirectory(settings), networks: networks, logger: Logger(label: "containerd"))
        try await process.start()
        return process
    }

    private init(
        settings: UpSettings, network: ClusterNetwork, catalog: ImageCatalog, kind: NodeRuntime,
        containerd: ContainerdProcess?
    ) {
        self.settings = settings
        self.network = network
        self.catalog = catalog
        self.kind = kind
        self.containerd = containerd
    }

    private static func directory(_ index: Int, _ settings: UpSettings) -> String {
        "\(settings.nodeFolder(index))/runtime"
    }
    private static func podNetwork(_ index: Int, _ settings: UpSettings, _ network: ClusterNetwork) -> PodNetwork? {
        network.podCIDR(ofNode: index).flatMap { PodNetwork($0, leases: "\(directory(index, settings))/leases") }
    }

    /// `index` counts the nodes from 0.
    func runtime(_ index: Int, _ cgroups: CgroupTree?) async throws -> any RuntimeService {
        let directory = Self.directory(index, settings)
        let hostIP = network.nodeAddress(ofNode: index).description
        switch kind {
        case .containerd:
            let socket = settings.containerRuntimeEndpoint ?? containerd?.socket ?? ""
            var configuration = CRIRuntime.Configuration(socket: socket, directory: directory, catalog: catalog)
            configuration.hostIP = hostIP
            if let containerd {
                configuration.handler = ContainerdProcess.handler(node: index)
                configuration.importer = containerd.importer
            }
            return try await CRIRuntime.open(configuration, logger: logger)
        case .process:
            return try await NodeRuntime.programs(
                of: index, in: directory, network, catalog, hiding: settings.dataDirectory,
                bridge: network.kind == .bridge ? Self.podNetwork(index, settings, network) : nil,
                cgroups: cgroups)
        }
    }

    /// Ends what the runtimes share, in order: sandboxes of which nothing runs, then our containerd.
    func close(_ runtimes: [any RuntimeService]) async {
        for case let runtime as CRIRuntime in runtimes {
            await runtime.stopIdleSandboxes()
            await runtime.close()
        }
        await containerd?.stop()
    }
}
