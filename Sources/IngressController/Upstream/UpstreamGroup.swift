import Basics
import NIOCore

/// One address that answers for a Service's port: a pod's, or a name that is looked up when connecting.
public struct Upstream: Sendable, Hashable, CustomStringConvertible {
    public var address: String
    public var port: Int
    public init(_ address: String, _ port: Int) {
        self.address = address
        self.port = port
    }
    public var description: String { "\(address):\(port)" }
}

/// The upstreams of one Service port: whose turn it is, and which are passed over because they kept failing.
///
/// An upstream that fails `failuresBeforeEjection` times in a row is left out for a time that doubles with each
/// ejection. At most half are left out at once, so the last ones never are.
struct UpstreamGroup: Sendable {
    static let failuresBeforeEjection = 3
    static let ejection = Backoff(base: .seconds(1), limit: .seconds(30), jitter: 0)

    private struct Health: Sendable {
        var failures = 0
        var ejections = 0
        var ejectedUntil: NIODeadline?
        func isEjected(_ now: NIODeadline) -> Bool { ejectedUntil.map { now < $0 } ?? false }
    }
    private(set) var upstreams: [Upstream] = []
    private var health: [Upstream: Health] = [:]
    private var next = 0

    /// Takes the upstreams as they are now; what is known of those that stay is kept.
    mutating func upstreamsChanged(to upstreams: [Upstream]) {
        self.upstreams = upstreams
        let present = Set(upstreams)
        health = health.filter { present.contains($0.key) }
    }

    /// Whose turn it is: a healthy one that was not tried yet, else one that was not tried, else any. Nil without any.
    mutating func choose(excluding tried: [Upstream], now: NIODeadline) -> Upstream? {
        let health = health
        return turn { !tried.contains($0) && health[$0]?.isEjected(now) != true }
            ?? turn { !tried.contains($0) } ?? turn { $0 != tried.last } ?? turn { _ in true }
    }

    mutating func succeeded(_ upstream: Upstream) {
        // Written only when there is something to forget: this is on every request's way.
        if health[upstream] != nil { health[upstream] = nil }
    }

    /// `jitter` is between 0 and 1.
    mutating func failed(_ upstream: Upstream, now: NIODeadline, jitter: Double) {
        guard upstreams.contains(upstream) else { return }
        var state = health[upstream] ?? Health()
        state.failures = min(state.failures + 1, Self.failuresBeforeEjection)
        if state.failures == Self.failuresBeforeEjection, !state.isEjected(now), mayEject(now) {
            let length = Self.ejection.longestDelay(afterFailures: state.ejections) * (0.75 + jitter / 2)
            state.ejectedUntil = now + TimeAmount(length)
            state.ejections += 1
        }
        health[upstream] = state
    }

    func isEjected(_ upstream: Upstream, now: NIODeadline) -> Bool { health[upstream]?.isEjected(now) ?? false }

    private func mayEject(_ now: NIODeadline) -> Bool {
        health.values.count { $0.isEjected(now) } + 1 <= upstreams.count / 2
    }

    private mutating func turn(_ isEligible: (Upstream) -> Bool) -> Upstream? {
        for offset in upstreams.indices {
            let index = (next + offset) % upstreams.count
            if isEligible(upstreams[index]) {
                next = (index + 1) % upstreams.count
                return upstreams[index]
            }
        }
        return nil
    }
}
