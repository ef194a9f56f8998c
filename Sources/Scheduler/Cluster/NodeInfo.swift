import APIMachinery
import KubeAPI

/// One node as the scheduler counts it. Only who alone holds it changes it: `SchedulerCache`, and whoever made a copy to
/// imagine something with.
final class NodeInfo {
    struct Taint: Equatable, Sendable {
        var key: String
        var value: String
        var effect: String
    }
    let name: String
    /// Its place in the cache's arrays.
    let slot: Int
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
    private(set) var pods: [PlacedPod] = []
    /// How many pods hold each host port.
    private(set) var ports: [PodUsage.Port: Int] = [:]
    /// False while pods say they are here and the node itself is not (yet, or any more) known.
    private(set) var isKnown = false

    init(name: String, slot: Int) {
        self.name = name
        self.slot = slot
    }

    func copy() -> NodeInfo {
        let copy = NodeInfo(name: name, slot: slot)
        (copy.labels, copy.taints, copy.isUnschedulable) = (labels, taints, isUnschedulable)
        (copy.allocatable, copy.podLimit, copy.images) = (allocatable, podLimit, images)
        (copy.requested, copy.scoredCPU, copy.scoredMemory) = (requested, scoredCPU, scoredMemory)
        (copy.pods, copy.ports, copy.isKnown) = (pods, ports, isKnown)
        return copy
    }

    var podCount: Int { pods.count }

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
        // Only preferences look at them, so that they let nobody in.
        images = Self.images(status?["images"]?.elements ?? [])
        return news
    }

    private static func images(_ list: [JSON]) -> [String: Int64] {
        var images: [String: Int64] = [:]
        for image in list {
            let size = image["sizeBytes"]?.int ?? 0
            for name in image["names"]?.strings ?? [] { images[name] = Int64(size) }
        }
        return images
    }

    func add(_ pod: PlacedPod) {
        let usage = pod.usage
        requested += usage.requests
        scoredCPU += usage.scoredCPU
        scoredMemory += usage.scoredMemory
        pods.append(pod)
        for port in usage.hostPorts { ports[port, default: 0] += 1 }
    }
    func remove(_ pod: PlacedPod) {
        guard let index = pods.firstIndex(where: { $0 === pod }) else { return }
        pods.remove(at: index)
        let usage = pod.usage
        requested -= usage.requests
        scoredCPU -= usage.scoredCPU
        scoredMemory -= usage.scoredMemory
        for port in usage.hostPorts { ports.drop(port) }
    }
}

extension Dictionary where Value == Int {
    /// One less of it; what is not there any more has no entry.
    mutating func drop(_ key: Key) {
        guard let count = self[key] else { return }
        self[key] = count > 1 ? count - 1 : nil
    }
}

/// Kinds of news that may let a pod in which did not fit before.
enum ClusterEvent: String, Hashable, Sendable, CaseIterable {
    case nodeAdded, nodeRemoved, nodeLabels, nodeTaints, nodeAllocatable
    /// A pod has left its node, or has given room back.
    case podRemoved
    /// A pod has been placed (matters to affinity).
    case podPlaced
    /// A namespace has come, or has other labels.
    case namespaces
    /// A claim, volume or storage class has come or changed, or what nodes can attach.
    case volumes
    /// Devices, classes of them or claims on them have come or changed.
    case devices
}
