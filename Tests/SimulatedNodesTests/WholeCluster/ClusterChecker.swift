import APIMachinery
import Basics
import KubeAPI

/// What must hold in a cluster at every moment, whatever goes wrong: it is told of every change in the store, in the
/// store's order.
struct ClusterChecker: Sendable {
    /// By the label `app`: so many pods may live at once, which is the most replicas ever asked for and the surge.
    var mostAlive: [String: Int] = [:]
    /// By the label `app`: so many pods stay available once they were, where nobody takes any away from outside.
    var leastAvailable: [String: Int] = [:]
    /// By namespace: what its quota allows.
    var quota: [String: Int] = [:]
    /// StatefulSets whose pods come in order.
    var ordered: Set<String> = []
    /// Pods that a node may have.
    var nodeCapacity = Int.max
    /// By Job: so many pods may succeed.
    var completions: [String: Int] = [:]
    private(set) var violations: [String] = []

    private var pods: [ObjectKey: Pod] = [:]
    private var removals: [ObjectKey: Instant] = [:]
    private var wereReady: Set<String> = []
    private var haveBeenAvailable: Set<String> = []
    /// By Job and index: who succeeded.
    private var winners: [String: Set<String>] = [:]
    /// By uid of a ReplicaSet: what it asked for and until when.
    private var wanted: [String: [(replicas: Int, until: Instant)]] = [:]
    /// Nodes that say nothing, since when.
    private var silent: [String: Instant] = [:]
    /// A loop may decide on what it has not heard of for so long.
    private static let lag = Duration.seconds(5)
    /// A node that is silent for longer gets no pods, and after tolerations of 300 s has none.
    private static let grace = Duration.seconds(60)
    private static let eviction = Duration.seconds(380)

    mutating func see(_ resource: GroupResource, _ key: ObjectKey, _ object: JSON?, at now: Instant) {
        if resource == Pod.resource { return see(key, object.map { Pod($0) }, now) }
        guard let object else {
            silent[key.name] = resource == Node.resource ? nil : silent[key.name]
            return
        }
        if resource == ReplicaSet.resource {
            let replicas = object["spec", "replicas"]?.int ?? 0
            var list = wanted[object.uid] ?? []
            if let last = list.indices.last { list[last].until = now }
            list.removeAll { $0.until < now - Self.lag }
            wanted[object.uid] = list + [(replicas, .distantFuture)]
        } else if resource == Node.resource {
            let isSilent = object["metadata", "annotations"]?["simulation.skiff.dev/silent"]?.string == "true"
            if isSilent { silent[key.name] = silent[key.name] ?? now } else { returned(key.name, now) }
        }
    }

    private mutating func see(_ key: ObjectKey, _ pod: Pod?, _ now: Instant) {
        guard let pod else {
            pods[key] = nil
            removals[key] = now
            return
        }
        let before = pods[key]
        pods[key] = pod
        if pod.isReady { wereReady.insert(pod.uid) }
        if before == nil {
            checkOrder(pod, now)
            checkOwner(pod, now)
        }
        if before?.nodeName ?? "" != pod.nodeName { checkNode(pod, now) }
        checkNumbers(pod)
        checkSuccess(pod)
    }

    private mutating func fail(_ what: String, _ pod: Pod) {
        violations.append("revision \(pod.json.revision): \(what)")
    }

    private func count(_ condition: (Pod) -> Bool) -> Int { pods.values.count(where: condition) }

    // MARK: Rules

    private mutating func checkNumbers(_ pod: Pod) {
        let app = pod.app
        if let most = mostAlive[app] {
            let alive = count { $0.app == app && $0.isActive }
            if alive > most { fail("\(alive) pods of \(app) live, more than \(most)", pod) }
        }
        if let most = quota[pod.namespace] {
            let alive = count { $0.namespace == pod.namespace && $0.isActive }
            if alive > most { fail("\(alive) pods in \(pod.namespace), whose quota is \(most)", pod) }
        }
        if let least = leastAvailable[app] {
            let available = count { $0.app == app && $0.isReady && $0.isActive }
            if available > least { haveBeenAvailable.insert(app) }
            if available < least, haveBeenAvailable.contains(app) {
                fail("\(available) pods of \(app) are available, fewer than \(least)", pod)
            }
        }
        guard pod.json.controller?["kind"]?.string == "DaemonSet", pod.isActive, !pod.nodeName.isEmpty else { return }
        let beside = count { $0.isActive && $0.nodeName == pod.nodeName && $0.owner == pod.owner }
        if beside > 1 { fail("\(beside) pods of one DaemonSet on \(pod.nodeName)", pod) }
    }

    /// A ReplicaSet never has more pods than it was to have a moment ago.
    private mutating func checkOwner(_ pod: Pod, _ now: Instant) {
        guard pod.json.controller?["kind"]?.string == "ReplicaSet", let list = wanted[pod.owner] else { return }
        let most = list.filter { $0.until >= now - Self.lag }.map(\.replicas).max() ?? 0
        let alive = count { $0.isActive && $0.owner == pod.owner }
        if alive > most { fail("\(alive) pods of the ReplicaSet of \(pod.name), which wants \(most)", pod) }
    }

    private mutating func checkNode(_ pod: Pod, _ now: Instant) {
        let there = count { $0.nodeName == pod.nodeName && !$0.isTerminal }
        if there > nodeCapacity { fail("\(there) pods on \(pod.nodeName), which takes \(nodeCapacity)", pod) }
        guard let since = silent[pod.nodeName], now - since > Self.grace,
            pod.json.controller?["kind"]?.string != "DaemonSet"
        else { return }
        fail("\(pod.name) is bound to \(pod.nodeName), which is silent for \(now - since)", pod)
    }

    private mutating func returned(_ node: String, _ now: Instant) {
        guard let since = silent.removeValue(forKey: node), now - since > Self.eviction else { return }
        for pod in pods.values.sorted(by: { $0.key < $1.key })
        where pod.nodeName == node && pod.isActive && pod.json.controller?["kind"]?.string != "DaemonSet" {
            fail("\(pod.name) is still on \(node), which was silent for \(now - since)", pod)
        }
    }

    private mutating func checkOrder(_ pod: Pod, _ now: Instant) {
        guard let dash = pod.name.lastIndex(of: "-"), let ordinal = Int(pod.name[pod.name.index(after: dash)...]) else {
            return
        }
        let set = String(pod.name[..<dash])
        guard ordered.contains(set) else { return }
        for before in 0..<ordinal {
            let key = ObjectKey(namespace: pod.namespace, name: "\(set)-\(before)")
            if removals[key].map({ $0 > now - Self.lag }) ?? false { continue }
            guard let earlier = pods[key] else {
                fail("\(pod.name) comes before \(key.name)", pod)
                continue
            }
            if !wereReady.contains(earlier.uid) { fail("\(pod.name) comes before \(key.name) was ready", pod) }
        }
    }

    private mutating func checkSuccess(_ pod: Pod) {
        guard pod.phase == "Succeeded", !pod.isBeingDeleted,
            pod.json.controller?["kind"]?.string == "Job"
        else { return }
        let index = pod.metadata.annotations["batch.kubernetes.io/job-completion-index"]
        let place = "\(pod.owner)/\(index ?? "")"
        let most = index == nil ? completions[pod.app] ?? .max : 1
        guard winners[place, default: []].insert(pod.uid).inserted else { return }
        let count = winners[place]?.count ?? 0
        if count > most { fail("\(pod.app) \(index.map { "index \($0) " } ?? "")succeeded \(count) times", pod) }
    }
}

extension Pod {
    fileprivate var app: String { metadata.labels["app"] ?? "" }
    fileprivate var owner: String { json.controller?["uid"]?.string ?? "" }
}
