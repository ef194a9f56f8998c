import APIMachinery
import ArgumentParser
import EtcdFront
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
    @Option(parsing: .unconditional, help: EtcdServe.quotaHelp)
    var quotaBackendBytes: Int?
    @Option(help: "URLs of an external etcd's client listeners, separated by commas, to use instead of the own store.")
    var etcdServers: String?
    @Option(help: "Who signs the external etcd's certificates (PEM).")
    var etcdCafile: String?
    @Option(help: "Certificate to show to the external etcd (PEM).")
    var etcdCertfile: String?
    @Option(help: "Its key (PEM).")
    var etcdKeyfile: String?
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
    var runtime: NodeRuntime
    var ingressHTTPPort: Int
    var ingressHTTPSPort: Int
    var databaseURL: String?
    var corsAllowedOrigins: [String]
    var auditPolicyFile: String?
    var imageCatalog: String?
    /// Where etcd's API is served, with mutual TLS and without; nil is nowhere.
    var etcdListen: ListenAddress?
    var etcdInsecureListen: ListenAddress?
    /// For the own store, as etcd means it; nil is the default.
    var quotaBackendBytes: Int?
    /// An external etcd; empty: the store is our own.
    var etcdServers: [EtcdEndpoint]
    var etcdTLS: EtcdClientTLS
    var logLevel: String

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
        guard let runtime = name == "auto" ? NodeRuntime.automatic : NodeRuntime(rawValue: name) else {
            let known = (["auto"] + NodeRuntime.allCases.map(\.rawValue)).joined(separator: ", ")
            throw ValidationError("--runtime must be one of \(known), not \(name)")
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
        (etcdServers, etcdTLS) = try Self.externalEtcd(options, file)
        if !etcdServers.isEmpty, etcdListen != nil || etcdInsecureListen != nil {
            throw ValidationError("--etcd-listen serves the own store, which --etcd-servers replaces")
        }
        quotaBackendBytes = try options.quotaBackendBytes ?? file.int("quota-backend-bytes")
        if !etcdServers.isEmpty, quotaBackendBytes != nil {
            throw ValidationError("--quota-backend-bytes is for the own store, which --etcd-servers replaces")
        }
        logLevel = try options.logLevel ?? file.string("log-level") ?? "info"
        try file.refuseUnknown()
    }

    private static func externalEtcd(
        _ options: UpOptions, _ file: SettingsFile
    ) throws -> ([EtcdEndpoint], EtcdClientTLS) {
        let tls = EtcdClientTLS(
            authorityFile: try options.etcdCafile ?? file.string("etcd-cafile"),
            certificateFile: try options.etcdCertfile ?? file.string("etcd-certfile"),
            keyFile: try options.etcdKeyfile ?? file.string("etcd-keyfile"))
        let urls = try options.etcdServers ?? file.string("etcd-servers") ?? ""
        var servers: [EtcdEndpoint] = []
        do throws(EtcdEndpoint.Malformed) {
            for url in urls.split(separator: ",") {
                servers.append(try EtcdEndpoint(url.trimmingCharacters(in: .whitespaces)))
            }
        } catch {
            throw ValidationError("--etcd-servers: \(error)")
        }
        if servers.isEmpty, tls != EtcdClientTLS() {
            throw ValidationError("--etcd-cafile, --etcd-certfile and --etcd-keyfile go with --etcd-servers")
        }
        guard (tls.certificateFile == nil) == (tls.keyFile == nil) else {
            throw ValidationError("--etcd-certfile and --etcd-keyfile go together")
        }
        return (servers, tls)
    }

    private static func checkedPort(_ name: String, _ port: Int) throws -> Int {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--\(name) must be from 0 to 65535, not \(port)")
        }
        return port
    }
}
