import Basics
import Synchronization

/// A clock that moves only when a test says so.
public final class ManualClock: TimeSource {
    private struct Sleeper: Sendable {
        var deadline: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }
    private struct State: Sendable {
        var now: Instant
        var sleepers: [Int: Sleeper] = [:]
        var lastSleeper = 0
    }
    private let state: Mutex<State>
    private let start: Instant

    /// Starts at 2026-01-01T00:00:00Z unless told otherwise, one second after the machine did.
    public init(_ start: String = "2026-01-01T00:00:00Z") {
        self.start = Instant(rfc3339: start) ?? Instant(nanoseconds: 0)
        state = Mutex(State(now: self.start))
    }
    public var now: Instant { state.withLock { $0.now } }
    public var uptime: Int64 { now.nanoseconds - start.nanoseconds + 1_000_000_000 }
    /// The earliest instant at which somebody wants to be woken.
    public var nextDeadline: Instant? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

    public func advance(by duration: Duration) {
        let woken: [Sleeper] = state.withLock { state in
            state.now = state.now + duration
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for identifier in due.keys { state.sleepers[identifier] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    public func sleep(until instant: Instant) async throws {
        let identifier: Int = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isDue = state.withLock { state -> Bool in
                    if instant <= state.now { return true }
                    state.sleepers[identifier] = Sleeper(deadline: instant, continuation: continuation)
                    return false
                }
                if isDue { continuation.resume() } else if Task.isCancelled { cancel(identifier) }
            }
        } onCancel: {
            cancel(identifier)
        }
    }
    private func cancel(_ identifier: Int) {
        let sleeper = state.withLock { $0.sleepers.removeValue(forKey: identifier) }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}

/// The machine's clocks, moved on by what a test says; sleeping takes real time.
public final class ShiftedClock: TimeSource {
    private let shift = Mutex((timeOfDay: Duration.zero, uptime: Int64(0)))
    private let clock = SystemClock()

    public init() {}
    public var now: Instant { clock.now + shift.withLock { $0.timeOfDay } }
    public var uptime: Int64 { clock.uptime + shift.withLock { $0.uptime } }

    public func shiftTimeOfDay(by duration: Duration) { shift.withLock { $0.timeOfDay += duration } }
    public func shiftUptime(by duration: Duration) {
        shift.withLock { $0.uptime += Int64(duration / .nanoseconds(1)) }
    }

    public func sleep(until instant: Instant) async throws { try await sleep(for: instant - now) }
    public func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}
