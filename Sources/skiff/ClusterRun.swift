import APIMachinery
import APIServer
import Autoscalers
import Basics
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
import SimulatedNodes

/// One run of the cluster: every room is built here, and the list of services is all there is to start. They stop in the
/// opposite order.
struct ClusterRun {
    let settings: UpSettings
    let directory: DataDirectory
    let network: ClusterNetwork
    let listeners: ListenPlan
    /// Of an ephemeral cluster: when it is not wanted any more.
    let lifeline: Lifeline?
    let logger = Logger(label: "skiff")
    /// What `/metrics/slis` shows.
    private let slis = PrometheusRegistry()

    init(
        _ settings: UpSettings, _ directory: DataDirectory, _ network: ClusterNetwork, _ listeners: ListenPlan,
        _ lifeline: Lifeline?
    ) {
        self.settings = settings
        self.directory = directory
        self.network = network
        self.listeners = listeners
        self.lifeline = lifeline
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
        let hasDatabase = !settings.isEphemeral || settings.databaseURL != nil
        let database =
            hasDatabase
            ? try DatabaseService(
                url: settings.databaseURL, directory: directory.file("mariadb"), start: start,
                logger: Logger(label: "database")) : nil
        let audit = try AuditTrail(
            spoolDirectory: directory.file("audit"), database: database?.database, metrics: metrics,
            logger: Logger(label: "audit"))
        let streams = try AuditStreams(settings.audit, metrics: metrics)
        let kubelets = KubeletTable()
        let remoteNodes = try RemoteNodes(pki)
        let nodes: any NodeConnector =
            settings.simulation == nil
            ? ClusterNodes(embedded: EmbeddedNodes(kubelets), remote: remoteNodes) : SimulatedConnector()
        let server = try clusterServer(
            store.revisioned, isShared: store.isShared || !etcd.servers.isEmpty, pki, audit, streams,
            nodes, metrics)
        server.addHealthCheck(
            HealthCheck("database", isInformational: true, pages: ["readyz"]) {
                guard let database else { return "none is configured and mariadbd is not installed" }
                return await database.check()
            })
        let check = StartCheck()
        server.addHealthCheck(check.health)
        let loops = LoopClients(server, under: leadership)

        let world = World(loops.client(ClusterUsers.informers), logger: Logger(label: "world"))
        remoteNodes.follow(world)
        let context = LoopContext(
            world: world, client: loops.client, logger: Logger(label: "controllers"), metrics: metrics,
            kinds: server.resources)
        let explainer = SchedulingExplainer()
        let autoscaling = try Autoscaling(
            context, settings.autoscaling, ClusterUsage(kubelets: kubelets, nodes: nodes))
        server.provided.serve(autoscaling.groups)
        let identities = try ServedIdentities(pki)
        let keeper = CertificateService(
            .init(cluster: pki, store: etcd.pki), directory, names: .init(cluster: serverNames, store: etcd.names),
            api: server.client(as: CertificateService.identity), metrics: metrics,
            adopt: { [self] in
                try identities.adopt($0.cluster)
                try remoteNodes.adopt($0.cluster)
                try writeKubeconfig($0.cluster)
            })
        let isListening = Gate<Void>()
        let gateway = GatewayServer(
            gatewayConfiguration(identities), site: site(identities, server, database, metrics, explainer, autoscaling),
            logger: Logger(label: "gateway"), onListening: { _ in isListening.open(()) })

        var services: [any ServiceLifecycle.Service] = [store.service]
        if let leadership { services.append(leadership) }
        if let database { services.append(database) }
        services += etcd.servers.map { server in Loop("etcd") { try await server.run() } }
        // Without a database there is nowhere to bring events to.
        if let database {
            services.append(
                Loop("audit") {
                    await database.waitForFirstUse()
                    await audit.run()
                })
        }
        services += streams.services
        services += [
            Loop("apiserver") { try await server.run() },
            Loop("world") { await world.run() },
            Loop("certificates") { await keeper.run() },
        ]
        var controllerSettings = ControllerSettings(
            rootCertificate: pki.authority.certificatePEM, loadBalancerAddresses: [network.balancerAddress.description],
            volumes: HostPathProvisioner(root: directory.file("volumes")),
            signer: AuthoritySigner(authority: try CertificateAuthority(pki.authority)))
        controllerSettings.network = settings.simulation == nil ? network : NodeSimulator.network
        controllerSettings.ownNodes = settings.nodeCount
        services += Controllers.controllers(context, controllerSettings).map { controller in
            Loop(controller.name, under: leadership) { try await controller.run() }
        }
        services += SchedulerLoops.loops(context, try schedulerConfiguration(), explainer).map { loop in
            Loop(loop.name, under: leadership) { try await loop.run() }
        }
        // Measuring is every process' own, for who asks it.
        services += autoscaling.collectors.map { loop in Loop(loop.name) { try await loop.run() } }
        services.append(
            Loop(autoscaling.horizontal.name, under: leadership) { try await autoscaling.horizontal.run() })
        if let simulation = settings.simulation {
            // Nothing listens behind a Service, so nobody leads traffic there.
            services.append(
                Loop("node-simulator", under: leadership) {
                    try await simulator(simulation, world, loops).run()
                })
        } else {
            services += [
                Loop("kube-proxy", under: leadership) { await proxy(world).run() },
                Loop("cluster-dns", under: leadership) { try await dns(world) },
                Loop("ingress-controller", under: leadership) { try await ingress(world, loops, identities).run() },
                NodesService(
                    settings: settings, network: network, loops: loops, kubelets: kubelets,
                    identity: identities.kubelet,
                    metrics: metrics, start: start, leadership: leadership),
            ]
        }
        services.append(gateway)
        if let lifeline { services.append(Loop("lifeline") { try await lifeline.wait() }) }
        services.append(
            Loop("announcement") {
                try await server.waitUntilReady()
                let api = loops.client(SystemObjects.identity)
                try await SystemObjects.ensure(
                    api, network, server: apiURL, authorityPEM: pki.authority.certificatePEM)
                // Nodes are the leader's.
                let isLeading = leadership == nil || leadership?.term != nil
                let nodes = isLeading ? self.nodeNames : []
                try await check.wait(api, nodes: nodes)
                _ = try await isListening.wait()
                self.announce(start, token: pki.adminToken)
            })
        var configuration = ServiceGroupConfiguration(
            services: services.map { service in
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: service,
                    successTerminationBehavior: (service as? Loop)?.name == "announcement"
                        ? .ignore : .gracefullyShutdownGroup,
                    serviceName: Self.name(of: service))
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "services"))
        if lifeline != nil { configuration.maximumGracefulShutdownDuration = Self.ephemeralGrace }
        try await ServiceGroup(configuration: configuration).run()
    }

    /// By default a service is named by a text of all that it holds, which for the whole cluster takes a while to make.
    private static func name(of service: any ServiceLifecycle.Service) -> String {
        (service as? Loop)?.name ?? "\(type(of: service))"
    }

    /// What is left of an ephemeral cluster after this is ended without order.
    private static let ephemeralGrace = Duration.seconds(5)

    // MARK: What the rooms are given

    /// Reads or makes the keys, and the kubeconfig that goes with them.
    private func makeKeys(_ start: Progress) throws -> PKI {
        let isNew = !FileManager.default.fileExists(atPath: directory.file("pki"))
        let pki = try PKI(
            directory: directory, serverNames: serverNames, kubeletNames: kubeletNames, now: Date())
        try writeKubeconfig(pki)
        if isNew {
            start.done("Keys and certificates made in \(directory.file("pki"))")
            start.say("Network chosen: pods in \(network.podCIDR), Services in \(network.serviceCIDR)")
        }
        return pki
    }

    private func writeKubeconfig(_ pki: PKI) throws {
        let config = Kubeconfig(
            clusterName: "skiff", server: apiURL, authorityPEM: pki.authority.certificatePEM,
            userName: "kubernetes-admin", client: pki.admin)
        try directory.write(config.text, to: directory.file("admin.conf"))
    }

    private var nodeAddress: String { network.nodeAddress.description }
    private var apiURL: String { "https://\(ListenPlace.host(nodeAddress)):\(settings.securePort)" }

    private var serverNames: CertificateAuthority.SubjectNames {
        let host = ProcessInfo.processInfo.hostName
        var addresses = ["127.0.0.1", "::1", network.kubernetesAddress.description]
        for address in [nodeAddress, network.advertiseAddress.description] where !addresses.contains(address) {
            addresses.append(address)
        }
        let (extraAddresses, extraNames) = (
            settings.extraServerNames.filter { IPAddress($0) != nil },
            settings.extraServerNames.filter { IPAddress($0) == nil }
        )
        return CertificateAuthority.SubjectNames(
            dnsNames: ["localhost", host] + network.kubernetesNames + extraNames,
            addresses: addresses + extraAddresses)
    }

    /// What the kubelets of this process are called, and where they are.
    private var kubeletNames: CertificateAuthority.SubjectNames {
        let nodes = 0..<settings.nodeCount
        return CertificateAuthority.SubjectNames(
            dnsNames: ["localhost"] + nodes.map(EmbeddedNode.name),
            addresses: ["127.0.0.1"] + nodes.compactMap { network.kubeletAddress(ofNode: $0)?.description })
    }

    private func authenticators(_ pki: PKI) -> [any Authenticator] {
        let admin = UserInfo(name: "kubernetes-admin", groups: ["system:masters"])
        return [BearerToken(pki.adminToken, for: admin)] + settings.access.authenticators + [ClientCertificate()]
    }

    private func clusterServer(
        _ store: any RevisionedStore, isShared: Bool, _ pki: PKI, _ audit: AuditTrail, _ streams: AuditStreams,
        _ nodes: any NodeConnector, _ metrics: any MetricsFactory
    ) throws -> ClusterServer {
        ClusterServer(
            store: store,
            configuration: Configuration(
                serviceRange: AddressRange(network), advertiseAddress: network.advertiseAddress.description,
                securePort: settings.securePort,
                sharesStore: isShared,
                auditPolicy: try auditPolicy(isKept: audit.hasDatabase || !streams.isEmpty),
                serviceAccountTokens: try ServiceAccountTokens(
                    privateKeyPEM: pki.serviceAccountKeyPEM, issuer: network.issuer),
                encryption: try encryption(), admissionPlugins: settings.access.admissionPlugins,
                letsAnonymousIn: settings.access.letsAnonymousIn, loops: ClusterUsers.all),
            authenticators: authenticators(pki), authorizer: ClusterUsers.rights,
            audit: streams.sink(audit), nodes: nodes, backends: BackendProxy(),
            metrics: metrics, slis: slis, log: Logger(label: "apiserver"))
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

    private func encryption() throws -> EncryptionConfiguration? {
        guard let path = settings.encryptionProviderConfig else { return nil }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try EncryptionConfiguration(try YAML.document(Array(text.utf8)).value)
        } catch {
            throw ValidationError("the encryption configuration \(path) cannot be used: \(error)")
        }
    }

    /// Of an ephemeral cluster without a database nobody could read the trail.
    private func auditPolicy(isKept: Bool) throws -> AuditPolicy {
        guard let path = settings.auditPolicyFile else {
            return settings.isEphemeral && !isKept ? .nothing : .standard(loops: ClusterUsers.names)
        }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try AuditPolicy(try YAML.document(Array(text.utf8)).value)
        } catch {
            throw ValidationError("the audit policy \(path) cannot be used: \(error)")
        }
    }

    private var nodeNames: [String] {
        settings.simulation == nil
            ? (0..<settings.nodeCount).map(EmbeddedNode.name) : NodeSimulator.names(settings.nodeCount)
    }

    private func simulator(_ stages: SimulationStages, _ world: World, _ loops: LoopClients) -> NodeSimulator {
        var configuration = NodeSimulator.Configuration(names: nodeNames)
        configuration.stages = stages
        configuration.kubeletVersion = SkiffVersion.kubernetes
        return NodeSimulator(
            configuration, world: world, client: { loops.client($0) }, logger: Logger(label: "simulator"))
    }

    private func proxy(_ world: World) -> ServiceProxy {
        let addresses = network.nodePortAddresses(nodes: settings.nodeCount).map(\.description)
        var configuration = ServiceProxy.Configuration(place: ProxyPlace(nodePortAddresses: addresses))
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

    private func ingress(_ world: World, _ loops: LoopClients, _ identities: ServedIdentities) -> IngressProxy {
        var configuration = IngressProxy.Configuration(
            bindAddress: settings.bindAddress.description, httpPort: settings.ingressHTTPPort,
            httpsPort: settings.ingressHTTPSPort, statusAddress: nodeAddress,
            defaultCertificate: identities.ingress)
        let names = DNSClient(ResolverConfiguration(nameservers: [Nameserver(network.dnsAddress.description)]))
        configuration.addresses = { name in
            do { return try await names.addresses(of: name) } catch DNSClient.Failure.noSuchName(let name) {
                // As for a pod: the machine's own names, such as those in /etc/hosts, are not the cluster's.
                throw DNSClient.Failure.noSuchName(name)
            } catch is DNSClient.Failure {
                return nil
            }
        }
        return IngressProxy(
            world: world, api: loops.client(IngressProxy.identity), configuration: configuration,
            logger: Logger(label: "ingress"))
    }

    private func site(
        _ identities: ServedIdentities, _ server: ClusterServer, _ database: DatabaseService?,
        _ metrics: PrometheusRegistry, _ explainer: SchedulingExplainer, _ autoscaling: Autoscaling
    ) -> Site {
        var parts = Site.Parts()
        parts.access = server.access
        parts.database = database?.database
        parts.users = database.map { Users(database: $0.database) }
        parts.metrics = metrics
        parts.slis = slis
        parts.explainScheduling = { try await explainer.explain($0) }
        parts.explainScaling = autoscaling.questions
        return Site(
            gatewayConfiguration(identities), api: { await server.answer($0) }, parts: parts,
            logger: Logger(label: "gateway"))
    }

    private func gatewayConfiguration(_ identities: ServedIdentities) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            secure: (
                address: ListenPlace(.tcp, settings.bindAddress.description, settings.securePort),
                tls: identities.server
            ), plain: ListenPlace(.tcp, settings.httpBindAddress.description, settings.port))
        configuration.allowedHosts += settings.httpAllowedHosts
        configuration.furtherSecure = ListenPlan.forPods(settings, network).map { [$0] } ?? []
        configuration.corsAllowedOrigins = settings.corsAllowedOrigins
        configuration.ingress = ListenPlace(.tcp, nodeAddress, settings.ingressHTTPPort)
        return configuration
    }

    /// Says where everything listens: to a program if the cluster is one's, else to a person.
    private func announce(_ start: Progress, token: String) {
        if settings.isEphemeral {
            let line = ReadyLine.text(settings, directory, token: token)
            try? FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
            start.done("Skiff \(SkiffVersion.number) is ready")
            return
        }
        let address = settings.httpBindAddress
        let plain = address.isUnspecified ? nodeAddress : address.description
        let text = """
            Skiff \(SkiffVersion.number) is ready after \(start.elapsed).

              kubectl --kubeconfig \(directory.file("admin.conf")) get all -A
              curl -H "Authorization: Bearer $(cat \(directory.file("admin.token")))" http://\(ListenPlace.host(plain)):\(settings.port)/api/v1/pods

            """
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
}
