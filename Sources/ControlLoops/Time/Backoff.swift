import Basics

/// How long to wait before the n-th try: doubling from `base` up to `limit`, each shortened by chance so that what
/// failed together does not come back together.
public struct Backoff: Sendable {
    public var base: Duration
    public var limit: Duration
    /// The share of each delay that chance may take away, 0 … 1.
    public var jitter: Double
    private var random: SplitMix64

    public init(base: Duration, limit: Duration, jitter: Double = 0.25, random: SplitMix64 = SplitMix64()) {
        self.base = base
        self.limit = limit
        self.jitter = jitter
        self.random = random
    }

    /// client-go's figures for a key that failed: 5 ms doubling to 1,000 s.
    public static func perKey(_ random: SplitMix64 = SplitMix64()) -> Backoff {
        Backoff(base: .milliseconds(5), limit: .seconds(1_000), random: random)
    }
    /// For a connection that broke: 100 ms doubling to 30 s.
    public static func reconnect(_ random: SplitMix64 = SplitMix64()) -> Backoff {
        Backoff(base: .milliseconds(100), limit: .seconds(30), random: random)
    }

    /// The delay after this many failures in a row (0 for the first).
    public mutating func delay(afterFailures failures: Int) -> Duration {
        var delay = base
        for _ in 0..<max(0, failures) {
            if delay >= limit { break }
            delay *= 2
        }
        return min(delay, limit) * (1 - jitter * Double.random(in: 0..<1, using: &random))
    }
}
