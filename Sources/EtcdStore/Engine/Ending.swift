import Synchronization

/// Lets many wait for one end.
final class Ending: Sendable {
    private let waiters = Mutex<[CheckedContinuation<Void, Never>]?>([])

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = waiters.withLock { waiters in
                waiters?.append(continuation)
                return waiters == nil
            }
            if isOver { continuation.resume() }
        }
    }

    func finish() {
        let all = waiters.withLock { waiters in
            defer { waiters = nil }
            return waiters ?? []
        }
        for waiter in all { waiter.resume() }
    }
}
