import APIMachinery
import Basics
import ClusterDNS
import ContainerRuntime
import ControlLoops
import CoreMetrics
import Foundation
import HTTPServer
import KubeAPI
import KubeProxy
import Kubeadm
import Kubelet
import Listening
import Logging
import PrometheusExport
import ServiceLifecycle

/// What `skiff node` is told.
struct NodeRunSettings: Sendable {
    var identity: NodeIdentity.Source
    /// Who signs the certificates of those who call the kubelet (PEM); nil is the kubeconfig's authority.
    var clientAuthority: [UInt8]?
    var rotatesServerCertificates = false
    var address: IPAddress?
    var domain: String?
    var containers: NodeContainers.Settings
    var node: NodeSettings
    /// `--config`.
    var file: KubeletConfigurationFile?
}

/// One run of a node in a process of its own: every part is built here.
struct NodeRun {
    let settings: NodeRunSettings
    let directory: DataDirectory

    private var logger: Logger { Logger(label: "skiff") }

    func run() async throws {
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        let sampling = ProcessMetrics.sampled(by: metrics)
        defer { sampling.end() }
        for (path, value) in settings.file?.withoutEffect ?? [] {
            logger.warning(
                "The kubelet's configuration asks for what is not so here",
                metadata: ["field": "\(path)", "value": "\(value.text)"])
        }
        let identity = try await NodeIdentity.open(settings.identity, directory, logger: logger)
        defer { identity.shutdown() }
        guard let authority = settings.clientAuthority ?? identity.access.authority else {
            throw NodeIdentity.Failure(description: "the kubeconfig names no authority, so --client-ca-file must")
        }
        let plan = try await NodeNetwork(
            node: identity.name, directory: directory, domain: settings.domain, logger: logger
        ).find(identity.cluster)
        let place = try await NodePlace.find(
            plan, server: identity.access.server, wanted: settings.address, directory: directory.path)
        do {
            try await run(identity, authority, plan, place, metrics)
        } catch {
            await place.machine?.remove()
            throw error
        }
        await place.machine?.remove()
    }

    private func run(
        _ identity: NodeIdentity, _ authority: [UInt8], _ plan: NodeShare, _ place: NodePlace,
        _ metrics: PrometheusRegistry
    ) async throws {
        let name = identity.name
        let listen = ListenPlace(.tcp, place.address, KubeletServer.port)
        try listen.probe(for: "the kubelet's API")
        let serving = try NodeServing(
            node: name, addresses: [place.address], clientAuthority: authority, directory: directory,
            api: settings.rotatesServerCertificates ? identity.cluster : nil, logger: logger)

        let view = NodeView(identity.cluster, logger: Logger(label: "kubelet-world"))
        let world = World(view, scopes: NodeView.scopes(name), logger: Logger(label: "kubelet-world"))
        let cgroup = settings.node.cgroup(of: name, dataDirectory: directory.path)
        let (cgroups, whyNone) = NodeSettings.openCgroups(at: cgroup, Logger(label: "kubelet"), tells: true)
        let containers = try await NodeContainers.open(
            settings.containers, plan, address: place.address, network: place.network, cgroups: cgroups,
            directory: directory.path)
        var configuration = KubeletConfiguration(nodeName: name, index: plan.index, directory: directory.path)
        configuration.network = plan.network
        configuration.address = place.address
        configuration.clusterDNS = plan.network.dnsAddress.description
        configuration.kubeletVersion = SkiffVersion.kubernetes
        configuration.cgroups = cgroups
        configuration.whyUnlimited = whyNone
        configuration.cgroupRoot = cgroup
        settings.node.apply(to: &configuration)
        settings.file?.apply(to: &configuration)
        let kubelet = NodeAgent(
            configuration, world: world, api: view, runtime: containers.runtime, metrics: metrics,
            logger: Logger(label: "kubelet"))
        let server = KubeletServer(kubelet, metrics: { await metrics.page() })
        let service = NodeProcess(
            kubelet: kubelet, server: server, world: world, place: listen, identity: identity, serving: serving,
            traffic: NodeTraffic(name: name, plan: plan, place: place, cluster: identity.cluster, pods: world),
            announcement:
                "Node \(name) runs pods of \(plan.pods); its kubelet is at https://\(listen.address):\(listen.port)\n")
        do {
            try await ServiceGroup(
                services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "services")
            ).run()
        } catch {
            await containers.close()
            throw error
        }
        await containers.close()
    }
}

/// The node while it runs; at the end in order its pods are stopped, each in its own grace.
private struct NodeProcess: ServiceLifecycle.Service {
    let kubelet: NodeAgent
    let server: KubeletServer
    let world: World
    let place: ListenPlace
    let identity: NodeIdentity
    let serving: NodeServing
    let traffic: NodeTraffic
    let announcement: String

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { await world.run() }
                    tasks.addTask { await identity.run() }
                    tasks.addTask { await serving.run() }
                    tasks.addTask { try await traffic.run() }
                    tasks.addTask { try await kubelet.run() }
                    tasks.addTask {
                        try await server.run(at: place, identity: serving.identity, logger: Logger(label: "kubelet")) {
                            _ in
                            try? FileHandle.standardOutput.write(contentsOf: Data(announcement.utf8))
                        }
                    }
                    // None of them ends by itself.
                    _ = try await tasks.next()
                    tasks.cancelAll()
                }
            }
        } catch is CancellationError {
            // Asked to end.
        }
        await kubelet.stopAllPods()
    }
}
