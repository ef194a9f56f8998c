import Logging
import Synchronization

/// A loop's work queue with its workers: handlers fill it, `run` hands keys out. It counts, and names in the log what
/// comes again without getting on.
public final class KeyQueue<Key: Hashable & Sendable>: Sendable {
    /// Fruitless turns in a row from which on the log warns; those before happen when views are behind.
    static var warningCount: Int { 5 }

    /// The loop whose queue it is, as in metrics.
    public let name: String
    private let state: Mutex<WorkQueue<Key>>
    private let hasNews = Signal()
    private let clock: any LoopClock
    private let logger: Logger
    private let metrics: LoopMetrics

    public init(_ name: String, _ context: LoopContext, concurrency: Int, backoff: Backoff = .perKey()) {
        self.name = name
        state = Mutex(WorkQueue(concurrency: concurrency, backoff: backoff))
        clock = context.clock
        logger = context.logger
        metrics = context.metrics
    }

    public var counts: WorkQueueCounts { state.withLock { $0.counts } }
    public var depth: Int { state.withLock { $0.depth } }

    /// Something that concerns these keys has changed; `revision` is that of the object which did, where it is known.
    public func add(_ keys: some Collection<Key>, revision: Int64? = nil) {
        if keys.isEmpty { return }
        state.withLock { queue in for key in keys { queue.add(key, revision: revision) } }
        metrics.count("workqueue_adds_total", [("name", name)], keys.count)
        hasNews.raise()
    }

    /// Hands keys to `work`, never one key twice at once, until the task is cancelled.
    public func run(_ work: @escaping @Sendable (Key) async -> Turn) async {
        await withDiscardingTaskGroup { group in
            while let key = await next() {
                metrics.gauge("workqueue_depth", [("name", name)], depth)
                group.addTask {
                    let start = self.clock.now
                    let turn = await work(key)
                    self.metrics.seconds(
                        "workqueue_work_duration_seconds", [("name", self.name)], self.clock.now - start)
                    self.finish(key, turn)
                }
            }
            group.cancelAll()
        }
    }

    private func finish(_ key: Key, _ turn: Turn) {
        let setback = state.withLock { $0.finish(key, turn, clock.now) }
        hasNews.raise()
        guard let setback else { return }
        guard setback.outcome == .fruitless else {
            return metrics.count("workqueue_retries_total", [("name", name)], 1)
        }
        metrics.count("workqueue_fruitless_turns_total", [("name", name)], 1)
        guard setback.isNewStep else { return }
        logger.log(
            level: setback.count < Self.warningCount ? .debug : .warning,
            "A key is looked at again although nothing has changed",
            metadata: [
                "loop": "\(name)", "key": "\(key)", "turns": "\(setback.count)", "delay": "\(setback.delay)",
            ])
    }

    /// The next key to work on; nil when the task is cancelled.
    private func next() async -> Key? {
        while !Task.isCancelled {
            switch state.withLock({ $0.next(clock.now) }) {
            case .work(let key): return key
            case .wait(let deadline): await hasNews.wait(until: deadline, clock)
            }
        }
        return nil
    }
}
