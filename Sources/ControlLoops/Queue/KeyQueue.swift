import Basics
import CoreMetrics
import Instruments

/// A work queue with its workers, for loops whose keys are not those of one reconciler.
public struct KeyQueue<Key: Hashable & Sendable>: Sendable {
    private let queue: SharedQueue<Key>
    private let metrics: any MetricsFactory

    /// It counts under the loop's name.
    public init(_ name: String, _ context: LoopContext, concurrency: Int, backoff: Backoff = .perKey()) {
        metrics = context.metrics
        queue = SharedQueue(
            WorkQueue(concurrency: concurrency, backoff: backoff), clock: context.clock,
            metrics: QueueMetrics(metrics, name: name))
    }
    public func add(_ keys: some Sequence<Key>) { queue.add(keys) }
    public func add(_ key: Key, after delay: Duration) { queue.add(key, after: delay) }
    /// Hands keys to `work`, never one key twice at once, until the task is cancelled.
    public func run(_ work: @escaping @Sendable (Key) async -> WorkQueue<Key>.Outcome) async {
        let sampling = queue.sampled(by: metrics)
        defer { sampling.end() }
        await withDiscardingTaskGroup { group in
            while let key = await queue.next() {
                group.addTask { queue.finish(key, await work(key)) }
            }
            group.cancelAll()
        }
    }
}
