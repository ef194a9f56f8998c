import APIMachinery
import KubeAPI
import Synchronization

/// Which node has which pods, and what these use: it follows the pods' cache, so that a pod that was bound is in it before
/// whoever bound it is answered.
final class NodeBook: Sendable {
    private struct Entry {
        var uid: String
        var node: String
        /// What was added later to look into the pod; all else that matters stays as it was when the pod was bound.
        var additions: Int
        var uses: Set<PodReference>
    }
    private struct State {
        /// By `namespace/name`.
        var pods: [String: Entry] = [:]
        /// How many pods of each node use something.
        var users: [PodReference: [String: Int]] = [:]

        mutating func set(_ key: String, _ pod: JSON?) {
            guard let pod, let node = pod["spec", "nodeName"]?.string, !node.isEmpty else { return remove(key) }
            let additions = pod["spec", "ephemeralContainers"]?.count ?? 0
            if let known = pods[key], known.uid == pod.uid, known.node == node, known.additions == additions { return }
            remove(key)
            // A node may make such pods itself, and must not come to what it names in them.
            let isMirror = pod["metadata", "annotations", NodeUser.mirrorAnnotation] != nil
            let uses = isMirror ? [] : PodReference.all(of: pod)
            pods[key] = Entry(uid: pod.uid, node: node, additions: additions, uses: uses)
            for use in uses { users[use, default: [:]][node, default: 0] += 1 }
        }

        private mutating func remove(_ key: String) {
            guard let entry = pods.removeValue(forKey: key) else { return }
            for use in entry.uses {
                let rest = (users[use]?[entry.node] ?? 1) - 1
                users[use]?[entry.node] = rest > 0 ? rest : nil
                if users[use]?.isEmpty == true { users[use] = nil }
            }
        }
    }
    private let state = Mutex(State())

    /// Pods under these keys (nil: all) have changed, by the feed or by an acknowledged write.
    func changed(_ cache: ResourceCache, _ keys: [String]?) {
        state.withLock { state in
            if let keys {
                for key in keys { state.set(key, cache.newest(key)?.json) }
                return
            }
            state = State()
            cache.snapshot(reached: 0).tree.forEach { object in
                state.set(object.key, cache.newest(object.key)?.json)
                return true
            }
        }
    }

    func isPod(_ key: String, on node: String) -> Bool { state.withLock { $0.pods[key]?.node == node } }
    /// Whether a pod of the node uses it.
    func uses(_ reference: PodReference, on node: String) -> Bool {
        state.withLock { $0.users[reference]?[node] != nil }
    }
}
