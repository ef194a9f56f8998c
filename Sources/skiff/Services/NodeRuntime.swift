import ContainerRuntime
import Foundation
import KubeAPI
import Logging

/// What runs a node's containers: the one place that knows the runtimes by name.
enum NodeRuntime: String, Sendable, CaseIterable {
    case process

    /// What `--runtime auto` means on this machine.
    static let automatic = NodeRuntime.process

    /// What images' names stand for, for runtimes that start programs of this machine.
    static func catalog(_ settings: UpSettings) throws -> ImageCatalog {
        let text =
            try settings.imageCatalog.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? ImageCatalog.standard
        let binaries = URL(filePath: EmbeddedNode.ownProgram).deletingLastPathComponent().path
        return try ImageCatalog(yaml: text, variables: ["BIN": binaries])
    }

    /// `index` counts the nodes from 0; `directory` is the runtime's own; containers do not see what is `hidden`.
    func open(
        index: Int, directory: String, network: ClusterNetwork, catalog: ImageCatalog, hiding hidden: String,
        cgroups: CgroupTree?
    ) async throws -> any RuntimeService {
        switch self {
        case .process:
            var configuration = ProcessRuntime.Configuration(
                directory: directory, podNetwork: network.podCIDR(ofNode: index) ?? network.podCIDR,
                supervisor: [EmbeddedNode.ownProgram, Skiff.supervisorCommand], catalog: catalog)
            configuration.hostIP = network.nodeAddress(ofNode: index).description
            if network.kind == .bridge {
                configuration.bridge = PodNetwork(configuration.podNetwork, leases: "\(directory)/leases")
            }
            configuration.hiddenPaths = [hidden]
            configuration.cgroups = cgroups
            // The catalog's programs that are built with this one are linked to the same libraries.
            configuration.shownPaths = ProcessRuntime.ownLibraries()
            return try await ProcessRuntime.open(configuration, logger: Logger(label: "runtime"))
        }
    }
}
