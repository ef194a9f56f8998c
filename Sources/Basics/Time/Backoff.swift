/// How long to wait before the n-th try: doubling from `base` up to `limit`, each shortened by chance so that what
/// failed together does not try together again.
public struct Backoff: Sendable, Equatable {
    public var base: Duration
    public var limit: Duration
    /// The share of each delay that chance may take away, 0 … 1.
    public var jitter: Double

    public init(base: Duration, limit: Duration, jitter: Double = 0.25) {
        self.base = base
        self.limit = limit
        self.jitter = jitter
    }

    /// client-go's figures for a key that failed: 5 ms doubling to 1,000 s.
    public static let perKey = Backoff(base: .milliseconds(5), limit: .seconds(1_000))
    /// For a connection that broke: 100 ms doubling to 30 s.
    public static let reconnect = Backoff(base: .milliseconds(100), limit: .seconds(30))

    /// How many delays there are, chance aside: 18 from 5 ms to 1,000 s.
    public var steps: Int {
        var delay = base
        var steps = 1
        while (delay < limit) && (delay > .zero) {
            delay *= 2
            steps += 1
        }
        return steps
    }

    /// The delay after this many failures in a row (0 for the first), chance aside.
    public func longestDelay(afterFailures failures: Int) -> Duration {
        var delay = base
        for _ in 0..<max(0, failures) {
            if delay >= limit { break }
            delay *= 2
        }
        return min(delay, limit)
    }
    /// `chance` is from 0, the shortest, to 1, the longest.
    public func delay(afterFailures failures: Int, chance: Double) -> Duration {
        longestDelay(afterFailures: failures) * (1 - jitter * (1 - chance))
    }
    public func delay(afterFailures failures: Int, using random: inout some RandomNumberGenerator) -> Duration {
        delay(afterFailures: failures, chance: Double.random(in: 0..<1, using: &random))
    }
    public func delay(afterFailures failures: Int) -> Duration {
        var random = SystemRandomNumberGenerator()
        return delay(afterFailures: failures, using: &random)
    }
}
