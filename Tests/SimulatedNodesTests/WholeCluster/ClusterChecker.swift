import APIMachinery
import KubeAPI

/// What must hold in a cluster at every moment, whatever goes wrong: it is told of every change of every pod, in the store's
/// order.
struct ClusterChecker: Sendable {
    /// By the label `app`: so many pods may live at once, which is the most replicas ever asked for and the surge.
    var mostAlive: [String: Int] = [:]
    /// By namespace: what its quota allows.
    var quota: [String: Int] = [:]
    /// StatefulSets whose pods come in order.
    var ordered: Set<String> = []
    private(set) var violations: [String] = []

    private var pods: [ObjectKey: Pod] = [:]
    private var removals: [ObjectKey: Int64] = [:]
    /// A loop may decide on what it has not heard of for so many revisions.
    private static let lag: Int64 = 60

    /// What is there after changes that nobody saw.
    mutating func begin(_ objects: [JSON]) {
        pods = Dictionary(objects.map { ($0.key, Pod($0)) }) { _, last in last }
    }

    mutating func see(_ event: WatchEvent) {
        switch event {
        case .added(let object), .modified(let object):
            let pod = Pod(object)
            let isNew = pods[pod.key] == nil
            pods[pod.key] = pod
            if isNew { checkOrder(pod) }
            checkNumbers(pod)
            checkIndexes(pod)
        case .deleted(let object):
            pods[object.key] = nil
            removals[object.key] = object.revision
        case .bookmark: break
        }
    }

    private mutating func fail(_ what: String, _ pod: Pod) {
        violations.append("revision \(pod.json.revision): \(what)")
    }

    private mutating func checkNumbers(_ pod: Pod) {
        let app = pod.metadata.labels["app"] ?? ""
        if let most = mostAlive[app] {
            let alive = pods.values.count { $0.metadata.labels["app"] == app && $0.isActive }
            if alive > most { fail("\(alive) pods of \(app) live, more than \(most)", pod) }
        }
        if let most = quota[pod.namespace] {
            let alive = pods.values.count { $0.namespace == pod.namespace && $0.isActive }
            if alive > most { fail("\(alive) pods in \(pod.namespace), whose quota is \(most)", pod) }
        }
        guard pod.json.controller?["kind"]?.string == "DaemonSet", pod.isActive, !pod.nodeName.isEmpty else { return }
        let owner = pod.json.controller?["uid"]?.string
        let beside = pods.values.count {
            $0.isActive && $0.nodeName == pod.nodeName && $0.json.controller?["uid"]?.string == owner
        }
        if beside > 1 { fail("\(beside) pods of one DaemonSet on \(pod.nodeName)", pod) }
    }

    private mutating func checkOrder(_ pod: Pod) {
        guard let dash = pod.name.lastIndex(of: "-"), let ordinal = Int(pod.name[pod.name.index(after: dash)...]) else {
            return
        }
        let set = String(pod.name[..<dash])
        guard ordered.contains(set) else { return }
        for before in 0..<ordinal {
            let key = ObjectKey(namespace: pod.namespace, name: "\(set)-\(before)")
            let hasJustGone = removals[key].map { $0 > pod.json.revision - Self.lag } ?? false
            if pods[key] == nil, !hasJustGone { fail("\(pod.name) comes before \(key.name)", pod) }
        }
    }

    private mutating func checkIndexes(_ pod: Pod) {
        guard pod.phase == "Succeeded", let index = pod.metadata.annotations["batch.kubernetes.io/job-completion-index"]
        else { return }
        let owner = pod.json.controller?["uid"]?.string
        let winners = pods.values.filter {
            $0.phase == "Succeeded" && !$0.isBeingDeleted && $0.json.controller?["uid"]?.string == owner
                && $0.metadata.annotations["batch.kubernetes.io/job-completion-index"] == index
        }
        if winners.count > 1 { fail("index \(index) of a Job succeeded \(winners.count) times", pod) }
    }
}
