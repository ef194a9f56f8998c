import APIMachinery
import KubeAPI

/// One node as the scheduler counts it. It belongs to the one task that schedules.
final class NodeInfo {
    struct Taint: Equatable, Sendable {
        var key: String
        var value: String
        var effect: String
    }
    let name: String
    private(set) var labels: [String: String] = [:]
    private(set) var taints: [Taint] = []
    private(set) var isUnschedulable = false
    private(set) var allocatable = Amounts()
    private(set) var podLimit = 0
    /// Sizes of the images that the node has, by name.
    private(set) var images: [String: Int64] = [:]

    private(set) var requested = Amounts()
    private(set) var scoredCPU: Int64 = 0
    private(set) var scoredMemory: Int64 = 0
    private(set) var podCount = 0
    private(set) var ports: Set<PodUsage.Port> = []
    /// Pods by controller.
    private(set) var owners: [String: Int] = [:]
    /// False while pods say they are here and the node itself is not (yet, or any more) known.
    private(set) var isKnown = false

    init(name: String) { self.name = name }

    /// What has changed that may let a pod in which did not fit.
    func update(_ node: JSON?) -> Set<ClusterEvent> {
        guard let node else {
            isKnown = false
            return []
        }
        var news: Set<ClusterEvent> = []
        func set<T: Equatable>(_ path: ReferenceWritableKeyPath<NodeInfo, T>, _ value: T, _ kind: ClusterEvent) {
            if self[keyPath: path] == value { return }
            self[keyPath: path] = value
            news.insert(kind)
        }
        if !isKnown { news.insert(.nodeAdded) }
        isKnown = true
        let spec = node["spec"]
        let status = node["status"]
        set(\.labels, node["metadata"]?["labels"]?.stringMap ?? [:], .nodeLabels)
        let taints: [Taint] = (spec?["taints"]?.elements ?? []).map { taint in
            Taint(
                key: taint["key"]?.string ?? "", value: taint["value"]?.string ?? "",
                effect: taint["effect"]?.string ?? "")
        }
        set(\.taints, taints, .nodeTaints)
        set(\.isUnschedulable, spec?["unschedulable"]?.bool ?? false, .nodeTaints)
        let list = status?["allocatable"] ?? status?["capacity"]
        set(\.allocatable, Amounts(list), .nodeAllocatable)
        let pods = list?["pods"].flatMap { try? Quantity($0) }
        set(\.podLimit, pods?.value ?? 0, .nodeAllocatable)
        return news
    }

    func add(_ usage: PodUsage) {
        requested += usage.requests
        scoredCPU += usage.scoredCPU
        scoredMemory += usage.scoredMemory
        podCount += 1
        ports.formUnion(usage.hostPorts)
        if !usage.owner.isEmpty { owners[usage.owner, default: 0] += 1 }
    }
    func remove(_ usage: PodUsage) {
        requested -= usage.requests
        scoredCPU -= usage.scoredCPU
        scoredMemory -= usage.scoredMemory
        podCount -= 1
        ports.subtract(usage.hostPorts)
        if let count = owners[usage.owner] { owners[usage.owner] = count > 1 ? count - 1 : nil }
    }
}

/// Kinds of news that may let a pod in which did not fit before.
enum ClusterEvent: String, Hashable, Sendable, CaseIterable {
    case nodeAdded, nodeLabels, nodeTaints, nodeAllocatable
    /// A pod has left its node, or has given room back.
    case podRemoved
    /// A pod has been placed (matters to affinity).
    case podPlaced
    /// A claim, volume or storage class has come or changed.
    case volumes
}
