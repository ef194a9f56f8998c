import APIMachinery
import APIServer
import Autoscalers
import Basics
import ClusterAutoscaler
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
    let slis = PrometheusRegistry()

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
        let nodeScaling = NodeScalingExplainer()
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
            gatewayConfiguration(identities),
            site: site(identities, server, database, metrics, explainer, autoscaling, nodeScaling),
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
        controllerSettings.tokenSigner = TokenSigner(tokens: try serviceAccountTokens(pki))
        controllerSettings.network = settings.simulation == nil ? network : NodeSimulator.network
        controllerSettings.ownNodes = settings.nodePlaces
        services += Controllers.controllers(context, controllerSettings).map { controller in
            Loop(controller.name, under: leadership) { try await controller.run() }
        }
        services += SchedulerLoops.loops(context, try schedulerConfiguration(), explainer).map { loop in
            Loop(loop.name, under: leadership) { try await loop.run() }
        }
        // Measuring is every process' own, for who asks it.
        services += autoscaling.collectors.map { loop in Loop(loop.name) { try await loop.run() } }
        services += autoscaling.loops.map { loop in
            Loop(loop.name, under: leadership) { try await loop.run() }
        }
        if let simulation = settings.simulation {
            // Nothing listens behind a Service, so nobody leads traffic there.
            let simulator = simulator(simulation, world, loops)
            services.append(Loop("node-simulator", under: leadership) { try await simulator.run() })
            if let file = settings.nodeGroups, settings.cloudConfig == nil {
                let groups = SimulatedNodeGroups(file: file, simulator: simulator)
                services.append(
                    autoscaler(context, groups, file, nodeScaling, leadership) { await groups.begin() })
            }
        } else {
            var groups: EmbeddedNodeGroups?
            if let file = settings.nodeGroups, settings.cloudConfig == nil {
                let embedded = EmbeddedNodeGroups(file, settings, network)
                groups = embedded
                services.append(
                    autoscaler(context, embedded, file, nodeScaling, leadership) { await embedded.begin() })
            }
            services += [
                Loop("kube-proxy", under: leadership) { await proxy(world).run() },
                Loop("node-routes") { try await routes(world) },
                Loop("cluster-dns", under: leadership) { try await dns(world) },
                Loop("ingress-controller", under: leadership) { try await ingress(world, loops, identities).run() },
                NodesService(
                    settings: settings, network: network, loops: loops, kubelets: kubelets,
                    identity: identities.kubelet,
                    metrics: metrics, start: start, groups: groups, leadership: leadership),
            ]
        }
        if let file = settings.nodeGroups, let config = settings.cloudConfig {
            let provider = ExternalProvider(config, file.options) { world.get(Node.self, ObjectKey(name: $0)) }
            services.append(autoscaler(context, provider, file, nodeScaling, leadership) {})
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

    /// `begin` brings the groups to where they were.
    private func autoscaler(
        _ context: LoopContext, _ provider: any NodeProvider, _ file: NodeGroupsFile,
        _ explainer: NodeScalingExplainer, _ leadership: LeadershipService?,
        _ begin: @escaping @Sendable () async -> Void
    ) -> Loop {
        let autoscaler = AutoscalerLoop(context, provider, file.options, explainer)
        return Loop(autoscaler.name, under: leadership) {
            await begin()
            try await autoscaler.run()
        }
    }

    /// By default a service is named by a text of all that it holds, which for the whole cluster takes a while to make.
    private static func name(of service: any ServiceLifecycle.Service) -> String {
        (service as? Loop)?.name ?? "\(type(of: service))"
    }

    /// What is left of an ephemeral cluster after this is ended without order.
    static let ephemeralGrace = Duration.seconds(5)
}
