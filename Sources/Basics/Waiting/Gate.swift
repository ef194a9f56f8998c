import Synchronization

/// Lets any number of tasks wait for one thing that happens once and has a value: a port that is bound, an end, a term
/// of leadership. Its owner opens it whatever happens (with a `Result` if it may fail), so that nobody waits for ever.
public final class Gate<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [Int: CheckedContinuation<Value?, Never>] = [:]
        var lastWaiter = 0
    }
    private let state = Mutex(State())

    public init() {}

    /// nil while it is closed.
    public var value: Value? { state.withLock { $0.value } }
    public var isOpen: Bool { state.withLock { $0.value != nil } }

    /// Lets all through. The first value counts; false for a later one.
    @discardableResult
    public func open(_ value: Value) -> Bool {
        let waiters: [CheckedContinuation<Value?, Never>]? = state.withLock { state in
            guard state.value == nil else { return nil }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters ?? [] { waiter.resume(returning: value) }
        return waiters != nil
    }

    /// The value once the gate is open. Throws `CancellationError` when the task is cancelled before.
    public func wait() async throws -> Value {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let value = await withTaskCancellationHandler {
            await passage(number, unless: { Task.isCancelled })
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
        }
        guard let value else { throw CancellationError() }
        return value
    }

    /// The same for what must be waited for by a cancelled task too, as for the end of what it has begun.
    public func waitThroughCancellation() async -> Value {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        while true { if let value = await passage(number, unless: { false }) { return value } }
    }

    /// nil if `isCancelled` is true while the gate is closed, or if somebody else takes the waiter away.
    private func passage(_ number: Int, unless isCancelled: () -> Bool) async -> Value? {
        await withCheckedContinuation { continuation in
            let (isOver, value) = state.withLock { state -> (Bool, Value?) in
                if let value = state.value { return (true, value) }
                if isCancelled() { return (true, nil) }
                state.waiters[number] = continuation
                return (false, nil)
            }
            if isOver { continuation.resume(returning: value) }
        }
    }
}

extension Gate where Value == Void {
    @discardableResult
    public func open() -> Bool { open(()) }
}
