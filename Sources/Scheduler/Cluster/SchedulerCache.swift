import APIMachinery
import KubeAPI

/// All nodes and what is on them, kept up by small steps. Pods that were just placed count at once ("assumed"), before
/// the cluster shows them.
final class SchedulerCache {
    private struct Placed {
        var uid: String
        var node: String
        var usage: PodUsage
        /// Placed by us and not seen in the cluster yet.
        var isAssumed: Bool
    }
    private(set) var nodes: [NodeInfo] = []
    private var byName: [String: NodeInfo] = [:]
    private var placed: [ObjectKey: Placed] = [:]

    func node(_ name: String) -> NodeInfo? { byName[name].flatMap { $0.isKnown ? $0 : nil } }
    func isPlaced(_ key: ObjectKey) -> Bool { placed[key] != nil }

    func update(node name: String, _ object: JSON?) -> Set<ClusterEvent> {
        guard object != nil || byName[name] != nil else { return [] }
        let info = info(name)
        let wasKnown = info.isKnown
        let news = info.update(object)
        if info.isKnown != wasKnown {
            if info.isKnown { nodes.append(info) } else { nodes.removeAll { $0 === info } }
        }
        if !info.isKnown, info.podCount == 0 { byName[name] = nil }
        return news
    }

    /// Takes in how a pod is now; nil, finished and unplaced pods take up nothing.
    func update(pod key: ObjectKey, _ object: JSON?) -> Set<ClusterEvent> {
        let before = placed[key]
        let node = object?["spec"]?["nodeName"]?.string ?? ""
        if let object, !node.isEmpty, !PodLifecycle.isTerminal(phase: object["status"]?["phase"]?.string) {
            let usage = PodUsage(object)
            if let before, before.node == node, before.uid == object.uid, before.usage == usage {
                placed[key]?.isAssumed = false
                return []
            }
            take(key)
            put(key, Placed(uid: object.uid, node: node, usage: usage, isAssumed: false))
            return before == nil ? [.podPlaced] : [.podPlaced, .podRemoved]
        }
        guard let before else { return [] }
        // Not bound yet in the cluster's eyes, but we know better.
        if before.isAssumed, let object, object.uid == before.uid, node.isEmpty { return [] }
        take(key)
        return [.podRemoved]
    }

    func assume(_ key: ObjectKey, uid: String, on node: String, _ usage: PodUsage) {
        take(key)
        put(key, Placed(uid: uid, node: node, usage: usage, isAssumed: true))
    }
    /// Takes an assumption back, if it is still one.
    func forget(_ key: ObjectKey) { if placed[key]?.isAssumed == true { take(key) } }

    private func info(_ name: String) -> NodeInfo {
        if let info = byName[name] { return info }
        let info = NodeInfo(name: name)
        byName[name] = info
        return info
    }
    private func put(_ key: ObjectKey, _ entry: Placed) {
        placed[key] = entry
        info(entry.node).add(entry.usage)
    }
    private func take(_ key: ObjectKey) {
        guard let entry = placed.removeValue(forKey: key), let info = byName[entry.node] else { return }
        info.remove(entry.usage)
        if !info.isKnown, info.podCount == 0 { byName[entry.node] = nil }
    }
}
