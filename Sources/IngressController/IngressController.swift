import APIMachinery
import Basics
import ControlLoops
import CoreMetrics
import KubeAPI
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// # IngressController
///
/// A reverse proxy for HTTP and HTTPS that is led by Ingress objects, and streams every byte.
///
/// - `Routing`: `IngressRules` (which Ingresses are ours, what their rules mean) makes a `RoutingTable`; `RequestPath`
///   and `RequestHost` are what is compared with it.
/// - `Upstream`: `UpstreamGroup` (whose turn it is, who is left out for failing), `RetryPolicy` and `RetryBudget`,
///   `IdleConnections`, `RequestBody` (what may be sent again).
/// - `Proxy`: `IngressListener` → `ClientConnection` → `ProxiedRequest` → `BackendConnection`, one event loop per request;
///   `HeaderRules`; `UpgradedConnection` for WebSocket and other upgrades.
/// - `TLS`: `Certificates`, the certificate of each TLS host by SNI, and `DefaultCertificate`.
/// - `IngressProblem`: what cannot be served as it is written; `ProblemTeller` records it as events on the Ingress.
/// - `StatusWriter`: the address in an Ingress' status.
///
/// Requests go straight to pods by their EndpointSlices. Another process part (the gateway's `/tea` and `/coffee`)
/// reaches the same routes by a plain HTTP request to the HTTP port with the host in question.
///
/// Absent on purpose: HTTP/2 towards clients, resources as backends, rewriting of paths, authentication, mirroring.
public struct IngressProxy: Sendable {
    /// The addresses of a name by the cluster's rules. It throws for a name that there is not; nil leaves the name to the
    /// machine's resolver.
    public typealias Addresses = @Sendable (String) async throws -> [String]?

    public struct Configuration: Sendable {
        public var bindAddress: String
        public var httpPort: Int
        public var httpsPort: Int
        /// What is written into the status of Ingresses; empty writes nothing.
        public var statusAddress: String
        /// For hosts without a certificate of their own; without it there is no HTTPS.
        public var defaultCertificate: DefaultCertificate?
        /// Addresses whose X-Forwarded-… fields are believed and extended.
        public var trustedProxies: Set<String> = []
        /// Longer requests get 413; 0 is no limit. An Ingress may set its own (annotation proxy-body-size).
        public var maximumBodyBytes = 64 << 20
        /// Knows the names that ExternalName Services lead to; nil leaves all to the machine's resolver.
        public var addresses: Addresses?
        /// Every answered request is logged.
        public var logsRequests = false
        public var clientHeadSeconds = Limits.clientHeadSeconds
        public var clientIdleSeconds = Limits.clientIdleSeconds
        public var clientStallSeconds = Limits.clientStallSeconds
        public var backendStallSeconds = Limits.backendStallSeconds

        public init(
            bindAddress: String = "127.0.0.1", httpPort: Int = 80, httpsPort: Int = 443, statusAddress: String = "",
            defaultCertificate: DefaultCertificate? = nil
        ) {
            self.bindAddress = bindAddress
            self.httpPort = httpPort
            self.httpsPort = httpsPort
            self.statusAddress = statusAddress
            self.defaultCertificate = defaultCertificate
        }
    }

    /// It follows what leads its traffic, writes where an Ingress is reached, and records what is wrong with one.
    public static let identity = LoopIdentity.serviceAccount(
        "ingress-controller", agent: "ingress-controller",
        follows: ServiceWatch.reads + [Ingress.resource, IngressClass.resource, Secret.resource],
        calls: [.status(Ingress.self)])

    private let world: World
    private let api: any ClusterAPI
    private let configuration: Configuration
    private let logger: Logger
    private let metrics: IngressMetrics
    private let clock: any TimeSource
    private let group: any EventLoopGroup

    /// `api` is the cluster as this controller's user; without one, the world's, held to what the controller may do.
    public init(
        world: World, api: (any ClusterAPI)? = nil, configuration: Configuration, logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory, clock: any TimeSource = SystemClock(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.world = world
        self.api = api ?? ConfinedAPI(world.api, to: Self.identity)
        self.configuration = configuration
        self.logger = logger
        self.metrics = IngressMetrics(metrics)
        self.clock = clock
        self.group = group
    }

    /// Serves until the task is cancelled, then lets requests in flight finish. Throws when a port cannot be had.
    public func run() async throws {
        let server = try await IngressServer(configuration, group: group, metrics: metrics, logger: logger)
        _ = try await server.listen(on: group)
        await follow(server)
        await server.stop()
    }

    private func follow(_ server: IngressServer) async {
        let watch = ServiceWatch(world)
        let ingresses = world.cache(Ingress.resource)
        let classes = world.cache(IngressClass.resource)
        let secrets = world.cache(Secret.resource)
        for cache in [ingresses, classes, secrets] { cache.observe { _ in watch.wake() } }
        let planner = IngressPlanner()
        let writer = StatusWriter(api: api, address: configuration.statusAddress, logger: logger)
        // Statuses are written beside: traffic does not wait for the API. Only the newest plan's are of interest.
        let (plans, planned) = AsyncStream<[Ingress]>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let teller = ProblemTeller(api, clock: clock)
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { for await ours in plans { await writer.write(ours) } }
            tasks.addTask { await teller.run { ingresses.get($0).map { Ingress($0) } } }
            // Certificates end while nothing changes.
            tasks.addTask { [clock] in
                while (try? await clock.sleep(for: Limits.certificateLook)) != nil { watch.wake() }
            }
            for await _ in watch.wakeups {
                _ = watch.takeChanges()
                let plan = planner.plan(
                    ingresses: ingresses.all().map { Ingress($0) }, classes: classes.all().map { IngressClass($0) },
                    secret: { secrets.get($0).map { Secret($0) } }, entry: { watch.entry($0) })
                teller.found(server.carryOut(plan, now: clock.now))
                planned.yield(plan.ours)
            }
            tasks.cancelAll()
        }
    }
}
