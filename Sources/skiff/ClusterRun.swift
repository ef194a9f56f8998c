import APIMachinery
import APIServer
import ClusterDNS
import ControlLoops
import ArgumentParser
import ControllerManager
import CoreMetrics
import EtcdStore
import Foundation
import Gateway
import HTTPServer
import IngressController
import KubeAPI
import Kubeadm
import KubeProxy
import Listening
import Logging
import PrometheusExport
import Records
import Scheduler
import ServiceLifecycle

/// One run of the cluster: every room is built here, and the list of services is all there is to start. They stop in the
/// opposite order.
struct ClusterRun {
    let settings: UpSettings
    let directory: DataDirectory
    let network: ClusterNetwork
    let listeners: ListenPlan
    let logger = Logger(label: "skiff")

    init(_ settings: UpSettings, _ directory: DataDirectory, _ network: ClusterNetwork, _ listeners: ListenPlan) {
        self.settings = settings
        self.directory = directory
        self.network = network
        self.listeners = listeners
    }

    func run() async throws {
        let start = Progress()
        let metrics = PrometheusRegistry()
        // Also for what libraries and rooms count that are not handed the registry.
        MetricsSystem.bootstrap(metrics)
        let pki = try makeKeys(start)
        let store = try await ClusterStore.open(settings, directory: directory.file("store"), metrics: metrics)
        let sampling = [ProcessMetrics.sampled(by: metrics), store.embedded?.sampled(by: metrics)]
        defer { for sample in sampling { sample?.end() } }
        let etcd = try EtcdListeners(
            settings, directory, serverNames: serverNames, store: store.embedded, metrics: metrics)
        // With a store of its own the process leads by itself.
        let leadership = try store.leadership(directory)
        let database = try DatabaseService(
            url: settings.databaseURL, directory: directory.file("mariadb"), start: start,
            logger: Logger(label: "database"))
        let audit = try AuditTrail(
            spoolDirectory: directory.file("audit"), database: database?.database, metrics: metrics,
            logger: Logger(label: "audit"))
        let kubelets = KubeletTable()
        let server = try clusterServer(
            store.revisioned, isShared: store.isShared || !etcd.servers.isEmpty, pki, audit, EmbeddedNodes(kubelets),
            metrics)
        server.addHealthCheck(
            HealthCheck("database", isInformational: true, pages: ["readyz"]) {
                guard let database else { return "none is configured and mariadbd is not installed" }
                return await database.check()
            })
        let check = StartCheck()
        server.addHealthCheck(check.health)
        let loops = LoopClients(server, under: leadership)

        let world = World(loops.client(ClusterUsers.informers), logger: Logger(label: "world"))
        let context = LoopContext(
            world: world, client: loops.client, logger: Logger(label: "controllers"), metrics: metrics,
            kinds: server.resources)
        let explainer = SchedulingExplainer()
        let gateway = GatewayServer(
            gatewayConfiguration(pki), site: site(pki, server, database, metrics, explainer),
            logger: Logger(label: "gateway"))

        var services: [any ServiceLifecycle.Service] = [store.service]
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
            rootCertificate: pki.authority.certificatePEM, loadBalancerAddresses: [network.nodeAddress.description],
            volumes: HostPathProvisioner(root: directory.file("volumes")))
        services += Controllers.controllers(context, settings).map { controller in
            Loop(controller.name, under: leadership) { try await controller.run() }
        }
        services += SchedulerLoops.loops(context, try schedulerConfiguration(), explainer).map { loop in
            Loop(loop.name, under: leadership) { try await loop.run() }
        }
        services += [
            Loop("kube-proxy", under: leadership) { await proxy(world).run() },
            Loop("cluster-dns", under: leadership) { try await dns(world) },
            Loop("ingress-controller", under: leadership) { try await ingress(world, loops, pki).run() },
            NodesService(
                settings: self.settings, network: network, loops: loops, kubelets: kubelets, start: start,
                leadership: leadership),
        ]
        services.append(gateway)
        services.append(
            Loop("announcement") {
                try await server.waitUntilReady()
                try await SystemObjects.ensure(loops.client(SystemObjects.identity), network)
                check.finish()
                self.announce(start)
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

    /// Reads or makes the keys, and the kubeconfig that goes with them.
    private func makeKeys(_ start: Progress) throws -> PKI {
        let isNew = !FileManager.default.fileExists(atPath: directory.file("pki"))
        let pki = try PKI(directory: directory, serverNames: serverNames, now: Date())
        let config = Kubeconfig(
            clusterName: "skiff", server: "https://\(ListenPlace.host(nodeAddress)):\(settings.securePort)",
            authorityPEM: pki.authority.certificatePEM, userName: "kubernetes-admin", client: pki.admin)
        try DataDirectory.write(config.text, to: directory.file("admin.conf"))
        if isNew {
            start.done("Keys and certificates made in \(directory.file("pki"))")
            start.say("Network chosen: pods in \(network.podCIDR), Services in \(network.serviceCIDR)")
        }
        return pki
    }

    private var nodeAddress: String { network.nodeAddress.description }

    private var serverNames: CertificateAuthority.SubjectNames {
        let host = ProcessInfo.processInfo.hostName
        var addresses = ["127.0.0.1", "::1", network.kubernetesAddress.description]
        if !addresses.contains(nodeAddress) { addresses.append(nodeAddress) }
        return CertificateAuthority.SubjectNames(
            dnsNames: ["localhost", host] + network.kubernetesNames, addresses: addresses)
    }

    private func authenticators(_ pki: PKI) -> [any Authenticator] {
        let admin = UserInfo(name: "kubernetes-admin", groups: ["system:masters"])
        return [BearerToken(pki.adminToken, for: admin), ClientCertificate()]
    }

    private func clusterServer(
        _ store: any RevisionedStore, isShared: Bool, _ pki: PKI, _ audit: AuditTrail, _ nodes: EmbeddedNodes,
        _ metrics: any MetricsFactory
    ) throws -> ClusterServer {
        ClusterServer(
            store: store,
            configuration: Configuration(
                serviceRange: AddressRange(network), advertiseAddress: nodeAddress, securePort: settings.securePort,
                sharesStore: isShared,
                auditPolicy: try auditPolicy(),
                serviceAccountTokens: try ServiceAccountTokens(
                    privateKeyPEM: pki.serviceAccountKeyPEM, issuer: network.issuer)),
            authenticators: authenticators(pki), authorizer: ClusterUsers.rights,
            audit: AuditSpool(trail: audit), nodes: nodes,
            metrics: metrics, log: Logger(label: "apiserver"))
    }

    private func schedulerConfiguration() throws -> SchedulerConfiguration {
        guard let path = settings.schedulerConfig else { return SchedulerConfiguration() }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try SchedulerConfiguration(try YAML.document(Array(text.utf8)).value)
        } catch {
            throw ValidationError("the scheduler's configuration \(path) cannot be used: \(error)")
        }
    }

    private func auditPolicy() throws -> AuditPolicy {
        guard let path = settings.auditPolicyFile else { return .standard(loops: ClusterUsers.names) }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try AuditPolicy(try YAML.document(Array(text.utf8)).value)
        } catch {
            throw ValidationError("the audit policy \(path) cannot be used: \(error)")
        }
    }

    private func proxy(_ world: World) -> ServiceProxy {
        var configuration = ServiceProxy.Configuration(place: ProxyPlace(nodePortAddresses: [nodeAddress]))
        let listeners = listeners
        configuration.explained = { listeners.explained($0) }
        return ServiceProxy(world: world, configuration: configuration, logger: Logger(label: "kube-proxy"))
    }

    private func dns(_ world: World) async throws {
        let logger = Logger(label: "cluster-dns")
        do {
            try await DNSService(world: world, configuration: DNSService.Configuration(network), logger: logger).run()
        } catch let failure as ListenFailure where ListenPlan.isBearable(failure) {
            logger.warning(
                "Pods find no Services by name", metadata: ["error": "\(listeners.explained(failure))"])
            while !Task.isCancelled { try await Task.sleep(for: .seconds(86_400)) }
        }
    }

    private func ingress(_ world: World, _ loops: LoopClients, _ pki: PKI) -> IngressProxy {
        var configuration = IngressProxy.Configuration(
            bindAddress: settings.bindAddress.description, httpPort: settings.ingressHTTPPort,
            httpsPort: settings.ingressHTTPSPort, statusAddress: nodeAddress,
            defaultCertificate: (chain: pki.ingressDefault.certificatePEM, key: pki.ingressDefault.privateKeyPEM))
        let names = DNSClient(ResolverConfiguration(nameservers: [Nameserver(network.dnsAddress.description)]))
        configuration.addresses = { try await names.addresses(of: $0) }
        return IngressProxy(
            world: world, api: loops.client(IngressProxy.identity), configuration: configuration,
            logger: Logger(label: "ingress"))
    }

    private func site(
        _ pki: PKI, _ server: ClusterServer, _ database: DatabaseService?, _ metrics: PrometheusRegistry,
        _ explainer: SchedulingExplainer
    ) -> Site {
        var parts = Site.Parts()
        parts.access = server.access
        parts.database = database?.database
        parts.users = database.map { Users(database: $0.database) }
        parts.metrics = metrics
        parts.explainScheduling = { try await explainer.explain($0) }
        return Site(
            gatewayConfiguration(pki), api: { await server.answer($0) }, parts: parts,
            logger: Logger(label: "gateway"))
    }

    private func gatewayConfiguration(_ pki: PKI) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            secure: (
                address: ListenPlace(.tcp, settings.bindAddress.description, settings.securePort),
                tls: ServerTLS(
                    certificateChainPEM: pki.server.certificatePEM, privateKeyPEM: pki.server.privateKeyPEM,
                    clientCAPEM: pki.authority.certificatePEM)
            ), plain: ListenPlace(.tcp, "127.0.0.1", settings.port))
        configuration.corsAllowedOrigins = settings.corsAllowedOrigins
        configuration.ingress = ListenPlace(.tcp, nodeAddress, settings.ingressHTTPPort)
        return configuration
    }

    /// Says where everything listens.
    private func announce(_ start: Progress) {
        let text = """
            Skiff \(SkiffVersion.number) is ready after \(start.elapsed).

              kubectl --kubeconfig \(directory.file("admin.conf")) get all -A
              curl -H "Authorization: Bearer $(cat \(directory.file("admin.token")))" http://127.0.0.1:\(settings.port)/api/v1/pods

            """
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
}
