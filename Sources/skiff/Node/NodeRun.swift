import APIMachinery
import Basics
import ClusterClient
import ControlLoops
import CoreMetrics
import Foundation
import HTTPServer
import KubeAPI
import Kubeadm
import Kubelet
import Listening
import Logging
import OutboundHTTP
import PrometheusExport
import ServiceLifecycle

/// One run of a node in a process of its own: every part is built here.
struct NodeRun {
    let name: String
    let access: ClusterAccess
    let clientAuthority: [UInt8]
    let directory: DataDirectory
    let imageCatalog: String?
    let domain: String

    private var logger: Logger { Logger(label: "skiff") }

    func run() async throws {
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        let sampling = ProcessMetrics.sampled(by: metrics)
        defer { sampling.end() }
        let cluster = RemoteCluster(clusterAccess)
        defer { cluster.shutdown() }
        var network = try await NodeNetwork(node: name, directory: directory, logger: logger).find(cluster)
        network.domain = domain
        let address = ClusterNetwork.kubeletAddress(ofPods: network.podCIDR).description
        let place = ListenPlace(.tcp, address, KubeletServer.port)
        try place.probe(for: "the kubelet's API")
        let identity = try servingIdentity(address)

        let view = NodeView(cluster, logger: Logger(label: "kubelet-world"))
        let world = World(view, scopes: NodeView.scopes(name), logger: Logger(label: "kubelet-world"))
        let opened = try await NodeRuntime.programs(
            of: 0, in: directory.file("runtime"), network, try NodeRuntime.catalog(imageCatalog), hiding: directory.path
        )
        var configuration = KubeletConfiguration(nodeName: name, index: 0, directory: directory.path)
        configuration.network = network
        configuration.clusterDNS = network.dnsAddress.description
        configuration.kubeletVersion = SkiffVersion.kubernetes
        let kubelet = NodeAgent(
            configuration, world: world, api: view, runtime: opened, metrics: metrics, logger: Logger(label: "kubelet"))
        let server = KubeletServer(kubelet, metrics: { await metrics.page() })
        let service = NodeProcess(
            name: name, kubelet: kubelet, server: server, world: world, place: place, identity: identity,
            pods: network.podCIDR.description)
        try await ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "services")
        ).run()
    }

    private var clusterAccess: RemoteCluster.Access {
        var tls = OutboundRequest.TLS()
        tls.authorities = access.authority
        tls.certificate = access.certificate
        tls.key = access.key
        tls.isInsecure = access.isInsecure
        let token = access.token
        return RemoteCluster.Access(
            server: access.server, tls: tls, token: { token },
            userAgent: "kubelet/\(SkiffVersion.kubernetes) (linux) skiff/\(SkiffVersion.number)")
    }

    private func servingIdentity(_ address: String) throws -> ServerIdentity {
        let names = CertificateAuthority.SubjectNames(dnsNames: [name], addresses: [address])
        let pair = try NodeServingCertificate.pair(node: name, directory: directory, names: names, now: Date())
        return try ServerIdentity(
            ServerTLS(
                certificateChainPEM: pair.certificatePEM, privateKeyPEM: pair.privateKeyPEM,
                clientCAPEM: String(decoding: clientAuthority, as: UTF8.self)))
    }
}

/// The node while it runs; at the end in order its pods are stopped, each in its own grace.
private struct NodeProcess: ServiceLifecycle.Service {
    let name: String
    let kubelet: NodeAgent
    let server: KubeletServer
    let world: World
    let place: ListenPlace
    let identity: ServerIdentity
    let pods: String

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { await world.run() }
                    tasks.addTask { try await kubelet.run() }
                    tasks.addTask {
                        try await server.run(at: place, identity: identity, logger: Logger(label: "kubelet")) { _ in
                            announce()
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

    private func announce() {
        let text = "Node \(name) runs pods of \(pods); its kubelet is at https://\(place.address):\(place.port)\n"
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
}
