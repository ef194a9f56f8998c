import Basics

/// A work queue with its workers, for loops whose keys are not those of one reconciler.
public struct KeyQueue<Key: Hashable & Sendable>: Sendable {
    private let queue: SharedQueue<Key>

    public init(concurrency: Int, backoff: Backoff = .perKey(), clock: any TimeSource) {
        queue = SharedQueue(WorkQueue(concurrency: concurrency, backoff: backoff), clock: clock)
    }
    public func add(_ keys: some Sequence<Key>) { queue.add(keys) }
    public func add(_ key: Key, after delay: Duration) { queue.add(key, after: delay) }
    /// Hands keys to `work`, never one key twice at once, until the task is cancelled.
    public func run(_ work: @escaping @Sendable (Key) async -> WorkQueue<Key>.Outcome) async {
        await withDiscardingTaskGroup { group in
            while let key = await queue.next() {
                group.addTask { queue.finish(key, await work(key)) }
            }
            group.cancelAll()
        }
    }
}
