import APIMachinery
import Basics
import CoreMetrics
import KubeAPI
import Logging

/// Anything that runs until it is cancelled: what the executable starts, one task each.
public protocol ControlLoop: Sendable {
    var name: String { get }
    /// What its work queue has counted; nil for a loop that has none.
    var counts: WorkQueueCounts? { get }
    func run() async throws
}

extension ControlLoop {
    public var counts: WorkQueueCounts? { nil }
}

/// What every loop is given.
public struct LoopContext: Sendable {
    public var world: World
    /// The cluster as the loop's user, bound to the term in which it may write; the world's until `acting`.
    public private(set) var api: any ClusterAPI
    /// Gives a loop its way into the cluster.
    private let client: @Sendable (LoopIdentity) -> any ClusterAPI
    public var clock: any TimeSource
    /// How long a key that does not get on waits.
    public var backoff = Backoff.perKey
    public var logger: Logger
    public var metrics: any MetricsFactory
    /// The kinds that are served.
    public var kinds: ResourceDirectory

    /// For a cluster that knows its loops: `client` gives each its way in, as the user that it is.
    public init(
        world: World, client: @escaping @Sendable (LoopIdentity) -> any ClusterAPI,
        clock: any TimeSource = SystemClock(), logger: Logger = Logger(label: "loops"),
        metrics: any MetricsFactory = MetricsSystem.factory, kinds: ResourceDirectory = ResourceDirectory()
    ) {
        self.world = world
        self.client = client
        api = world.api
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        self.kinds = kinds
    }

    /// For a cluster that lets `api` do everything: here each loop is held to what it declares.
    public init(
        world: World, api: any ClusterAPI, clock: any TimeSource = SystemClock(),
        logger: Logger = Logger(label: "loops"),
        metrics: any MetricsFactory = MetricsSystem.factory, kinds: ResourceDirectory = ResourceDirectory()
    ) {
        self.init(
            world: world, client: { ConfinedAPI(api, to: $0) }, clock: clock, logger: logger, metrics: metrics,
            kinds: kinds)
    }

    /// The same for one loop, whose calls are those of the user that it is.
    public func acting(as identity: LoopIdentity) -> LoopContext {
        var context = self
        context.api = client(identity)
        return context
    }
}

/// Runs one reconciler: its keys come as the world changes.
public struct ReconcilerRunner: ControlLoop {
    private let reconciler: any Reconciler
    private let context: LoopContext
    private let controller: Controller<ObjectKey>
    public var name: String { controller.name }
    /// What its work queue has counted.
    public var counts: WorkQueueCounts? { controller.queue.counts }

    public init(_ reconciler: any Reconciler, _ context: LoopContext, concurrency: Int = 8) {
        self.reconciler = reconciler
        self.context = context.acting(as: type(of: reconciler).identity)
        let fixed = Set(type(of: reconciler).reads.map(\.resource))
        let interest = type(of: reconciler).readsOfKinds
        controller = Controller(type(of: reconciler).name, self.context, concurrency: concurrency) {
            [kinds = context.kinds] in
            guard let interest else { return fixed }
            return fixed.union(kinds.current.resources.filter(interest.includes).map(\.groupResource))
        }
    }

    /// Runs until the task is cancelled; a world must be running beside it.
    public func run() async throws {
        let interests = type(of: reconciler).reads
        let world = context.world
        let component = type(of: reconciler).component
        try await world.waitUntilSynced(interests.map(\.resource))
        let observations: [(ObjectCache, Int)] = interests.map { interest in
            let cache = world.cache(interest.resource)
            let identifier = cache.observe { [queue = controller.queue] change in
                queue.add(interest.keys(change, world), revision: change.revision)
            }
            return (cache, identifier)
        }
        defer { for (cache, identifier) in observations { cache.stopObserving(identifier) } }
        guard let interest = type(of: reconciler).readsOfKinds else {
            return await controller.run(component: component) { [reconciler] key in reconciler.reconcile(key) }
        }
        let observer = KindObserver(context, including: interest.includes) {
            [queue = controller.queue] change, resource in
            queue.add(interest.keys(change, resource, world), revision: change.revision)
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await observer.run() }
            await controller.run(component: component) { [reconciler] key in reconciler.reconcile(key) }
            group.cancelAll()
        }
    }
}
