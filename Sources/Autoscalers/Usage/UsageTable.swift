import APIMachinery
import Basics
import KubeAPI

/// What something uses now: the processor as a rate between two counts.
public struct UsageRate: Sendable, Equatable {
    public var time: Instant
    public var window: Duration
    /// Billionths of a processor.
    public var nanocores: Int
    public var bytes: Int
}

/// The counts of all nodes, and the rates between the last two of each; a value. A counter that went back, a clock that did,
/// and a node that was silent for long begin anew.
struct UsageTable: Sendable {
    struct PodRates: Sendable, Equatable {
        /// By name, all that run.
        var containers: [(name: String, rate: UsageRate)]
        static func == (left: PodRates, right: PodRates) -> Bool {
            left.containers.elementsEqual(right.containers) { $0.name == $1.name && $0.rate == $1.rate }
        }
        /// Of the oldest of its containers.
        var time: Instant { containers.map(\.rate.time).min() ?? .distantPast }
        var window: Duration { containers.map(\.rate.window).max() ?? .zero }
    }
    private struct Node: Sendable {
        var last: NodeUsage
        var heard: Int64
        var rate: UsageRate?
        var pods: [ObjectKey: PodRates]
    }
    /// Counts closer than this say nothing of a rate.
    static let shortestWindow = Duration.seconds(1)
    /// Counts further apart belong to another time.
    static let longestWindow = Duration.seconds(600)
    /// What began within this may be counted from its start.
    static let freshness = Duration.seconds(120)
    static let shortestLife = Duration.seconds(10)

    private var nodes: [String: Node] = [:]
    private var places: [ObjectKey: String] = [:]

    /// What a node uses.
    func node(_ name: String) -> UsageRate? { nodes[name]?.rate }
    /// What a pod uses; nil until each of its containers was counted twice.
    func pod(_ key: ObjectKey) -> PodRates? { places[key].flatMap { nodes[$0]?.pods[key] } }

    mutating func heard(_ usage: NodeUsage, of name: String, _ uptime: Int64) {
        let before = nodes[name]?.last
        var earlier: [ObjectKey: NodeUsage.Pod] = [:]
        for pod in before?.pods ?? [] { earlier[ObjectKey(namespace: pod.namespace, name: pod.name)] = pod }
        var pods: [ObjectKey: PodRates] = [:]
        for pod in usage.pods where !pod.containers.isEmpty {
            let key = ObjectKey(namespace: pod.namespace, name: pod.name)
            var rates: [(name: String, rate: UsageRate)] = []
            for container in pod.containers {
                let last = earlier[key]?.containers.first {
                    $0.name == container.name && $0.startedAt == container.startedAt
                }
                guard let rate = Self.rate(container.amount, last?.amount ?? Self.beginning(of: container)) else {
                    break
                }
                rates.append((container.name, rate))
            }
            // All or nothing: a part would look like little use.
            if rates.count == pod.containers.count { pods[key] = PodRates(containers: rates) }
        }
        let rate = Self.rate(usage.amount, before?.amount)
        // Asked again too soon: what was known stays.
        if rate == nil, let old = nodes[name],
            usage.amount.time - (before?.amount.time ?? .distantPast) < Self.shortestWindow,
            usage.amount.time >= before?.amount.time ?? .distantPast
        {
            nodes[name]?.heard = uptime
            _ = old
            return
        }
        remove(name)
        nodes[name] = Node(last: usage, heard: uptime, rate: rate, pods: pods)
        for key in pods.keys { places[key] = name }
    }

    /// Forgets nodes that are gone, or were not heard of for so long.
    mutating func keep(only names: Set<String>, heardSince uptime: Int64) {
        for (name, node) in nodes where !names.contains(name) || node.heard < uptime { remove(name) }
    }

    private mutating func remove(_ name: String) {
        guard let node = nodes.removeValue(forKey: name) else { return }
        for key in node.pods.keys where places[key] == name { places[key] = nil }
    }

    private static func beginning(of container: NodeUsage.Container) -> NodeUsage.Amount? {
        guard let start = container.startedAt else { return nil }
        let age = container.amount.time - start
        guard age >= shortestLife, age <= freshness else { return nil }
        return NodeUsage.Amount(time: start, processorNanoseconds: 0, workingSetBytes: 0)
    }

    private static func rate(_ new: NodeUsage.Amount, _ old: NodeUsage.Amount?) -> UsageRate? {
        guard let old else { return nil }
        let window = new.time - old.time
        let used = new.processorNanoseconds - old.processorNanoseconds
        guard window >= shortestWindow, window <= longestWindow, used >= 0 else { return nil }
        let nanocores = Double(used) / (window / .seconds(1))
        return UsageRate(
            time: new.time, window: window, nanocores: Int(nanocores), bytes: new.workingSetBytes)
    }
}
