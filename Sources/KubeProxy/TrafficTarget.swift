import NIOCore
import Synchronization

/// One listener's balancer, shared between the event loops that serve it.
final class TrafficTarget: Sendable {
    private let balancer: Mutex<Balancer>

    init(_ rule: TrafficRule) { balancer = Mutex(Balancer(rule, start: Int.random(in: 0..<64))) }

    func ruleChanged(to rule: TrafficRule) { balancer.withLock { $0.ruleChanged(to: rule) } }

    func admits(_ client: String) -> Bool { balancer.withLock { $0.admits(client) } }

    func choose(for client: String, excluding tried: [Backend] = []) -> Backend? {
        let seconds = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000)
        return balancer.withLock { $0.choose(for: client, excluding: tried, now: seconds) }
    }

    func leads(to backend: Backend) -> Bool { balancer.withLock { $0.rule.backends.contains(backend) } }
}

/// Counts what is open, up to a bound.
final class Quota: Sendable {
    private let used = Mutex(0)
    private let limit: Int
    init(_ limit: Int) { self.limit = limit }
    /// Whether there was room; a true must be answered by `release`.
    func take() -> Bool {
        used.withLock { used in
            guard used < limit else { return false }
            used += 1
            return true
        }
    }
    func release() { used.withLock { $0 -= 1 } }
    var count: Int { used.withLock { $0 } }
}
