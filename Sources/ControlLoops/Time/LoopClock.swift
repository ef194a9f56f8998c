import Foundation

/// Where loops get the time from. Handed in, so that tests and the simulator own it.
public protocol LoopClock: Sendable {
    var now: Instant { get }
    /// Returns once `now` has reached the instant; throws `CancellationError` when the task is cancelled.
    func sleep(until instant: Instant) async throws
}

extension LoopClock {
    public func sleep(for duration: Duration) async throws { try await sleep(until: now + duration) }
}

/// The machine's clock.
public struct SystemClock: LoopClock {
    public init() {}
    public var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
    public func sleep(until instant: Instant) async throws {
        let duration = instant - now
        if duration > .zero { try await Task.sleep(for: duration) }
    }
}
