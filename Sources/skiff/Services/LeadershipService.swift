import EtcdClient
import Logging
import ServiceLifecycle
import Synchronization

/// Lets the loops of one process work among those that share an external etcd. Who loses the leadership ends: whoever
/// watches over the process starts it again, and it waits for its turn.
final class LeadershipService: Service {
    private let election: LeaderElection
    private let log = Logger(label: "leadership")
    private struct State {
        /// Set from when this process leads; it does so once in its life.
        var term: LeaderElection.Term?
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
        var nextIdentity = 0
    }
    private let state = Mutex(State())

    init(_ election: LeaderElection) { self.election = election }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            let term: LeaderElection.Term
            do { term = try await self.election.campaign() } catch is CancellationError { return }
            self.begin(term)
            await self.election.hold(term)
            if Task.isCancelled {
                // In order: the next one need not wait for the lease to end.
                await Task.detached { await self.election.resign(term) }.value
            } else {
                self.log.error("This process does not lead any more")
            }
        }
    }

    private func begin(_ term: LeaderElection.Term) {
        log.info("This process leads", metadata: ["term": "\(term.number)"])
        let waiters = state.withLock { state in
            state.term = term
            defer { state.waiters.removeAll() }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The term whose loops may write.
    var term: UInt64? { state.withLock { $0.term?.number } }

    /// Returns once this process leads; throws `CancellationError` when the task is cancelled before.
    func wait() async throws {
        let identity = state.withLock { state in
            state.nextIdentity += 1
            return state.nextIdentity
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isDone: Bool = state.withLock { state in
                    if state.term != nil || Task.isCancelled { return true }
                    state.waiters[identity] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
            try Task.checkCancellation()
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: identity) }
            waiter?.resume(throwing: CancellationError())
        }
    }
}
