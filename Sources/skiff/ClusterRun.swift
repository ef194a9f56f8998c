import APIMachinery
import APIServer
import ClusterDNS
import ControlLoops
import ArgumentParser
import ControllerManager
import EtcdStore
import Foundation
import Gateway
import IngressController
import Kubeadm
import KubeProxy
import Logging
import Records
import Scheduler
import ServiceLifecycle

/// One run of the cluster: every room is built here, and the list of services is all there is to start. They stop in the
/// opposite order.
struct ClusterRun {
    let settings: UpSettings
    let directory: DataDirectory
    let logger = Logger(label: "skiff")

    init(_ settings: UpSettings, _ directory: DataDirectory) {
        self.settings = settings
        self.directory = directory
    }

    func run() async throws {
        let began = ContinuousClock.now
        let pki = try PKI(directory: directory, serverNames: serverNames, now: Date())
        let store = try await ClusterStore.open(settings, directory: directory.file("store"))
        let etcd = try EtcdListeners(settings, directory, serverNames: serverNames, store: store.embedded)
        // With a store of its own the process leads by itself.
        let leadership = try store.leadership(directory)
        let database = try DatabaseService(
            url: settings.databaseURL, directory: directory.file("mariadb"), logger: Logger(label: "database"))
        let audit = try AuditTrail(
            spoolDirectory: directory.file("audit"), database: database?.database, logger: Logger(label: "audit"))
        let kubelets = KubeletTable()
        let server = try clusterServer(
            store.revisioned, isShared: store.isShared || !etcd.servers.isEmpty, pki, audit, EmbeddedNodes(kubelets))
        server.addHealthCheck(
            HealthCheck("database", isInformational: true, pages: ["readyz"]) {
                guard let database else { return "none is configured and mariadbd is not installed" }
                return await database.check()
            })
        let loops = LoopIdentity(server, under: leadership)

        let world = World(loops.client("controllers"), logger: Logger(label: "world"))
        let context = LoopContext(
            world: world, api: loops.client("controller-manager"), logger: Logger(label: "controllers"),
            kinds: server.resources)
        let gateway = GatewayServer(
            gatewayConfiguration(pki), site: site(pki, server, database, audit, etcd), logger: Logger(label: "gateway"))

        var services: [any Service] = [store.service]
        if let leadership { services.append(leadership) }
        if let database { services.append(database) }
        services += etcd.servers.map { server in Loop("etcd") { try await server.run() } }
        services += [
            Loop("audit") {
                await database?.waitForFirstUse()
                await audit.run()
            },
            Loop("apiserver") { try await server.run() },
            Loop("world") { await world.run() },
        ]
        let settings = ControllerSettings(
            rootCertificate: pki.authority.certificatePEM, loadBalancerAddresses: [nodeAddress],
            volumes: HostPathProvisioner(root: directory.file("volumes")))
        services += Controllers.controllers(context, settings).map { controller in
            Loop(controller.name, under: leadership) { try await controller.run() }
        }
        services += SchedulerLoops.loops(context).map { loop in
            Loop(loop.name, under: leadership) { try await loop.run() }
        }
        services += [
            Loop("kube-proxy", under: leadership) { await proxy(world).run() },
            Loop("cluster-dns", under: leadership) {
                try await DNSService(world: world, logger: Logger(label: "cluster-dns")).run()
            },
            Loop("ingress-controller", under: leadership) { try await ingress(world, pki).run() },
            NodesService(settings: self.settings, loops: loops, kubelets: kubelets, leadership: leadership),
        ]
        services.append(gateway)
        services.append(
            Loop("announcement") {
                try await server.waitUntilReady()
                try await SystemObjects.ensure(loops.client("bootstrap"))
                try self.announce(pki, since: began)
            })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { service in
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: service,
                        successTerminationBehavior: (service as? Loop)?.name == "announcement"
                            ? .ignore : .gracefullyShutdownGroup)
                }, gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "services")))
        try await group.run()
    }

    // MARK: What the rooms are given

    private var serverNames: CertificateAuthority.SubjectNames {
        let host = ProcessInfo.processInfo.hostName
        return CertificateAuthority.SubjectNames(
            dnsNames: [
                "localhost", host, "kubernetes", "kubernetes.default", "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
            ],
            addresses: ["127.0.0.1", "::1", "127.96.0.1", settings.bindAddress].filter { $0 != "0.0.0.0" })
    }

    private func authenticators(_ pki: PKI) -> [any Authenticator] {
        let admin = UserInfo(name: "kubernetes-admin", groups: ["system:masters"])
        return [BearerToken(pki.adminToken, for: admin), ClientCertificate()]
    }

    private func clusterServer(
        _ store: any RevisionedStore, isShared: Bool, _ pki: PKI, _ audit: AuditTrail, _ nodes: EmbeddedNodes
    ) throws -> ClusterServer {
        ClusterServer(
            store: store,
            configuration: Configuration(
                advertiseAddress: nodeAddress, securePort: settings.securePort, sharesStore: isShared,
                auditPolicy: try auditPolicy(),
                serviceAccountTokens: try ServiceAccountTokens(privateKeyPEM: pki.serviceAccountKeyPEM)),
            authenticators: authenticators(pki), audit: AuditSpool(trail: audit), nodes: nodes,
            log: Logger(label: "apiserver"))
    }

    private func auditPolicy() throws -> AuditPolicy {
        guard let path = settings.auditPolicyFile else { return .standard }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try AuditPolicy(try YAML.document(Array(text.utf8)).value)
        } catch {
            throw ValidationError("the audit policy \(path) cannot be used: \(error)")
        }
    }

    /// Where node ports, load balancers and the ingress are reached.
    private var nodeAddress: String { settings.bindAddress == "0.0.0.0" ? "127.0.0.1" : settings.bindAddress }

    private func proxy(_ world: World) -> ServiceProxy {
        ServiceProxy(
            world: world,
            configuration: ServiceProxy.Configuration(place: ProxyPlace(nodePortAddresses: [nodeAddress])),
            logger: Logger(label: "kube-proxy"))
    }

    private func ingress(_ world: World, _ pki: PKI) -> IngressProxy {
        IngressProxy(
            world: world,
            configuration: IngressProxy.Configuration(
                bindAddress: settings.bindAddress, httpPort: settings.ingressHTTPPort,
                httpsPort: settings.ingressHTTPSPort, statusAddress: nodeAddress,
                defaultCertificate: (chain: pki.ingressDefault.certificatePEM, key: pki.ingressDefault.privateKeyPEM)),
            logger: Logger(label: "ingress"))
    }

    private func site(
        _ pki: PKI, _ server: ClusterServer, _ database: DatabaseService?, _ audit: AuditTrail, _ etcd: EtcdListeners
    ) -> Site {
        var parts = Site.Parts()
        parts.authenticators = authenticators(pki) + [server.serviceAccountAuthenticator].compactMap { $0 }
        parts.authorizer = AllowGroups()
        parts.database = database?.database
        parts.users = database.map { Users(database: $0.database) }
        parts.metrics = [{ server.metricsText() }, { audit.metricsText }, { await etcd.metricsText() }]
        return Site(
            gatewayConfiguration(pki), api: { await server.answer($0) }, parts: parts,
            logger: Logger(label: "gateway"))
    }

    private func gatewayConfiguration(_ pki: PKI) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            secure: (
                address: GatewayConfiguration.Address(host: settings.bindAddress, port: settings.securePort),
                tls: GatewayConfiguration.TLS(
                    certificateChainPEM: pki.server.certificatePEM, privateKeyPEM: pki.server.privateKeyPEM,
                    clientCAPEM: pki.authority.certificatePEM)
            ), plain: GatewayConfiguration.Address(host: "127.0.0.1", port: settings.port))
        configuration.corsAllowedOrigins = settings.corsAllowedOrigins
        configuration.ingress = GatewayConfiguration.Address(host: "127.0.0.1", port: settings.ingressHTTPPort)
        return configuration
    }

    /// Writes the kubeconfig and says where everything listens.
    private func announce(_ pki: PKI, since began: ContinuousClock.Instant) throws {
        let address = settings.bindAddress == "0.0.0.0" ? "127.0.0.1" : settings.bindAddress
        let config = Kubeconfig(
            clusterName: "skiff", server: "https://\(address):\(settings.securePort)",
            authorityPEM: pki.authority.certificatePEM, userName: "kubernetes-admin", client: pki.admin)
        try DataDirectory.write(config.text, to: directory.file("admin.conf"))
        let milliseconds = (ContinuousClock.now - began) / .milliseconds(1)
        let text = """
            Skiff \(SkiffVersion.number) is ready after \(Int(milliseconds)) ms.

              kubectl --kubeconfig \(directory.file("admin.conf")) get all -A
              curl -H "Authorization: Bearer $(cat \(directory.file("admin.token")))" http://127.0.0.1:\(settings.port)/api/v1/pods

            """
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
