import Basics
import ControlLoops

/// How long a container that ended must wait before it runs again: 10 s doubling to 300 s, forgotten after twice the
/// maximum without a crash (k8s.io/client-go flowcontrol.Backoff).
struct CrashBackoff: Sendable, Equatable {
    static let initial = Duration.seconds(10)
    static let maximum = Duration.seconds(300)

    private(set) var delay: Duration?
    private var updatedAt: Instant?

    /// When it may run again after an end at this instant; nil for at once.
    func until(finishedAt: Instant) -> Instant? {
        guard let delay, let updatedAt, finishedAt - updatedAt <= Self.maximum * 2 else { return nil }
        return finishedAt + delay
    }
    /// It runs again: the next wait is longer.
    mutating func restarted(finishedAt: Instant, now: Instant) {
        if let current = delay, let updatedAt, finishedAt - updatedAt <= Self.maximum * 2 {
            delay = min(current * 2, Self.maximum)
        } else {
            delay = Self.initial
        }
        updatedAt = now
    }
}
