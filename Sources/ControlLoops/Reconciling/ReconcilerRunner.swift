import APIMachinery
import Basics
import CoreMetrics
import Instruments
import KubeAPI
import Logging
import Synchronization

/// Anything that runs until it is cancelled: what the executable starts, one task each.
public protocol ControlLoop: Sendable {
    var name: String { get }
    func run() async throws
}

/// What every loop is given.
public struct LoopContext: Sendable {
    public var world: World
    /// The cluster as the loop's user, bound to the term in which it may write; the world's until `acting`.
    public private(set) var api: any ClusterAPI
    /// Gives a loop its way into the cluster.
    private let client: @Sendable (LoopIdentity) -> any ClusterAPI
    public var clock: any TimeSource
    public var logger: Logger
    public var metrics: any MetricsFactory

    /// For a cluster that knows its loops: `client` gives each its way in, as the user that it is.
    public init(
        world: World, client: @escaping @Sendable (LoopIdentity) -> any ClusterAPI,
        clock: any TimeSource = SystemClock(), logger: Logger = Logger(label: "loops"),
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.world = world
        self.client = client
        api = world.api
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
    }

    /// For a cluster that lets `api` do everything: here each loop is held to what it declares.
    public init(
        world: World, api: any ClusterAPI, clock: any LoopClock = SystemClock(),
        logger: Logger = Logger(label: "loops"), metrics: LoopMetrics = LoopMetrics()
    ) {
        self.init(
            world: world, client: { ConfinedAPI(api, to: $0) }, clock: clock, logger: logger, metrics: metrics)
    }

    /// The same for one loop, whose calls are those of the user that it is.
    public func acting(as identity: LoopIdentity) -> LoopContext {
        var context = self
        context.api = client(identity)
        return context
    }
}

/// Takes keys as the world changes, asks the reconciler, carries out its changes, and waits until the world has seen
/// them before that key is looked at again: so a reconciler never decides on a view older than its own last write.
public struct ReconcilerRunner: ControlLoop {
    private let reconciler: any Reconciler
    private let context: LoopContext
    private let concurrency: Int
    public let name: String

    public init(_ reconciler: any Reconciler, _ context: LoopContext, concurrency: Int = 8) {
        self.reconciler = reconciler
        self.context = context.acting(as: type(of: reconciler).identity)
        self.concurrency = concurrency
        name = type(of: reconciler).name
    }

    /// Runs until the task is cancelled; a world must be running beside it.
    public func run() async throws {
        let interests = type(of: reconciler).reads
        let queue = SharedQueue(
            WorkQueue<ObjectKey>(concurrency: concurrency), clock: context.clock,
            metrics: QueueMetrics(context.metrics, name: name))
        let sampling = queue.sampled(by: context.metrics)
        defer { sampling.end() }
        let recorder = EventRecorder(context, component: name)
        let followed = Set(interests.map(\.resource))
        try await context.world.waitUntilSynced(followed)
        let observations: [(ObjectCache, Int)] = interests.map { interest in
            let cache = context.world.cache(interest.resource)
            let identifier = cache.observe { [world = context.world] change in
                let keys = interest.keys(change, world)
                if keys.isEmpty { return }
                queue.add(keys)
            }
            return (cache, identifier)
        }
        defer { for (cache, identifier) in observations { cache.stopObserving(identifier) } }
        await withDiscardingTaskGroup { group in
            group.addTask { await recorder.run() }
            while let key = await queue.next() {
                group.addTask {
                    let executor = ChangeExecutor(
                        api: context.api, world: context.world, followed: followed, recorder: recorder,
                        again: { queue.add(key, after: $0) })
                    queue.finish(key, await work(on: key, executor))
                }
            }
            group.cancelAll()
        }
    }

    private func work(on key: ObjectKey, _ executor: ChangeExecutor) async -> WorkQueue<ObjectKey>.Outcome {
        var executor = executor
        var failure: (any Error)?
        do { try await executor.execute(reconciler.reconcile(key)) } catch { failure = error }
        // Also after a failure: part of the changes may have been made.
        do { try await executor.waitUntilSeen() } catch { return .failed }
        guard let failure, !Task.isCancelled else { return .done }
        if let error = failure as? StatusError, error.saysNamespaceIsTerminating { return .done }
        // Conflicts are everyday: somebody was faster, and the next look sees it.
        let isEveryday = (failure as? StatusError).map { [.conflict, .alreadyExists, .notFound].contains($0.reason) }
        context.logger.log(
            level: isEveryday == true ? .debug : .warning, "A reconcile failed and comes again",
            metadata: ["loop": "\(name)", "key": "\(key)", "error": "\(failure)"])
        return .failed
    }
}
