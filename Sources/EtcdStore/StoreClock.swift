import Glibc

/// Time as the store sees it: it only measures how long something has been, never what day it is.
public protocol StoreClock: Sendable {
    /// Milliseconds since any moment; never goes back.
    var milliseconds: Int64 { get }
}

/// The operating system's monotonic clock.
public struct MonotonicClock: StoreClock {
    public init() {}
    public var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
