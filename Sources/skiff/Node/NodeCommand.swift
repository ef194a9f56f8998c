import APIMachinery
import ArgumentParser
import Foundation
import KubeAPI
import Kubeadm
import Kubelet
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

            Elsewhere, of a cluster that pods of other machines can reach, by a bootstrap token:

              skiff up --network bridge --nodes 0 --bind-address 192.0.2.1
              skiff kubeconfig --token 07401b.f395accd246ae52d > bootstrap.conf
              skiff node --bootstrap-kubeconfig bootstrap.conf --kubeconfig /etc/kubernetes/kubelet.conf

            Its pods go on while the cluster's API is away, and when this process is killed: the next start with the same \
            --data-dir takes them over. Ctrl-C and SIGTERM stop them first.
            """)

    @Option(help: ArgumentHelp("How to call the cluster, as the user system:node:NAME.", valueName: "file"))
    var kubeconfig: String
    @Option(
        help: ArgumentHelp(
            "How to call it, by a bootstrap token, where --kubeconfig does not exist or its certificate is over: a new one is "
                + "asked for, and --kubeconfig written.", valueName: "file"))
    var bootstrapKubeconfig: String?
    @Option(
        help: ArgumentHelp(
            "A KubeletConfiguration (kubelet.config.k8s.io/v1beta1); flags win over it.", valueName: "file"))
    var config: String?
    @Flag(
        inversion: .prefixedNo,
        help: "Asks for a new client certificate before the node's ends. (default: --rotate-certificates)")
    var rotateCertificates: Bool?
    @Flag(help: "Asks the cluster for the certificate of the kubelet's port; somebody must approve it.")
    var rotateServerCertificates = false
    @Option(
        help: ArgumentHelp(
            "The node's name. (default: that of the kubeconfig's user, else the machine's)", valueName: "name"))
    var nodeName: String?
    @Option(
        help: ArgumentHelp(
            "Where others reach the node. (default: the address from which it calls the cluster)", valueName: "address")
    )
    var nodeIp: String?
    @Option(
        help: ArgumentHelp(
            "Where the node keeps everything. (default: /var/lib/skiff-node for root, else ~/.local/state/skiff-node)",
            valueName: "dir"))
    var dataDir: String?
    @Option(
        help: ArgumentHelp(
            "What runs containers: containerd (from images; root only), process (programs of this machine), or auto, which "
                + "is the first where it can be had. (default: auto)", valueName: "name"))
    var runtime: String?
    @Option(
        help: ArgumentHelp(
            "The socket of a containerd or CRI-O that somebody else runs, instead of one of our own.",
            valueName: "socket"))
    var containerRuntimeEndpoint: String?
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
    @Option(
        help: ArgumentHelp(
            "What names of Services end in. (default: what the cluster says, else cluster.local)", valueName: "name"))
    var clusterDomain: String?
    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. (default: info)", valueName: "level"))
    var logLevel: String?
    @OptionGroup(title: "Kubelet") var node: UpOptions.Node

    func validate() throws {
        _ = try (level, containers, settings)
        if let nodeIp, IPAddress(nodeIp)?.isIPv6 != false {
            throw ValidationError("--node-ip must be an IPv4 address, such as 192.0.2.7, not \(nodeIp)")
        }
    }

    private var containers: NodeContainers.Settings {
        get throws {
            let name = runtime ?? "auto"
            let kind = NodeRuntime(rawValue: name)
            guard name == "auto" || kind != nil else {
                let known = ["auto"] + NodeRuntime.allCases.map(\.rawValue)
                throw ValidationError("--runtime must be one of \(known.joined(separator: ", ")), not \(name)")
            }
            let file = try file
            let endpoint = try UpSettings.socket(containerRuntimeEndpoint ?? file?.containerRuntimeEndpoint)
            if endpoint != nil, kind == .process {
                throw ValidationError(
                    "--container-runtime-endpoint names a container runtime, so --runtime \(name) does not go with it")
            }
            return NodeContainers.Settings(
                kind: kind, endpoint: endpoint, imageCatalog: imageCatalog,
                logLimits: file?.logLimits ?? (nil, nil))
        }
    }

    private var settings: NodeSettings {
        get throws {
            guard let config, let file = try file else { return try NodeSettings(node, SettingsFile(path: nil)) }
            return try NodeSettings(node, SettingsFile(values: file.flags, path: config))
        }
    }

    private var file: KubeletConfigurationFile? {
        get throws {
            guard let config else { return nil }
            do {
                return try KubeletConfigurationFile(Array(try Data(contentsOf: URL(filePath: config))))
            } catch {
                throw ValidationError("failed to load kubelet config file, path: \(config), error: \(error)")
            }
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
        let standard = DataDirectory.defaultPath(
            isRoot: geteuid() == 0, environment: ProcessInfo.processInfo.environment)
        let directory = try DataDirectory(path: Self.whole(dataDir ?? "\(standard)-node"))
        let file = try file
        let authorityFile = clientCaFile ?? file?.clientAuthorityFile
        let settings = NodeRunSettings(
            identity: NodeIdentity.Source(
                kubeconfig: Self.whole(kubeconfig), bootstrapKubeconfig: bootstrapKubeconfig.map(Self.whole),
                nodeName: nodeName, rotates: rotateCertificates ?? file?.rotatesCertificates ?? true),
            clientAuthority: try authorityFile.map { Array(try Data(contentsOf: URL(filePath: $0))) },
            rotatesServerCertificates: rotateServerCertificates || file?.rotatesServerCertificates == true,
            address: nodeIp.flatMap { IPAddress($0) },
            domain: clusterDomain ?? file?.clusterDomain, containers: try containers, node: try self.settings,
            file: file)
        try await NodeRun(settings: settings, directory: directory).run()
    }

    /// The path as it is from anywhere.
    private static func whole(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
