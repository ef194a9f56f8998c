import APIMachinery
import ControlLoops
import KubeAPI
import Listening
import Logging
import NIOCore
import NIOPosix

/// # KubeProxy
///
/// Leads traffic for Services to their endpoints, and for host ports to their pods, in user space, for nodes whose
/// cluster IPs are addresses of the machine: of its loopback interface, or routed to it.
///
/// - `ServiceRules`: what one Service asks for (cluster, external, node port and load balancer addresses; traffic
///   policies; serving but terminating endpoints when no other is left).
/// - `ProxyPlan`: all of it, as a value that turns changes into steps.
/// - `Balancer`: round robin and session affinity.
/// - `ListenerSet` carries the steps out with `StreamListener` (TCP, half-close and back-pressure both ways, in
///   `RelayHandler`) and `DatagramListener` (UDP).
///
/// - `HealthCheckPorts`: whether this place has pods of a Service, for load balancers outside.
/// - `HostPortProxy`: the same for host ports of pods.
///
/// A Service without endpoints has no listener: its clients are refused by the kernel at once. An endpoint that goes
/// gets no new connection; those it has may finish.
///
/// Absent on purpose: nftables (nodes with real containers), SCTP, topology hints.
public struct ServiceProxy: Sendable {
    public struct Configuration: Sendable {
        public var place: ProxyPlace
        /// Completes the sentence that is logged when an address cannot be had, with what moves it.
        public var explained: @Sendable (ListenFailure) -> ListenFailure = { $0 }
        public init(place: ProxyPlace = ProxyPlace()) { self.place = place }
    }
    /// It keeps Services and where they lead in memory, and changes nothing.
    public static let identity = LoopIdentity(
        userName: "system:kube-proxy", agent: "kube-proxy", follows: ServiceWatch.reads)

    private let watch: ServiceWatch
    private let configuration: Configuration
    private let listeners: ListenerSet
    private let health: HealthCheckPorts

    public init(
        world: World, configuration: Configuration = Configuration(), logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.init(
            ServiceWatch(world), configuration,
            ListenerSet(group: group, logger: logger, explained: configuration.explained), logger)
    }

    init(_ watch: ServiceWatch, _ configuration: Configuration, _ listeners: ListenerSet, _ logger: Logger) {
        self.watch = watch
        self.configuration = configuration
        self.listeners = listeners
        health = HealthCheckPorts(addresses: configuration.place.nodePortAddresses, logger: logger)
    }

    /// Serves until the task is cancelled; then closes all listeners.
    public func run() async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await listeners.retry() }
            var plan = ProxyPlan()
            for await _ in watch.wakeups {
                for (key, entry) in watch.takeChanges() {
                    let rules = entry.map { ServiceRules(key: key, entry: $0, place: configuration.place) }
                    await listeners.carryOut(plan.serviceChanged(key, to: rules?.listeners() ?? [:]))
                    await health.serviceChanged(key, to: rules?.health())
                }
            }
            tasks.cancelAll()
        }
        await listeners.closeAll()
        await health.closeAll()
    }
}
