import EtcdClient
import APIMachinery
import ArgumentParser
import ClusterAutoscaler
import EtcdFront
import Foundation
import KubeAPI
import Kubeadm
import Logging
import SimulatedNodes

/// The settings of one `skiff up`, complete and checked.
struct UpSettings: Sendable {
    var dataDirectory: String
    /// A cluster for one test, of which nothing is kept.
    var isEphemeral: Bool
    var bindAddress: IPAddress
    /// Where plain HTTP is served.
    var httpBindAddress: IPAddress
    /// What of `Told` was said, by flag or file.
    var told: Told = []
    var port: Int
    var securePort: Int
    var nodeCount: Int
    /// Of nodes that run something; nil is for the network and the machine to decide.
    var runtime: NodeRuntime?
    /// The socket of somebody else's container runtime.
    var containerRuntimeEndpoint: String?
    /// What is played, if nodes run nothing.
    var simulation: SimulationStages?
    /// Nodes that come and go, if there are any.
    var nodeGroups: NodeGroupsFile?
    /// Where the provider of such nodes is, if it is not this process.
    var cloudConfig: CloudConfig?
    var ingressHTTPPort: Int
    var ingressHTTPSPort: Int
    /// What is said of the network of pods and Services; the rest is chosen.
    var network: NetworkWishes
    /// Where the networks of clusters that are stopped are remembered.
    var networkRegister: String
    var databaseURL: String?
    var corsAllowedOrigins: [String]
    /// Host names that plain HTTP answers to, besides those that it always does.
    var httpAllowedHosts: [String]
    /// What the API server's certificate is good for besides what it always is.
    var extraServerNames: [String]
    var auditPolicyFile: String?
    var audit: AuditSettings
    var encryptionProviderConfig: String?
    var imageCatalog: String?
    /// A KubeSchedulerConfiguration.
    var schedulerConfig: String?
    /// Where etcd's API is served, with mutual TLS and without; nil is nowhere.
    var etcdListen: ListenAddress?
    var etcdInsecureListen: ListenAddress?
    /// For the own store, as etcd means it; nil is the default.
    var quotaBackendBytes: Int?
    /// An external etcd; empty: the store is our own.
    var etcdServers: [EtcdEndpoint]
    var etcdTLS: EtcdClientTLS
    var access: AccessSettings
    var autoscaling: AutoscalingSettings
    var node: NodeSettings
    var logLevel: Logger.Level
    /// What all flags were told, for others to see.
    var flags: [String: String]

    /// More nodes than this in one process are refused.
    static let maximumNodeCount = 100
    /// The same for nodes that run nothing.
    static let maximumSimulatedNodeCount = 10_000

    /// Flags win over the file, the file over the environment and the defaults.
    init(_ options: UpOptions, environment: [String: String], isRoot: Bool) throws {
        let file = try SettingsFile(path: options.cluster.config)
        let (cluster, listening) = (options.cluster, options.listening)
        isEphemeral = cluster.ephemeral
        let namedDirectory = try cluster.dataDir ?? file.string("data-dir")
        if isEphemeral, namedDirectory != nil {
            throw ValidationError("--ephemeral makes a directory of its own, so --data-dir does not go with it")
        }
        dataDirectory = namedDirectory ?? DataDirectory.defaultPath(isRoot: isRoot, environment: environment)
        if !dataDirectory.hasPrefix("/") {
            dataDirectory = "\(FileManager.default.currentDirectoryPath)/\(dataDirectory)"
        }
        let namedAddress = try Self.address("bind-address", listening.bindAddress, file)
        bindAddress = namedAddress ?? Self.localhost
        let plainAddress = try Self.address("http-bind-address", listening.httpBindAddress, file)
        httpBindAddress = plainAddress ?? Self.localhost
        let isPlainAllowed =
            try listening.allowPlainHttpBeyondLoopback || file.bool("allow-plain-http-beyond-loopback") ?? false
        guard isPlainAllowed || httpBindAddress.isLoopback else {
            throw ValidationError(
                "--http-bind-address \(httpBindAddress) would carry tokens and Secrets in plain text over a network; "
                    + "--allow-plain-http-beyond-loopback says that this is wanted")
        }
        let plainPort = try listening.port ?? file.int("port")
        let tlsPort = try listening.securePort ?? file.int("secure-port")
        let ingressPort = try listening.ingressHttpPort ?? file.int("ingress-http-port")
        let ingressTLSPort = try listening.ingressHttpsPort ?? file.int("ingress-https-port")
        port = try Self.checked("port", plainPort ?? 8080)
        securePort = try Self.checked("secure-port", tlsPort ?? 6443)
        ingressHTTPPort = try Self.checked("ingress-http-port", ingressPort ?? (isRoot ? 80 : 8081))
        ingressHTTPSPort = try Self.checked("ingress-https-port", ingressTLSPort ?? (isRoot ? 443 : 8443))
        for (what, isTold) in [
            (Told.bindAddress, namedAddress != nil), (.httpBindAddress, plainAddress != nil), (.port, plainPort != nil),
            (.securePort, tlsPort != nil), (.ingressHTTPPort, ingressPort != nil),
            (.ingressHTTPSPort, ingressTLSPort != nil),
        ] where isTold {
            told.insert(what)
        }
        nodeCount = try cluster.nodes ?? file.int("nodes") ?? 1
        let name = try cluster.runtime ?? file.string("runtime") ?? "auto"
        simulation = try Self.simulation(runtime: name, cluster, file)
        (nodeGroups, cloudConfig) = try Self.nodeGroups(cluster, file)
        runtime = NodeRuntime(rawValue: name)
        guard name == "auto" || simulation != nil || runtime != nil else {
            let known = ["auto"] + NodeRuntime.allCases.map(\.rawValue) + [Self.simulatedRuntime]
            throw ValidationError("--runtime must be one of \(known.joined(separator: ", ")), not \(name)")
        }
        containerRuntimeEndpoint = try Self.socket(
            cluster.containerRuntimeEndpoint ?? file.string("container-runtime-endpoint"))
        if containerRuntimeEndpoint != nil, runtime == .process || simulation != nil {
            throw ValidationError(
                "--container-runtime-endpoint names a container runtime, so --runtime \(name) does not go with it")
        }
        if isEphemeral, runtime == .containerd || containerRuntimeEndpoint != nil {
            throw ValidationError(
                "--ephemeral leaves nothing behind, which containers of containerd would; --runtime process does")
        }
        let limit = simulation == nil ? Self.maximumNodeCount : Self.maximumSimulatedNodeCount
        // Without any, all nodes are processes of their own.
        let least = simulation == nil ? 0 : 1
        guard (least...limit).contains(nodeCount) else {
            throw ValidationError("--nodes must be from \(least) to \(limit), not \(nodeCount)")
        }
        let most = nodeCount + (nodeGroups?.groups.reduce(0) { $0 + $1.maxSize } ?? 0)
        guard most <= limit else {
            throw ValidationError("--node-groups and --nodes may be \(limit) nodes together, not \(most)")
        }
        network = NetworkWishes(
            podCIDR: try Self.cidr("cluster-cidr", options.network.clusterCidr, file),
            serviceCIDR: try Self.cidr("service-cluster-ip-range", options.network.serviceClusterIpRange, file),
            dnsAddress: try Self.address("cluster-dns-address", options.network.clusterDnsAddress, file),
            kind: try Self.networkKind(options.network.network, file))
        if simulation != nil {
            guard network.kind != .bridge else {
                throw ValidationError("--network bridge is for pods that run something, which simulated ones do not")
            }
            network.kind = .loopback
        }
        networkRegister = NetworkRegister.path(isRoot: isRoot, environment: environment)
        databaseURL =
            try options.records.databaseUrl ?? file.string("database-url")
            ?? (isEphemeral ? nil : environment["SKIFF_DATABASE_URL"])
        corsAllowedOrigins = Self.list(try listening.corsAllowedOrigins ?? file.string("cors-allowed-origins"))
        httpAllowedHosts = Self.list(try listening.httpAllowedHosts ?? file.string("http-allowed-hosts"))
            .map { $0.lowercased() }
        extraServerNames = Self.list(
            try listening.apiserverCertExtraSans ?? file.string("apiserver-cert-extra-sans"))
        auditPolicyFile = try options.records.auditPolicyFile ?? file.string("audit-policy-file")
        audit = try AuditSettings(options.audit, file)
        encryptionProviderConfig =
            try options.store.encryptionProviderConfig ?? file.string("encryption-provider-config")
        imageCatalog = try cluster.imageCatalog ?? file.string("image-catalog")
        schedulerConfig = try cluster.schedulerConfig ?? file.string("scheduler-config")
        (etcdListen, etcdInsecureListen) = try Self.servedEtcd(options.store, file)
        (etcdServers, etcdTLS) = try Self.externalEtcd(options.store, file)
        if !etcdServers.isEmpty, isEphemeral {
            throw ValidationError("--ephemeral keeps its store in memory, which --etcd-servers replaces")
        }
        if !etcdServers.isEmpty, etcdListen != nil || etcdInsecureListen != nil {
            throw ValidationError("--etcd-listen serves the own store, which --etcd-servers replaces")
        }
        access = try AccessSettings(options.access, file)
        autoscaling = try AutoscalingSettings(options.autoscaling, file)
        node = try NodeSettings(options.node, file)
        if !etcdServers.isEmpty, network.kind == .bridge {
            throw ValidationError("--network bridge goes with the own store, which --etcd-servers replaces")
        }
        quotaBackendBytes = try options.store.quotaBackendBytes ?? file.int("quota-backend-bytes")
        if !etcdServers.isEmpty, quotaBackendBytes != nil {
            throw ValidationError("--quota-backend-bytes is for the own store, which --etcd-servers replaces")
        }
        let level = try cluster.logLevel ?? file.string("log-level") ?? "info"
        guard let logLevel = Logger.Level(rawValue: level) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--log-level must be one of \(known), not \(level)")
        }
        self.logLevel = logLevel
        flags = file.flags(and: Array(CommandLine.arguments.dropFirst()))
        try file.refuseUnknown()
    }

    private static let localhost = IPAddress(ipv4: 127 << 24 | 1)

    /// Where this machine reaches itself, for what listens at every address.
    var nodeAddress: IPAddress {
        guard bindAddress.isUnspecified else { return bindAddress }
        return bindAddress.isIPv6 ? IPAddress(ipv6: 1) : Self.localhost
    }

    private static func servedEtcd(
        _ options: UpOptions.Store, _ file: SettingsFile
    ) throws -> (ListenAddress?, ListenAddress?) {
        (
            try (options.etcdListen ?? file.string("etcd-listen")).map { try ListenAddress($0, flag: "etcd-listen") },
            try (options.etcdInsecureListen ?? file.string("etcd-insecure-listen")).map {
                try ListenAddress($0, flag: "etcd-insecure-listen")
            }
        )
    }

    private static func externalEtcd(
        _ options: UpOptions.Store, _ file: SettingsFile
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

    /// What `--runtime` is when nodes run nothing.
    private static let simulatedRuntime = "simulated"

    /// nil for another runtime.
    private static func simulation(
        runtime: String, _ options: UpOptions.Cluster, _ file: SettingsFile
    ) throws -> SimulationStages? {
        let path = try options.simulationStages ?? file.string("simulation-stages")
        guard runtime == simulatedRuntime else {
            if path != nil { throw ValidationError("--simulation-stages goes with --runtime \(simulatedRuntime)") }
            return nil
        }
        guard let path else { return SimulationStages() }
        do {
            return try SimulationStages(yaml: Array(try Data(contentsOf: URL(filePath: path))))
        } catch {
            throw ValidationError("the stages \(path) cannot be used: \(error)")
        }
    }

    private static func nodeGroups(
        _ options: UpOptions.Cluster, _ file: SettingsFile
    ) throws -> (NodeGroupsFile?, CloudConfig?) {
        guard let path = try options.nodeGroups ?? file.string("node-groups") else { return (nil, nil) }
        let groups: NodeGroupsFile
        do {
            groups = try NodeGroupsFile(yaml: Array(try Data(contentsOf: URL(filePath: path))))
        } catch {
            throw ValidationError("the node groups \(path) cannot be used: \(error)")
        }
        do {
            return (groups, try groups.cloudConfig.map { try CloudConfig(path: $0) })
        } catch {
            throw ValidationError("the cloud configuration \(groups.cloudConfig ?? "") cannot be used: \(error)")
        }
    }

    // MARK: Single settings

    /// The path in `unix:///run/containerd/containerd.sock`.
    static func socket(_ endpoint: String?) throws -> String? {
        guard let endpoint else { return nil }
        let path = endpoint.hasPrefix("unix://") ? String(endpoint.dropFirst(7)) : endpoint
        guard path.hasPrefix("/") else {
            throw ValidationError(
                "--container-runtime-endpoint must be a unix socket, such as unix:///run/containerd/containerd.sock, not \(endpoint)"
            )
        }
        return path
    }

    /// nil is for the cluster to choose.
    private static func networkKind(_ given: String?, _ file: SettingsFile) throws -> NetworkKind? {
        let name = try given ?? file.string("network") ?? "auto"
        if name == "auto" { return nil }
        guard let kind = NetworkKind(rawValue: name) else {
            let known = (["auto"] + NetworkKind.allCases.map(\.rawValue)).joined(separator: ", ")
            throw ValidationError("--network must be one of \(known), not \(name)")
        }
        return kind
    }

    private static func checked(_ name: String, _ port: Int) throws -> Int {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--\(name) must be from 0 to 65535, not \(port)")
        }
        return port
    }

    /// What is separated by commas.
    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private static func address(_ name: String, _ given: String?, _ file: SettingsFile) throws -> IPAddress? {
        guard let text = try given ?? file.string(name) else { return nil }
        guard let address = IPAddress(text) else {
            throw ValidationError("--\(name) must be an IP address, such as 127.0.0.1, not \(text)")
        }
        return address
    }

    private static func cidr(_ name: String, _ given: String?, _ file: SettingsFile) throws -> CIDR? {
        guard let text = try given ?? file.string(name) else { return nil }
        guard let cidr = CIDR(text) else {
            throw ValidationError("--\(name) must be a network, such as 127.130.0.0/16, not \(text)")
        }
        return cidr
    }
}

extension IPAddress {
    /// Whether only this machine can reach it (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
    var isLoopback: Bool { isIPv6 ? self == IPAddress(ipv6: 1) : value >> 24 == 127 }
}
