import Basics
import EtcdFront
import Logging
import ServiceLifecycle

/// Lets the loops of one process work among those that share an external etcd. Who loses the leadership ends: whoever
/// watches over the process starts it again, and it waits for its turn.
final class LeadershipService: Service {
    private let leadership: EtcdLeadership
    private let log = Logger(label: "leadership")
    /// Opened when this process leads, which it does once in its life.
    private let leads = Gate<EtcdLeadership.Term>()

    init(_ leadership: EtcdLeadership) { self.leadership = leadership }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            let term: EtcdLeadership.Term
            do { term = try await self.leadership.campaign() } catch is CancellationError { return }
            self.begin(term)
            await self.leadership.hold(term)
            if Task.isCancelled {
                // In order: the next one need not wait for the lease to end.
                await Task.detached { await self.leadership.resign(term) }.value
            } else {
                self.log.error("This process does not lead any more")
            }
        }
    }

    private func begin(_ term: EtcdLeadership.Term) {
        log.info("This process leads", metadata: ["term": "\(term.number)"])
        leads.open(term)
    }

    /// The term whose loops may write.
    var term: UInt64? { leads.value?.number }

    /// Returns once this process leads; throws `CancellationError` when the task is cancelled before.
    func wait() async throws { _ = try await leads.wait() }
}
