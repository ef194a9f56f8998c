import Synchronization

/// Wakes the one task that waits on it. Raised while nobody waits, it is kept (once) for the next that does.
///
/// The waiter looks for what there is to do after each wake-up: several raises can be one, and a wake-up may find nothing.
public final class Signal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: Waiter?
        var lastWaiter = 0
    }
    /// Numbered, so that the end of one wait does not end another.
    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<Void, Never>
    }
    private let state = Mutex(State())

    public init() {}

    /// From any thread; never waits.
    public func raise() {
        let waiter: Waiter? = state.withLock { state in
            if state.waiter == nil { state.isRaised = true }
            return state.waiter.take()
        }
        waiter?.continuation.resume()
    }

    /// Returns once raised, or at once when the task is cancelled, which leaves what was raised for the next wait. One
    /// task waits at a time: another that comes wakes the first.
    public func wait() async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isDone, earlier) = state.withLock { state -> (Bool, Waiter?) in
                    if state.isRaised {
                        state.isRaised = false
                        return (true, nil)
                    }
                    if Task.isCancelled { return (true, nil) }
                    defer { state.waiter = Waiter(number: number, continuation: continuation) }
                    return (false, state.waiter)
                }
                earlier?.continuation.resume()
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiter?.number == number ? $0.waiter.take() : nil }
            waiter?.continuation.resume()
        }
    }

    /// Returns once raised, or at the deadline, or when the task is cancelled; without a deadline the same as `wait()`.
    public func wait(until deadline: Instant?, _ clock: any TimeSource) async {
        guard let deadline else { return await wait() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await clock.sleep(until: deadline) }
            await group.next()
            group.cancelAll()
        }
    }
}
