import APIMachinery
import APIServer
import Autoscalers
import Basics
import ClusterAutoscaler
import ClusterDNS
import ContainerRuntime
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

/// What the rooms are given.
extension ClusterRun {
    /// Reads or makes the keys, and the kubeconfig that goes with them.
    func makeKeys(_ start: Progress) throws -> PKI {
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

    func writeKubeconfig(_ pki: PKI) throws {
        let config = Kubeconfig(
            clusterName: "skiff", server: apiURL, authorityPEM: pki.authority.certificatePEM,
            userName: "kubernetes-admin", client: pki.admin)
        try directory.write(config.text, to: directory.file("admin.conf"))
    }

    var nodeAddress: String { network.nodeAddress.description }
    var apiURL: String { "https://\(ListenPlace.host(nodeAddress)):\(settings.securePort)" }

    var serverNames: CertificateAuthority.SubjectNames {
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
    var kubeletNames: CertificateAuthority.SubjectNames {
        let nodes = 0..<settings.nodePlaces
        return CertificateAuthority.SubjectNames(
            dnsNames: ["localhost"] + settings.nodeNames,
            addresses: ["127.0.0.1"] + nodes.compactMap { network.kubeletAddress(ofNode: $0)?.description })
    }

    func authenticators(_ pki: PKI) -> [any Authenticator] {
        let admin = UserInfo(name: "kubernetes-admin", groups: ["system:masters"])
        return [BearerToken(pki.adminToken, for: admin)] + settings.access.authenticators + [ClientCertificate()]
    }

    func clusterServer(
        _ store: any RevisionedStore, isShared: Bool, _ pki: PKI, _ audit: AuditTrail, _ streams: AuditStreams,
        _ nodes: any NodeConnector, _ metrics: any MetricsFactory
    ) throws -> ClusterServer {
        var configuration = Configuration(
            serviceRange: AddressRange(network), advertiseAddress: network.advertiseAddress.description,
            securePort: settings.securePort,
            sharesStore: isShared,
            auditPolicy: try auditPolicy(isKept: audit.hasDatabase || !streams.isEmpty),
            serviceAccountTokens: try serviceAccountTokens(pki),
            encryption: try encryption(), admissionPlugins: settings.access.admissionPlugins,
            letsAnonymousIn: settings.access.letsAnonymousIn, loops: ClusterUsers.all)
        configuration.flags = settings.flags
        return ClusterServer(
            store: store, configuration: configuration,
            authenticators: authenticators(pki), authorizer: ClusterUsers.rights,
            audit: streams.sink(audit), nodes: nodes, backends: BackendProxy(),
            metrics: metrics, slis: slis, log: Logger(label: "apiserver"))
    }

    func serviceAccountTokens(_ pki: PKI) throws -> ServiceAccountTokens {
        try ServiceAccountTokens(privateKeyPEM: pki.serviceAccountKeyPEM, issuer: network.issuer)
    }

    func schedulerConfiguration() throws -> SchedulerConfiguration {
        guard let path = settings.schedulerConfig else { return SchedulerConfiguration() }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try SchedulerConfiguration(try YAML.document(Array(text.utf8)).value)
        } catch {
            throw ValidationError("the scheduler's configuration \(path) cannot be used: \(error)")
        }
    }

    func encryption() throws -> EncryptionConfiguration? {
        guard let path = settings.encryptionProviderConfig else { return nil }
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try EncryptionConfiguration(try YAML.document(Array(text.utf8)).value)
        } catch {
            throw ValidationError("the encryption configuration \(path) cannot be used: \(error)")
        }
    }

    /// Of an ephemeral cluster without a database nobody could read the trail.
    func auditPolicy(isKept: Bool) throws -> AuditPolicy {
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

    var nodeNames: [String] {
        settings.simulation == nil
            ? (0..<settings.nodeCount).map(EmbeddedNode.name) : NodeSimulator.names(settings.nodeCount)
    }

    func simulator(_ stages: SimulationStages, _ world: World, _ loops: LoopClients) -> NodeSimulator {
        var configuration = NodeSimulator.Configuration(names: nodeNames)
        configuration.stages = stages
        configuration.spares = settings.nodeGroups.map(SimulatedNodeGroups.spares) ?? []
        configuration.kubeletVersion = SkiffVersion.kubernetes
        return NodeSimulator(
            configuration, world: world, client: { loops.client($0) }, logger: Logger(label: "simulator"))
    }

    func proxy(_ world: World) -> ServiceProxy {
        let addresses = network.nodePortAddresses(nodes: settings.nodePlaces).map(\.description)
        var configuration = ServiceProxy.Configuration(place: ProxyPlace(nodePortAddresses: addresses))
        let listeners = listeners
        configuration.explained = { listeners.explained($0) }
        return ServiceProxy(world: world, configuration: configuration, logger: Logger(label: "kube-proxy"))
    }

    /// To the pods of nodes that are processes elsewhere.
    func routes(_ world: World) async throws {
        guard network.kind == .bridge else { return try await Gate<Void>().wait() }
        await NodeRoutes(
            world: world, machine: HostNetwork(network, nodes: settings.nodePlaces),
            own: Set((0..<settings.nodeCount).compactMap { network.podCIDR(ofNode: $0) }),
            logger: Logger(label: "network")
        ).run()
    }

    func dns(_ world: World) async throws {
        let logger = Logger(label: "cluster-dns")
        do {
            try await DNSService(world: world, configuration: DNSService.Configuration(network), logger: logger).run()
        } catch let failure as ListenFailure where ListenPlan.isBearable(failure) {
            logger.warning(
                "Pods find no Services by name", metadata: ["error": "\(listeners.explained(failure))"])
            while !Task.isCancelled { try await Task.sleep(for: .seconds(86_400)) }
        }
    }

    func ingress(_ world: World, _ loops: LoopClients, _ identities: ServedIdentities) -> IngressProxy {
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

    func site(
        _ identities: ServedIdentities, _ server: ClusterServer, _ database: DatabaseService?,
        _ metrics: PrometheusRegistry, _ explainer: SchedulingExplainer, _ autoscaling: Autoscaling,
        _ nodeScaling: NodeScalingExplainer
    ) -> Site {
        var parts = Site.Parts()
        parts.access = server.access
        parts.database = database?.database
        parts.users = database.map { Users(database: $0.database) }
        parts.metrics = metrics
        parts.slis = slis
        parts.explainScheduling = { try await explainer.explain($0) }
        var questions = autoscaling.questions
        questions.nodeGroups = { nodeScaling.explanations() }
        parts.explainScaling = questions
        return Site(
            gatewayConfiguration(identities), api: { await server.answer($0) }, parts: parts,
            logger: Logger(label: "gateway"))
    }

    func gatewayConfiguration(_ identities: ServedIdentities) -> GatewayConfiguration {
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
    func announce(_ start: Progress, token: String) {
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
