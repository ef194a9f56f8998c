import Basics
import ControlLoops

/// How long a container that ended must wait before it runs again: 10 s doubling to 300 s, forgotten after twice the
/// maximum without a crash (k8s.io/client-go flowcontrol.Backoff).
struct CrashBackoff: Sendable, Equatable {
    static let delays = Backoff(base: .seconds(10), limit: .seconds(300), jitter: 0)

    private var crashes = 0
    private var updatedAt: Instant?

    var delay: Duration? { crashes > 0 ? Self.delays.longestDelay(afterFailures: crashes - 1) : nil }

    /// When it may run again after an end at this instant; nil for at once.
    func until(finishedAt: Instant) -> Instant? {
        guard let delay, isRecent(finishedAt) else { return nil }
        return finishedAt + delay
    }
    /// It runs again: the next wait is longer.
    mutating func restarted(finishedAt: Instant, now: Instant) {
        crashes = isRecent(finishedAt) ? crashes + 1 : 1
        updatedAt = now
    }
    private func isRecent(_ finishedAt: Instant) -> Bool {
        updatedAt.map { finishedAt - $0 <= Self.delays.limit * 2 } ?? false
    }
}
