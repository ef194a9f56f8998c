import Basics
import Logging

/// A store without a thread: a task does its work, on a disk in memory and by any clock. For simulations, which say what
/// runs when.
package struct StoreTask: Sendable {
    private let opening: StoreOpening

    /// With a `network` the store is one of several members.
    package init(
        disk: SimulatedDisk, clock: any TimeSource, limits: StoreLimits, bootstrap: StoreBootstrap = .alone,
        network: MemoryNetwork? = nil, random: @escaping @Sendable () -> UInt64, logger: Logger
    ) {
        let connect: StoreOpening.Connect? =
            if let network { { identity, queue, _ in network.join(identity, queue) } } else { nil }
        opening = StoreOpening(
            environment: StoreEnvironment(
                disk: disk, limits: network == nil ? limits.alone : limits, random: random, logger: logger),
            bootstrap: bootstrap, clock: clock, connect: connect)
    }

    /// Gives the store to `opened`, then works until it is closed or the task is cancelled.
    package func run(_ opened: (EmbeddedStore) -> Void) async throws {
        let news = Signal()
        let queue = EngineQueue(limits: opening.environment.limits, news: news)
        var (turns, store) = try opening.begin(queue) { work in
            queue.post(.snapshotFinished(work()))
            return true
        }
        opened(store)
        while !turns.turn() {
            if Task.isCancelled { queue.post(.close) }
            let idle = turns.idleMilliseconds
            if idle > 0 { await news.wait(until: opening.clock.now + .milliseconds(idle), opening.clock) }
        }
        turns.stop()
        while turns.isWritingSnapshot { turns.takeMessages() }
        turns.close()
    }
}
