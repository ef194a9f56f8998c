import APIMachinery
import KubeAPI

/// Which pods wait for room on a node that they were promised, until those leave who had to make it. Others count them there
/// as if they had come already.
struct Nominations {
    private struct Entry {
        /// The pod as it would be on the node.
        var pod: PlacedPod
        /// Whether the cluster has shown it once; before that only we know.
        var isSeen: Bool
    }
    private var entries: [ObjectKey: Entry] = [:]
    private var byNode: [String: Set<ObjectKey>] = [:]

    var isEmpty: Bool { entries.isEmpty }
    func node(of key: ObjectKey) -> String? { entries[key]?.pod.node }

    /// Those promised a node that are no less important than a pod of this priority.
    func pods(on node: String, atLeast priority: Int, except key: ObjectKey) -> [PlacedPod] {
        (byNode[node] ?? []).compactMap { other in
            guard other != key, let pod = entries[other]?.pod, pod.priority >= priority else { return nil }
            return pod
        }
    }
    /// Those that may find no room there any more.
    func pods(on node: String, below priority: Int) -> [ObjectKey] {
        (byNode[node] ?? []).filter { (entries[$0]?.pod.priority ?? priority) < priority }.sorted()
    }

    mutating func nominate(_ pod: PendingPod, _ node: String) { put(pod, node, isSeen: false) }

    /// Takes in what a pod without a node says itself.
    mutating func observe(_ pod: PendingPod) {
        let node = pod.object["status"]?["nominatedNodeName"]?.string ?? ""
        if !node.isEmpty {
            put(pod, node, isSeen: true)
        } else if entries[pod.key]?.isSeen == true || entries[pod.key].map({ $0.pod.uid != pod.uid }) == true {
            remove(pod.key)
        }
    }

    mutating func remove(_ key: ObjectKey) {
        guard let node = entries.removeValue(forKey: key)?.pod.node else { return }
        byNode[node]?.remove(key)
        if byNode[node]?.isEmpty == true { byNode[node] = nil }
    }

    private mutating func put(_ pod: PendingPod, _ node: String, isSeen: Bool) {
        remove(pod.key)
        entries[pod.key] = Entry(pod: PlacedPod(pod.object, on: node, pod.usage), isSeen: isSeen)
        byNode[node, default: []].insert(pod.key)
    }
}
