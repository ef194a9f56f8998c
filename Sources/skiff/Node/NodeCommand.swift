import ArgumentParser
import Foundation
import KubeAPI
import Kubeadm
import Logging

/// `skiff node`: a node of a cluster that another process is, until Ctrl-C or SIGTERM.
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Runs one node of a cluster in a process of its own, until Ctrl-C or SIGTERM.",
        discussion: """
            On the cluster's machine, with the cluster running by --network loopback:

              skiff kubeconfig --node worker-1 > worker-1.conf
              skiff node --kubeconfig worker-1.conf

            Its pods go on while the cluster's API is away, and when this process is killed: the next start with the same \
            --data-dir takes them over. Ctrl-C and SIGTERM stop them first.
            """)

    @Option(help: ArgumentHelp("How to call the cluster, as the user system:node:NAME.", valueName: "file"))
    var kubeconfig: String
    @Option(
        help: ArgumentHelp(
            "The node's name. (default: that of the kubeconfig's user, else the machine's)", valueName: "name"))
    var nodeName: String?
    @Option(
        help: ArgumentHelp(
            "Where the node keeps everything. (default: /var/lib/skiff-node for root, else ~/.local/state/skiff-node)",
            valueName: "dir"))
    var dataDir: String?
    @Option(
        help: ArgumentHelp(
            "What runs containers: process (programs of this machine), or auto, which chooses it. (default: auto)",
            valueName: "name"))
    var runtime: String?
    @Option(
        help: ArgumentHelp(
            "What pods have for a network: loopback, or auto, which is what the cluster has. (default: auto)",
            valueName: "kind"))
    var network: String?
    @Option(
        help: ArgumentHelp(
            "Which program an image's name stands for, in YAML. (default: a list that holds the samples')",
            valueName: "file"))
    var imageCatalog: String?
    @Option(
        help: ArgumentHelp(
            "Who signs the certificates of those who call the kubelet (PEM). (default: the kubeconfig's authority)",
            valueName: "file"))
    var clientCaFile: String?
    @Option(help: ArgumentHelp("What names of Services end in. (default: cluster.local)", valueName: "name"))
    var clusterDomain: String?
    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. (default: info)", valueName: "level"))
    var logLevel: String?

    func validate() throws {
        guard ["auto", NodeRuntime.process.rawValue, nil].contains(runtime) else {
            throw ValidationError("--runtime must be one of auto, process, not \(runtime ?? "")")
        }
        _ = try level
        guard ["auto", "loopback", nil].contains(network) else {
            throw ValidationError(
                network == "bridge"
                    ? "--network bridge cannot be had by a node in a process of its own"
                    : "--network must be one of auto, loopback, not \(network ?? "")")
        }
    }

    private var level: Logger.Level {
        get throws {
            guard let level = Logger.Level(rawValue: logLevel ?? "info") else {
                let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--log-level must be one of \(known), not \(logLevel ?? "")")
            }
            return level
        }
    }

    func run() async throws {
        let level = try level
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        OpenFiles.raiseLimit(Logger(label: "skiff"))
        let access = try ClusterAccess(kubeconfig: kubeconfig)
        let authority = try clientCaFile.map { Array(try Data(contentsOf: URL(filePath: $0))) } ?? access.authority
        guard let authority else {
            throw ValidationError("the kubeconfig names no authority, so --client-ca-file must")
        }
        let prefix = "system:node:"
        let named = access.userName.hasPrefix(prefix) ? String(access.userName.dropFirst(prefix.count)) : nil
        let standard = DataDirectory.defaultPath(
            isRoot: geteuid() == 0, environment: ProcessInfo.processInfo.environment)
        let path = dataDir ?? "\(standard)-node"
        let directory = try DataDirectory(
            path: path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)")
        try await NodeRun(
            name: nodeName ?? named ?? EmbeddedNode.hostName, access: access, clientAuthority: authority,
            directory: directory, imageCatalog: imageCatalog,
            domain: clusterDomain ?? ClusterNetwork.standard.domain
        ).run()
    }
}
