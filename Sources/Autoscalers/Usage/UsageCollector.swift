import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging
import Synchronization

/// Asks every node once a period what it and its pods use, for all who want to know: the autoscaler, `kubectl top`.
public struct UsageCollector: ControlLoop {
    public static let identity = LoopIdentity.serviceAccount(
        "metrics-server", agent: "metrics-server", follows: [Node.resource, Pod.resource], recordsEvents: false)
    /// Nodes asked at once.
    static let concurrency = 16
    /// A node that does not answer within this is left out of a round.
    static let patience = Duration.seconds(10)
    /// What was not heard for so many periods is not true any more.
    static let memoryPeriods = 4

    public var name: String { "metrics-server" }
    public let usage: CollectedUsage
    private let context: LoopContext
    private let source: any NodeUsageSource
    private let period: Duration

    public init(_ context: LoopContext, source: any NodeUsageSource, period: Duration = .seconds(15)) {
        self.context = context.acting(as: Self.identity)
        self.source = source
        self.period = period
        usage = CollectedUsage(world: context.world)
    }

    public func run() async throws {
        try await context.world.waitUntilSynced([Node.resource, Pod.resource])
        while !Task.isCancelled {
            await ask()
            do { try await context.clock.sleep(for: period) } catch { return }
        }
    }

    /// One round.
    func ask() async {
        let names = context.world.all(Node.self).map(\.name).sorted()
        await withTaskGroup(of: Void.self) { group in
            var waiting = names[...]
            for name in waiting.prefix(Self.concurrency) { group.addTask { await ask(name) } }
            waiting = waiting.dropFirst(Self.concurrency)
            while await group.next() != nil {
                if let name = waiting.popFirst() { group.addTask { await ask(name) } }
            }
        }
        let cutoff = context.clock.uptime - (period * Self.memoryPeriods).nanoseconds
        usage.table.withLock { $0.keep(only: Set(names), heardSince: cutoff) }
    }

    private func ask(_ name: String) async {
        do {
            let answer = try await withDeadline(Self.patience, context.clock) { [source] in
                try await source.usage(ofNode: name)
            }
            usage.table.withLock { $0.heard(answer, of: name, context.clock.uptime) }
        } catch {
            context.logger.debug(
                "A node did not say what it uses", metadata: ["node": "\(name)", "error": "\(error)"])
        }
    }
}

/// Throws `CancellationError` when the body takes longer.
func withDeadline<Result: Sendable>(
    _ patience: Duration, _ clock: any TimeSource, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await clock.sleep(for: patience)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else { throw CancellationError() }
        return result
    }
}

/// What was collected, for whoever asks.
public final class CollectedUsage: Sendable {
    let world: World
    let table = Mutex(UsageTable())

    init(world: World) { self.world = world }

    func node(_ name: String) -> UsageRate? { table.withLock { $0.node(name) } }
    func pod(_ key: ObjectKey) -> UsageTable.PodRates? { table.withLock { $0.pod(key) } }

    /// The pods of a namespace (of all, if it is empty) that are selected and measured, by key.
    func pods(
        in namespace: String, _ selector: LabelSelector
    ) -> [(pod: Pod, rates: UsageTable.PodRates)] {
        let cache = world.cache(Pod.resource)
        let pods = (namespace.isEmpty ? cache.all() : cache.all(in: namespace)).filter {
            selector.matches(labelsOf: $0)
        }
        return table.withLock { table in
            pods.compactMap { pod in table.pod(pod.key).map { (Pod(pod), $0) } }
        }.sorted { $0.pod.key < $1.pod.key }
    }

    /// For the autoscaler: of each pod, or of its container of this name, in thousandths.
    func samples(
        of resource: String, container: String?, namespace: String, _ selector: LabelSelector
    ) throws(MetricFailure) -> [String: PodSample] {
        let pods = pods(in: namespace, selector)
        if pods.isEmpty { throw MetricFailure("no metrics returned from resource metrics API") }
        var samples: [String: PodSample] = [:]
        for (pod, rates) in pods {
            let wanted = rates.containers.filter { container == nil || $0.name == container }
            guard !wanted.isEmpty, resource == "cpu" || resource == "memory" else { continue }
            let value = wanted.reduce(0) { sum, one in
                sum.addingClamped(
                    resource == "cpu"
                        ? (one.rate.nanocores + 999_999) / 1_000_000 : one.rate.bytes.multipliedClamped(by: 1000))
            }
            samples[pod.name] = PodSample(value: value, time: rates.time, window: rates.window)
        }
        return samples
    }
}
