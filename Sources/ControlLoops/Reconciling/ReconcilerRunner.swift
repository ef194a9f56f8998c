import APIMachinery
import Basics
import KubeAPI
import Logging
import Synchronization

/// Anything that runs until it is cancelled: what the executable starts, one task each.
public protocol ControlLoop: Sendable {
    var name: String { get }
    func run() async throws
}

/// What every loop is given. `api` is bound to the loop's identity and to the term in which it may write.
public struct LoopContext: Sendable {
    public var world: World
    public var api: any ClusterAPI
    public var clock: any TimeSource
    public var logger: Logger
    public var metrics: LoopMetrics
    /// The kinds that are served.
    public var kinds: ResourceDirectory
    public init(
        world: World, api: any ClusterAPI, clock: any TimeSource = SystemClock(),
        logger: Logger = Logger(label: "loops"), metrics: LoopMetrics = LoopMetrics(),
        kinds: ResourceDirectory = ResourceDirectory()
    ) {
        self.world = world
        self.api = api
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        self.kinds = kinds
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
        self.context = context
        self.concurrency = concurrency
        name = type(of: reconciler).name
    }

    /// Which of the kinds that come and go are followed now.
    private var followedKinds: [GroupResource] {
        guard let interest = type(of: reconciler).readsOfKinds else { return [] }
        return context.kinds.current.resources.filter(interest.includes).map(\.groupResource)
    }

    /// Runs until the task is cancelled; a world must be running beside it.
    public func run() async throws {
        let interests = type(of: reconciler).reads
        let queue = SharedQueue(WorkQueue<ObjectKey>(concurrency: concurrency), clock: context.clock)
        let recorder = EventRecorder(context, component: name)
        let followed = Set(interests.map(\.resource))
        try await context.world.waitUntilSynced(followed)
        let observations: [(ObjectCache, Int)] = interests.map { interest in
            let cache = context.world.cache(interest.resource)
            let identifier = cache.observe { [world = context.world, metrics = context.metrics, name] change in
                let keys = interest.keys(change, world)
                if keys.isEmpty { return }
                queue.add(keys)
                metrics.count("workqueue_adds_total", [("name", name)], keys.count)
            }
            return (cache, identifier)
        }
        defer { for (cache, identifier) in observations { cache.stopObserving(identifier) } }
        await withDiscardingTaskGroup { group in
            group.addTask { await recorder.run() }
            if let interest = type(of: reconciler).readsOfKinds {
                let observer = KindObserver(context, including: interest.includes) { [context] change, _ in
                    queue.add(interest.keys(change, context.world))
                }
                group.addTask { await observer.run() }
            }
            while let key = await queue.next() {
                context.metrics.gauge("workqueue_depth", [("name", name)], queue.depth)
                group.addTask {
                    let executor = ChangeExecutor(
                        api: context.api, world: context.world, followed: followed.union(followedKinds),
                        recorder: recorder,
                        again: { queue.add(key, after: $0) })
                    queue.finish(key, await work(on: key, executor))
                }
            }
            group.cancelAll()
        }
    }

    private func work(on key: ObjectKey, _ executor: ChangeExecutor) async -> WorkQueue<ObjectKey>.Outcome {
        let start = context.clock.now
        var executor = executor
        var failure: (any Error)?
        do { try await executor.execute(reconciler.reconcile(key)) } catch { failure = error }
        // Also after a failure: part of the changes may have been made.
        do { try await executor.waitUntilSeen() } catch { return .failed }
        context.metrics.seconds(
            "workqueue_work_duration_seconds", [("name", name)], context.clock.now - start)
        guard let failure, !Task.isCancelled else { return .done }
        if let error = failure as? StatusError, error.saysNamespaceIsTerminating { return .done }
        context.metrics.count("workqueue_retries_total", [("name", name)], 1)
        // Conflicts are everyday: somebody was faster, and the next look sees it.
        let isEveryday = (failure as? StatusError).map { [.conflict, .alreadyExists, .notFound].contains($0.reason) }
        context.logger.log(
            level: isEveryday == true ? .debug : .warning, "A reconcile failed and comes again",
            metadata: ["loop": "\(name)", "key": "\(key)", "error": "\(failure)"])
        return .failed
    }
}

/// Where loops count; the executable connects it to /metrics. The names are Kubernetes' own.
public struct LoopMetrics: Sendable {
    public typealias Labels = [(String, String)]
    public var count: @Sendable (_ name: String, _ labels: Labels, _ by: Int) -> Void
    public var gauge: @Sendable (_ name: String, _ labels: Labels, _ value: Int) -> Void
    public var seconds: @Sendable (_ name: String, _ labels: Labels, _ duration: Duration) -> Void
    public init(
        count: @escaping @Sendable (String, Labels, Int) -> Void = { _, _, _ in },
        gauge: @escaping @Sendable (String, Labels, Int) -> Void = { _, _, _ in },
        seconds: @escaping @Sendable (String, Labels, Duration) -> Void = { _, _, _ in }
    ) {
        self.count = count
        self.gauge = gauge
        self.seconds = seconds
    }
}
