import Basics
import CoreMetrics
import Instruments
import Synchronization

/// A work queue that handlers fill and one dispatcher empties, and what it counts.
final class SharedQueue<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var queue: WorkQueue<Key>
        var times = KeyTimes<Key>()
    }
    private let state: Mutex<State>
    private let hasNews = Signal()
    private let clock: any TimeSource
    private let metrics: QueueMetrics

    init(_ queue: WorkQueue<Key>, clock: any TimeSource, metrics: QueueMetrics) {
        state = Mutex(State(queue: queue))
        self.clock = clock
        self.metrics = metrics
    }

    func add(_ keys: some Sequence<Key>) {
        let now = clock.now
        let count = state.withLock { state in
            var count = 0
            for key in keys {
                state.queue.add(key)
                if state.times.added(key, now) { count += 1 }
            }
            return count
        }
        metrics.adds.increment(by: count)
        hasNews.raise()
    }
    func add(_ key: Key, after delay: Duration) {
        state.withLock { $0.queue.add(key, at: clock.now + delay) }
        metrics.retries.increment()
        hasNews.raise()
    }
    func finish(_ key: Key, _ outcome: WorkQueue<Key>.Outcome) {
        let now = clock.now
        let duration = state.withLock { state in
            state.queue.finish(key, outcome, now)
            return state.times.finished(key, now)
        }
        if let duration { metrics.worked.record(duration) }
        if case .failed = outcome { metrics.retries.increment() }
        hasNews.raise()
    }

    /// The next key to work on; nil when the task is cancelled.
    func next() async -> Key? {
        while !Task.isCancelled {
            let now = clock.now
            let (next, waited) = state.withLock { state in
                let next = state.queue.next(now)
                guard case .work(let key) = next else { return (next, Duration?.none) }
                return (next, state.times.taken(key, now))
            }
            switch next {
            case .work(let key):
                if waited == nil { metrics.adds.increment() }
                metrics.waited.record(waited ?? .zero)
                return key
            case .wait(let deadline): await hasNews.wait(until: deadline, clock)
            }
        }
        return nil
    }

    /// Shows how the queue is whenever the metrics are read, until the returned value is ended.
    func sampled(by factory: any MetricsFactory) -> Sampling {
        factory.sampled { [weak self] in
            guard let self else { return }
            let (depth, working) = state.withLock { ($0.queue.depth, $0.times.durations(self.clock.now)) }
            metrics.show(depth: depth, working: working)
        }
    }
}
