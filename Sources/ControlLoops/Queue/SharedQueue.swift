import Basics
import Synchronization

/// A work queue that handlers fill and one dispatcher empties.
final class SharedQueue<Key: Hashable & Sendable>: Sendable {
    private let state: Mutex<WorkQueue<Key>>
    private let hasNews = Signal()
    private let clock: any TimeSource

    init(_ queue: WorkQueue<Key>, clock: any TimeSource) {
        state = Mutex(queue)
        self.clock = clock
    }

    var depth: Int { state.withLock { $0.depth } }

    func add(_ keys: some Sequence<Key>) {
        state.withLock { queue in for key in keys { queue.add(key) } }
        hasNews.raise()
    }
    func add(_ key: Key, after delay: Duration) {
        state.withLock { $0.add(key, at: clock.now + delay) }
        hasNews.raise()
    }
    func finish(_ key: Key, _ outcome: WorkQueue<Key>.Outcome) {
        state.withLock { $0.finish(key, outcome, clock.now) }
        hasNews.raise()
    }

    /// The next key to work on; nil when the task is cancelled.
    func next() async -> Key? {
        while !Task.isCancelled {
            switch state.withLock({ $0.next(clock.now) }) {
            case .work(let key): return key
            case .wait(let deadline): await hasNews.wait(until: deadline, clock)
            }
        }
        return nil
    }
}
