import APIMachinery
import ControlLoops
import CoreMetrics
import Foundation
import KubeAPI
import Logging
import NIOCore
import NIOPosix

/// # ClusterDNS
///
/// Names for Services and pods, by Kubernetes' DNS specification 1.1.0, and for everything else by the host's servers.
///
/// - `Wire`: `DNSMessage` and what it is made of, read (`DNSReader`) and written (`DNSWriter`).
/// - `Zone`: `Zone` is the cluster's names as a value, made of `ZoneService`s; `ServiceAnswers` is what one Service's
///   names say; `Responder` applies the protocol's rules.
/// - `Server`: `DNSServer` by datagram and stream; `Forwarder` and `AnswerCache` for names elsewhere.
/// - `Client`: `DNSClient` for programs in pods, led by a resolv.conf (`ResolverConfiguration`).
///
/// Absent on purpose: IPv6 addresses, DNSSEC, zone transfers, dynamic updates; names of pods are made from their text,
/// as CoreDNS' `pods insecure` does.
public struct DNSService: Sendable {
    public struct Configuration: Sendable {
        public var bindAddress: String
        public var port: Int
        /// "cluster.local"
        public var domain: String
        /// Who is asked for other names; nil takes those of the host's /etc/resolv.conf.
        public var nameservers: [Nameserver]?
        public init(
            bindAddress: String, port: Int = 53, domain: String, nameservers: [Nameserver]? = nil
        ) {
            self.bindAddress = bindAddress
            self.port = port
            self.domain = domain
            self.nameservers = nameservers
        }
        /// As a cluster's network says.
        public init(_ network: ClusterNetwork) {
            self.init(bindAddress: network.dnsAddress.description, domain: network.domain)
        }
    }

    /// The account that Kubernetes has for cluster DNS. It keeps names in memory and changes nothing.
    public static let identity = LoopIdentity.serviceAccount(
        "kube-dns", agent: "cluster-dns", follows: ServiceWatch.reads + [Namespace.resource], recordsEvents: false)

    private let world: World
    private let configuration: Configuration
    private let server: DNSServer
    private let group: any EventLoopGroup
    private let logger: Logger

    public init(
        world: World, configuration: Configuration, logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.world = world
        self.configuration = configuration
        self.logger = logger
        self.group = group
        let origin = DNSName(configuration.domain) ?? .root
        let servers = configuration.nameservers ?? Self.hostServers()
        // Never ourselves: a query would go round for ever.
        let others = servers.filter { $0 != Nameserver(configuration.bindAddress, port: configuration.port) }
        server = DNSServer(
            Zone(origin: origin, serverAddress: IPv4(configuration.bindAddress)),
            forwarder: Forwarder(others, group: group),
            metrics: DNSMetrics(metrics, port: configuration.port))
    }

    /// Serves until the task is cancelled. Throws when the address cannot be had.
    public func run() async throws {
        let watch = ServiceWatch(world)
        let server = server
        world.cache(Namespace.resource).observe { change in
            server.change { $0.namespaceChanged(change.key.name, isThere: change.new != nil) }
        }
        let channels = try await server.bind(configuration.bindAddress, configuration.port, on: group)
        logger.debug(
            "Cluster DNS answers",
            metadata: ["address": "\(configuration.bindAddress)", "port": "\(configuration.port)"])
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await server.run() }
            for await _ in watch.wakeups {
                let changes = watch.takeChanges()
                server.change { zone in
                    for (key, entry) in changes { zone.serviceChanged(key, to: entry.flatMap { ZoneService($0) }) }
                }
            }
            tasks.cancelAll()
        }
        for channel in channels { try? await channel.close() }
    }

    private static func hostServers() -> [Nameserver] {
        let text = (try? String(contentsOfFile: "/etc/resolv.conf", encoding: .utf8)) ?? ""
        return ResolverConfiguration(parsing: text).nameservers
    }
}
