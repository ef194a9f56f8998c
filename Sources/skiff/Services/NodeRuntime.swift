import ContainerRuntime
import Foundation
import Logging

/// What runs a node's containers: the one place that knows the runtimes by name.
enum NodeRuntime: String, Sendable, CaseIterable {
    case process

    /// What `--runtime auto` means on this machine.
    static let automatic = NodeRuntime.process

    /// `index` counts the nodes from 0; `directory` is the runtime's own.
    func open(index: Int, directory: String, settings: UpSettings) async throws -> any RuntimeService {
        switch self {
        case .process:
            let program = EmbeddedNode.ownProgram
            let text =
                try settings.imageCatalog.map { try String(contentsOfFile: $0, encoding: .utf8) }
                ?? ImageCatalog.standard
            let binaries = URL(filePath: program).deletingLastPathComponent().path
            var configuration = ProcessRuntime.Configuration(
                directory: directory, node: index, supervisor: [program, Skiff.supervisorCommand],
                catalog: try ImageCatalog(yaml: text, variables: ["BIN": binaries]))
            configuration.hiddenPaths = [settings.dataDirectory]
            return try await ProcessRuntime.open(configuration, logger: Logger(label: "runtime"))
        }
    }
}
