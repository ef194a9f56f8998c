import APIMachinery
import ArgumentParser
import Foundation
import Kubeadm

/// The flags of `skiff up`. A configuration file (YAML, the flags' names without dashes in front) gives what the command
/// line does not.
struct UpOptions: ParsableArguments {
    @Option(help: "Where everything is kept.")
    var dataDir: String?
    @Option(help: "Address of both listeners and of node ports.")
    var bindAddress: String?
    @Option(help: "Port of the plain HTTP listener (8080).")
    var port: Int?
    @Option(help: "Port of the TLS listener (6443).")
    var securePort: Int?
    @Option(help: "How many nodes (1).")
    var nodes: Int?
    @Option(help: "auto, containerd, process or simulated (auto).")
    var runtime: String?
    @Option(help: "Port of the ingress for HTTP (80).")
    var ingressHttpPort: Int?
    @Option(help: "Port of the ingress for HTTPS (443).")
    var ingressHttpsPort: Int?
    @Option(help: "mysql://user:password@host:port/name; also from SKIFF_DATABASE_URL.")
    var databaseUrl: String?
    @Option(help: "Origins that browsers may call from, separated by commas.")
    var corsAllowedOrigins: String?
    @Option(help: "Audit policy (audit.k8s.io/v1 Policy).")
    var auditPolicyFile: String?
    @Option(help: "Image catalog of the process runtime (YAML).")
    var imageCatalog: String?
    @Option(help: "Log level: trace, debug, info, notice, warning, error (info).")
    var logLevel: String?
    @Option(help: "ADDR:PORT for etcd's v3 API with mutual TLS (off).")
    var etcdListen: String?
    @Option(help: "ADDR:PORT on loopback for etcd's v3 API without TLS (off).")
    var etcdInsecureListen: String?
    @Option(help: "A file with these settings.")
    var config: String?
}

/// The settings of one `skiff up`, complete and checked.
struct UpSettings: Sendable {
    var dataDirectory: String
    var bindAddress: String
    var port: Int
    var securePort: Int
    var nodeCount: Int
    var runtime: Runtime
    var ingressHTTPPort: Int
    var ingressHTTPSPort: Int
    var databaseURL: String?
    var corsAllowedOrigins: [String]
    var auditPolicyFile: String?
    var imageCatalog: String?
    /// Where etcd's API is served, with mutual TLS and without; nil is nowhere.
    var etcdListen: ListenAddress?
    var etcdInsecureListen: ListenAddress?
    var logLevel: String

    enum Runtime: String, Sendable, CaseIterable { case auto, containerd, process, simulated }

    /// Nodes beyond this do not fit the loopback plan of the process runtime (127.100.i.0/24).
    static let maximumNodeCount = 100

    /// Flags win over the file, the file over the environment and the defaults.
    init(_ options: UpOptions, environment: [String: String], isRoot: Bool) throws {
        let file = try SettingsFile(path: options.config)
        dataDirectory =
            try options.dataDir ?? file.string("data-dir")
            ?? DataDirectory.defaultPath(isRoot: isRoot, environment: environment)
        if !dataDirectory.hasPrefix("/") {
            dataDirectory = "\(FileManager.default.currentDirectoryPath)/\(dataDirectory)"
        }
        bindAddress = try options.bindAddress ?? file.string("bind-address") ?? "127.0.0.1"
        port = try Self.checkedPort("port", options.port ?? file.int("port") ?? 8080)
        securePort = try Self.checkedPort("secure-port", options.securePort ?? file.int("secure-port") ?? 6443)
        nodeCount = try options.nodes ?? file.int("nodes") ?? 1
        guard (1...Self.maximumNodeCount).contains(nodeCount) else {
            throw ValidationError("--nodes must be from 1 to \(Self.maximumNodeCount), not \(nodeCount)")
        }
        let name = try options.runtime ?? file.string("runtime") ?? "auto"
        guard let runtime = Runtime(rawValue: name) else {
            let known = Runtime.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--runtime must be one of \(known), not \(name)")
        }
        guard runtime == .auto || runtime == .process else {
            throw ValidationError("--runtime \(name) is not in this release; process is (and auto, which chooses it)")
        }
        self.runtime = runtime
        ingressHTTPPort = try Self.checkedPort(
            "ingress-http-port", options.ingressHttpPort ?? file.int("ingress-http-port") ?? (isRoot ? 80 : 8081))
        ingressHTTPSPort = try Self.checkedPort(
            "ingress-https-port", options.ingressHttpsPort ?? file.int("ingress-https-port") ?? (isRoot ? 443 : 8443))
        databaseURL = try options.databaseUrl ?? file.string("database-url") ?? environment["SKIFF_DATABASE_URL"]
        corsAllowedOrigins =
            try (options.corsAllowedOrigins ?? file.string("cors-allowed-origins") ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        auditPolicyFile = try options.auditPolicyFile ?? file.string("audit-policy-file")
        imageCatalog = try options.imageCatalog ?? file.string("image-catalog")
        etcdListen = try (options.etcdListen ?? file.string("etcd-listen")).map {
            try ListenAddress($0, flag: "etcd-listen")
        }
        etcdInsecureListen = try (options.etcdInsecureListen ?? file.string("etcd-insecure-listen")).map {
            try ListenAddress($0, flag: "etcd-insecure-listen")
        }
        logLevel = try options.logLevel ?? file.string("log-level") ?? "info"
        try file.refuseUnknown()
    }

    private static func checkedPort(_ name: String, _ port: Int) throws -> Int {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--\(name) must be from 0 to 65535, not \(port)")
        }
        return port
    }
}
