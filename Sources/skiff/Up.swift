import APIMachinery
import ArgumentParser
import ContainerRuntime
import Foundation
import KubeAPI
import Kubeadm
import Listening
import Logging

/// `skiff up`: the whole cluster in this process, until Ctrl-C or SIGTERM.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a whole cluster in this process, until Ctrl-C or SIGTERM.",
        usage: "skiff up [options]",
        discussion: """
            The first run makes keys, a database and a network of the cluster's own; later ones find them again. A second \
            cluster on the same machine needs a --data-dir and ports of its own:

              skiff up
              skiff up --data-dir /tmp/other --port 9080 --secure-port 9443 \\
                       --ingress-http-port 9081 --ingress-https-port 9444

            A cluster for a test has all that by itself, and leaves nothing: skiff up --ephemeral
            """)

    @OptionGroup var options: UpOptions

    private var settings: UpSettings {
        get throws {
            try UpSettings(options, environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
        }
    }

    /// Here and not in `run`, so that what is wrong is told with how this command is used.
    func validate() throws { _ = try settings }

    func run() async throws {
        var settings = try settings
        let lifeline = settings.isEphemeral ? Lifeline() : nil
        defer { Caretaker.finish() }
        if settings.isEphemeral { settings.dataDirectory = try Caretaker.makeDirectory() }
        let logLevel = settings.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = logLevel
            return handler
        }
        OpenFiles.raiseLimit(Logger(label: "skiff"))
        let directory = try DataDirectory(path: settings.dataDirectory, isDurable: !settings.isEphemeral)
        let network = try Self.network(&settings, directory)
        let machine = try await Self.machine(settings, network)
        let listeners = ListenPlan(settings, network)
        do { try listeners.check() } catch {
            await machine?.remove()
            throw error
        }
        do {
            try await ClusterRun(settings, directory, network, listeners, lifeline).run()
            await machine?.remove()
        } catch let failure as ListenFailure {
            throw listeners.explained(failure)
        }
    }

    /// The machine's part of a network of bridges, ready; nil on loopback. It goes when the process ends in order.
    private static func machine(_ settings: UpSettings, _ network: ClusterNetwork) async throws -> HostNetwork? {
        guard network.kind == .bridge else { return nil }
        if let obstacle = HostNetwork.obstacle {
            throw ValidationError("pods of this cluster have networks of their own, but \(obstacle)")
        }
        let machine = HostNetwork(network, nodes: settings.nodePlaces)
        try await machine.prepare()
        return machine
    }

    /// The cluster's network, which is this process's from now on.
    private static func network(_ settings: inout UpSettings, _ directory: DataDirectory) throws -> ClusterNetwork {
        var network: ClusterNetwork
        if settings.etcdServers.isEmpty {
            let register = NetworkRegister(path: settings.networkRegister)
            // The claim holds until the process ends.
            let obstacle = HostNetwork.obstacle
            // Before the cluster keeps the choice for life.
            if settings.network.kind == .bridge, let obstacle {
                throw ValidationError("--network bridge cannot be had: \(obstacle)")
            }
            // A cluster for one test is to be there at once.
            let automatic = obstacle == nil && !settings.isEphemeral ? NetworkKind.bridge : .loopback
            let planner = NetworkPlanner(
                directory, register: register, isRemembered: !settings.isEphemeral, automatic: automatic,
                routes: HostNetwork.routes())
            (network, _) = try planner.claim(settings.network)
            if settings.isEphemeral { try settings.settle(in: network) }
        } else {
            // All processes on one etcd are one cluster and must be told the same; only who leads uses the addresses.
            let (wishes, standard) = (settings.network, ClusterNetwork.standard)
            network = try ClusterNetwork(
                podCIDR: wishes.podCIDR ?? standard.podCIDR, serviceCIDR: wishes.serviceCIDR ?? standard.serviceCIDR,
                dnsAddress: wishes.dnsAddress)
            guard network.isLoopback else {
                throw ValidationError(
                    "with --etcd-servers the networks of pods and Services must be in \(ClusterNetwork.loopbackRange)")
            }
        }
        network.nodeAddress = settings.nodeAddress
        if settings.simulation != nil {
            guard network.kind == .loopback else {
                throw ValidationError(
                    "the pods of the cluster in \(settings.dataDirectory) have networks of their own; simulated nodes need "
                        + "another --data-dir")
            }
            return network
        }
        if settings.nodeCount == 0 { network.advertised = network.nodeAddress }
        guard settings.nodePlaces <= network.nodeLimit else {
            throw ValidationError(
                "--cluster-cidr \(network.podCIDR) has room for \(network.nodeLimit) nodes, not for \(settings.nodePlaces)"
            )
        }
        return network
    }
}

extension HostNetwork {
    /// Of a process that runs the first nodes of a cluster.
    init(_ network: ClusterNetwork, nodes count: Int) {
        self.init(
            pods: network.podCIDR, services: network.serviceCIDR,
            nodes: (0..<count).compactMap { network.podCIDR(ofNode: $0) }, logger: Logger(label: "network"))
    }
}
