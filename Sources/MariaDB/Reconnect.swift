import Basics

/// When to try a server again that was away: at once, then ever more seldom, with jitter.
struct Reconnect {
    static let backoff = Backoff(base: .milliseconds(50), limit: .seconds(2), jitter: 0.5)

    private(set) var failures = 0
    private var notBefore: ContinuousClock.Instant?
    private(set) var lastError: DatabaseError?

    /// Nil if it may be tried now; otherwise what happened last time.
    func refusal(at now: ContinuousClock.Instant) -> DatabaseError? {
        guard let notBefore, now < notBefore else { return nil }
        return lastError
    }
    /// `jitter` is from 0 to 1.
    mutating func failed(_ error: DatabaseError, at now: ContinuousClock.Instant, jitter: Double) {
        notBefore = now + Self.backoff.delay(afterFailures: failures, chance: jitter)
        failures += 1
        lastError = error
    }
    mutating func succeeded() {
        failures = 0
        notBefore = nil
        lastError = nil
    }
}
