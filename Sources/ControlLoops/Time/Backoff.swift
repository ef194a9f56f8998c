/// How long to wait before the n-th try: doubling from `base` up to `limit`, each shortened by chance so that what
/// failed together does not come back together.
public struct Backoff: Sendable {
    public var base: Duration
    public var limit: Duration
    /// The share of each delay that chance may take away, 0 … 1.
    public var jitter: Double
    private var dice: Dice

    public init(base: Duration, limit: Duration, jitter: Double = 0.25, dice: Dice = Dice()) {
        self.base = base
        self.limit = limit
        self.jitter = jitter
        self.dice = dice
    }

    /// client-go's figures for a key that failed: 5 ms doubling to 1,000 s.
    public static func perKey(_ dice: Dice = Dice()) -> Backoff {
        Backoff(base: .milliseconds(5), limit: .seconds(1_000), dice: dice)
    }
    /// For a connection that broke: 100 ms doubling to 30 s.
    public static func reconnect(_ dice: Dice = Dice()) -> Backoff {
        Backoff(base: .milliseconds(100), limit: .seconds(30), dice: dice)
    }

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

    /// The delay after this many failures in a row (0 for the first).
    public mutating func delay(afterFailures failures: Int) -> Duration {
        var delay = base
        for _ in 0..<max(0, failures) {
            if delay >= limit { break }
            delay *= 2
        }
        return min(delay, limit) * (1 - jitter * Double.random(in: 0..<1, using: &dice))
    }
}

/// A seeded source of chance (SplitMix64), so that a run can be repeated.
public struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64
    public init(seed: UInt64) { state = seed }
    /// Seeded by the system.
    public init() { state = UInt64.random(in: .min ... .max) }
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
