import Basics
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// What all connections share: the routes, the upstreams with their health, the retry budget, and each event loop's
/// pool of connections to upstreams.
final class Site: Sendable {
    let configuration: IngressProxy.Configuration
    let logger: Logger
    private let routes = Mutex(RoutingTable())
    private let groups = Mutex<[ServiceTarget: UpstreamGroup]>([:])
    private let budget = Mutex(RetryBudget(now: .now()))
    private let pools: [ObjectIdentifier: NIOLoopBound<ConnectionPool>]
    private let draining = Atomic(false)

    init(_ configuration: IngressProxy.Configuration, group: any EventLoopGroup, logger: Logger) async throws {
        self.configuration = configuration
        self.logger = logger
        var pools: [ObjectIdentifier: NIOLoopBound<ConnectionPool>] = [:]
        for loop in group.makeIterator() {
            pools[ObjectIdentifier(loop)] = try await loop.submit {
                let pool = ConnectionPool(loop)
                pool.start()
                return NIOLoopBound(pool, eventLoop: loop)
            }.get()
        }
        self.pools = pools
    }

    // MARK: What the controller sets

    func routesChanged(to table: RoutingTable) { routes.withLock { $0 = table } }

    /// Sets which upstreams answer for which target, and closes idle connections to all others.
    func upstreamsChanged(to upstreams: [ServiceTarget: [Upstream]]) {
        groups.withLock { groups in
            for target in groups.keys where upstreams[target] == nil { groups[target] = nil }
            for (target, list) in upstreams {
                groups[target, default: UpstreamGroup()].upstreamsChanged(to: list)
            }
        }
        let present = Set(upstreams.values.joined())
        for pool in pools.values { pool.eventLoop.execute { pool.value.keepOnly(present) } }
    }

    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func drain() { draining.store(true, ordering: .relaxed) }
    func closePools() { for pool in pools.values { pool.eventLoop.execute { pool.value.stop() } } }

    // MARK: What connections ask

    func route(host: RequestHost, path: RequestPath) -> Route? {
        let table = routes.withLock { $0 }
        return table.route(host: host, path: path)
    }

    func chooseUpstream(of target: ServiceTarget, excluding tried: [Upstream]) -> Upstream? {
        groups.withLock { $0[target]?.choose(excluding: tried, now: .now()) }
    }
    func upstreamSucceeded(_ upstream: Upstream, of target: ServiceTarget) {
        groups.withLock { $0[target]?.succeeded(upstream) }
    }
    func upstreamFailed(_ upstream: Upstream, of target: ServiceTarget) {
        let jitter = Double.random(in: 0..<1)
        groups.withLock { $0[target]?.failed(upstream, now: .now(), jitter: jitter) }
    }
    func requestCame() { budget.withLock { $0.requestCame() } }
    func takeRetry(now: NIODeadline) -> Bool { budget.withLock { $0.take(now: now) } }

    /// The pool of one of the group's loops; to be called on it.
    func pool(_ eventLoop: any EventLoop) -> ConnectionPool {
        if let pool = pools[ObjectIdentifier(eventLoop)] { return pool.value }
        // A loop that is not of the group serves no connection of ours; one use of a pool does no harm.
        return ConnectionPool(eventLoop)
    }

    func newRequestID() -> String {
        let (high, low) = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        return high.digits(16, radix: 16) + low.digits(16, radix: 16)
    }

    func secureAddress(host: String, target: String) -> String {
        let port = configuration.httpsPort
        return "https://\(host)\(port == 443 ? "" : ":\(port)")\(target)"
    }
}
