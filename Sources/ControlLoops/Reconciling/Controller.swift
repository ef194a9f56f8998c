import APIMachinery
import KubeAPI
import Logging

/// The body of a loop over keys: takes a key from its queue, asks what to change, carries it out, and waits until the
/// world has seen it before that key is looked at again. So nothing is decided on a view older than the loop's own last
/// write.
public final class Controller<Key: Hashable & Sendable>: Sendable {
    public let name: String
    public let queue: KeyQueue<Key>
    private let context: LoopContext
    /// The resources that the world follows for this loop.
    private let followed: @Sendable () -> Set<GroupResource>

    public init(
        _ name: String, _ context: LoopContext, concurrency: Int, followed: @escaping @Sendable () -> Set<GroupResource>
    ) {
        self.name = name
        self.context = context
        self.followed = followed
        queue = KeyQueue(name, context, concurrency: concurrency)
    }

    /// Runs until the task is cancelled. Events are told to come from `component`, or from the loop.
    public func run(
        component: String? = nil, _ changes: @escaping @Sendable (Key) async throws -> [Change]
    ) async {
        let recorder = EventRecorder(context, component: component ?? name)
        await withDiscardingTaskGroup { group in
            group.addTask { await recorder.run() }
            await queue.run { key in
                await self.turn(
                    key, ChangeExecutor(self.context, followed: self.followed(), recorder: recorder), changes)
            }
            group.cancelAll()
        }
    }

    private func turn(
        _ key: Key, _ executor: ChangeExecutor, _ changes: @Sendable (Key) async throws -> [Change]
    ) async -> Turn {
        var executor = executor
        var failure: (any Error)?
        do { try await executor.execute(try await changes(key)) } catch { failure = error }
        // Also after a failure: part of the changes may have been made.
        do { try await executor.waitUntilSeen() } catch { return executor.turn(.failed) }
        guard let failure, !Task.isCancelled else { return executor.turn() }
        if let error = failure as? StatusError, error.saysNamespaceIsTerminating { return executor.turn(.idle) }
        // Conflicts are everyday: somebody was faster, and the next look sees it.
        let isEveryday = (failure as? StatusError).map { [.conflict, .alreadyExists, .notFound].contains($0.reason) }
        context.logger.log(
            level: isEveryday == true ? .debug : .warning, "A reconcile failed and comes again",
            metadata: ["loop": "\(name)", "key": "\(key)", "error": "\(failure)"])
        return executor.turn(.failed)
    }
}
