import APIMachinery
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

/// What every loop is given. `api` is bound to the loop's identity and to the term in which it may write.
public struct LoopContext: Sendable {
    public var world: World
    public var api: any ClusterAPI
    public var clock: any LoopClock
    public var logger: Logger
    public var metrics: LoopMetrics
    public init(
        world: World, api: any ClusterAPI, clock: any LoopClock = SystemClock(),
        logger: Logger = Logger(label: "loops"), metrics: LoopMetrics = LoopMetrics()
    ) {
        self.world = world
        self.api = api
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
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
        self.context = context
        controller = Controller(
            type(of: reconciler).name, context, concurrency: concurrency,
            followed: type(of: reconciler).reads.map(\.resource))
    }

    /// Runs until the task is cancelled; a world must be running beside it.
    public func run() async throws {
        let interests = type(of: reconciler).reads
        let world = context.world
        try await world.waitUntilSynced(interests.map(\.resource))
        let observations: [(ObjectCache, Int)] = interests.map { interest in
            let cache = world.cache(interest.resource)
            let identifier = cache.observe { [queue = controller.queue] change in
                queue.add(interest.keys(change, world), revision: change.revision)
            }
            return (cache, identifier)
        }
        defer { for (cache, identifier) in observations { cache.stopObserving(identifier) } }
        await controller.run { [reconciler] key in reconciler.reconcile(key) }
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
