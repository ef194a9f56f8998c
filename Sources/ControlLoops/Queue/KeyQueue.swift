import Basics
import CoreMetrics
import Instruments
import Logging
import Synchronization

/// A loop's work queue with its workers: handlers fill it, `run` hands keys out. It counts, and names in the log what
/// comes again without getting on.
public final class KeyQueue<Key: Hashable & Sendable>: Sendable {
    /// Fruitless turns in a row from which on the log warns; those before happen when views are behind.
    static var warningCount: Int { 5 }

    /// The loop whose queue it is, as in metrics.
    public let name: String
    private struct State {
        var queue: WorkQueue<Key>
        var times = KeyTimes<Key>()
    }
    private let state: Mutex<State>
    private let hasNews = Signal()
    private let clock: any TimeSource
    private let logger: Logger
    private let factory: any MetricsFactory
    private let metrics: QueueMetrics

    /// `backoff` is the context's unless the queue has one of its own.
    public init(_ name: String, _ context: LoopContext, concurrency: Int, backoff: Backoff? = nil) {
        self.name = name
        state = Mutex(State(queue: WorkQueue(concurrency: concurrency, backoff: backoff ?? context.backoff)))
        clock = context.clock
        logger = context.logger
        factory = context.metrics
        metrics = QueueMetrics(context.metrics, name: name)
    }

    public var counts: WorkQueueCounts { state.withLock { $0.queue.counts } }
    public var depth: Int { state.withLock { $0.queue.depth } }

    /// Something that concerns these keys has changed; `revision` is that of the object which did, where it is known.
    public func add(_ keys: some Collection<Key>, revision: Int64? = nil) {
        if keys.isEmpty { return }
        let now = clock.now
        let count = state.withLock { state in
            keys.reduce(0) { count, key in
                state.queue.add(key, revision: revision)
                return count + (state.times.added(key, now) ? 1 : 0)
            }
        }
        metrics.adds.increment(by: count)
        hasNews.raise()
    }

    /// Hands keys to `work`, never one key twice at once, until the task is cancelled.
    public func run(_ work: @escaping @Sendable (Key) async -> Turn) async {
        let sampling = sampled()
        defer { sampling.end() }
        await withDiscardingTaskGroup { group in
            while let key = await next() {
                group.addTask { self.finish(key, await work(key)) }
            }
            group.cancelAll()
        }
    }

    /// Shows how the queue is whenever the metrics are read, until the returned value is ended.
    func sampled() -> Sampling {
        factory.sampled { [weak self] in
            guard let self else { return }
            let (depth, working) = state.withLock { ($0.queue.depth, $0.times.durations(self.clock.now)) }
            metrics.show(depth: depth, working: working)
        }
    }

    func finish(_ key: Key, _ turn: Turn) {
        let now = clock.now
        let (setback, worked) = state.withLock { state in
            (state.queue.finish(key, turn, now), state.times.finished(key, now))
        }
        hasNews.raise()
        if let worked { metrics.worked.record(worked) }
        if turn.again != nil { metrics.retries.increment() }
        guard let setback else { return }
        guard setback.outcome == .fruitless else { return metrics.retries.increment() }
        metrics.fruitless.increment()
        guard setback.isNewStep else { return }
        logger.log(
            level: setback.count < Self.warningCount ? .debug : .warning,
            "A key is looked at again although nothing has changed",
            metadata: [
                "loop": "\(name)", "key": "\(key)", "turns": "\(setback.count)", "delay": "\(setback.delay)",
            ])
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
}
