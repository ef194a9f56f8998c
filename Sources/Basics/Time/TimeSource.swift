#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where time comes from. It is handed in, so that tests and the simulator own it.
public protocol TimeSource: Sendable {
    /// The time of day, which somebody may set back: for what is written and compared with what others wrote.
    var now: Instant { get }
    /// Nanoseconds since some moment; never goes back: for how long something has been.
    var uptime: Int64 { get }
    /// Returns once `now` has reached the instant; throws `CancellationError` when the task is cancelled.
    func sleep(until instant: Instant) async throws
    /// Returns after this time; throws `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws
}

extension TimeSource {
    public func sleep(for duration: Duration) async throws { try await sleep(until: now + duration) }
    public var uptimeMilliseconds: Int64 { uptime / 1_000_000 }
}

/// The machine's clocks.
public struct SystemClock: TimeSource {
    /// After a longer sleep it is looked whether the time of day was set meanwhile.
    private static let longestSleep = Duration.seconds(3_600)

    public init() {}
    public var now: Instant {
        let time = Self.read(CLOCK_REALTIME)
        return Instant(secondsSince1970: Int64(time.tv_sec), nanosecond: Int32(time.tv_nsec))
    }
    public var uptime: Int64 {
        let time = Self.read(CLOCK_MONOTONIC)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
    public func sleep(until instant: Instant) async throws {
        while true {
            let rest = instant - now
            guard rest > .zero else { return try Task.checkCancellation() }
            try await Task.sleep(for: min(rest, Self.longestSleep))
        }
    }
    /// Not moved by who sets the time of day.
    public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
