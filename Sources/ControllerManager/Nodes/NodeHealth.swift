import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// When each node was last heard of, by our own clock: renewals are told apart by their text, so that the clocks of
/// nodes do not matter.
final class NodeHeartbeats: Sendable {
    private struct Heard: Sendable {
        var sign: String
        var at: Instant
    }
    private let heard = Mutex<[String: Heard]>([:])

    /// The instant at which this sign of life was first seen.
    func heard(_ node: String, _ sign: String, _ now: Instant) -> Instant {
        heard.withLock { heard in
            if let known = heard[node], known.sign == sign { return known.at }
            heard[node] = Heard(sign: sign, at: now)
            return now
        }
    }
    func forget(_ node: String) { heard.withLock { $0[node] = nil } }
}

/// What a node's conditions and taints should be, as values.
enum NodeHealth {
    /// Kubernetes' figure: four missed renewals of a lease.
    static let grace = Duration.seconds(40)
    private static let conditionTypes = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]

    /// Conditions of a node that is not heard of any more; nil if they say so already.
    static func unknownConditions(_ node: Node, _ now: Instant) -> [JSON]? {
        var conditions = node.json["status", "conditions"]?.elements ?? []
        let before = conditions
        for type in conditionTypes {
            if let index = conditions.firstIndex(where: { $0["type"]?.string == type }) {
                if conditions[index]["status"]?.string == "Unknown" { continue }
                conditions[index]["status"] = "Unknown"
                conditions[index]["reason"] = "NodeStatusUnknown"
                conditions[index]["message"] = "Kubelet stopped posting node status."
                conditions[index]["lastTransitionTime"] = JSON(now.rfc3339)
            } else {
                conditions.append([
                    "type": JSON(type), "status": "Unknown", "reason": "NodeStatusNeverUpdated",
                    "message": "Kubelet never posted node status.",
                    "lastHeartbeatTime": node.json["metadata", "creationTimestamp"] ?? .null,
                    "lastTransitionTime": JSON(now.rfc3339),
                ])
            }
        }
        return conditions == before ? nil : conditions
    }

    static func ready(_ node: Node) -> String? {
        node.json["status", "conditions"]?.elements.first { $0["type"]?.string == "Ready" }?["status"]?.string
    }

    /// The taints that the conditions call for, the node's other taints kept; nil if nothing changes. `mayEvict` is false
    /// while its zone gives no leave (`ZoneCensus`).
    static func taints(_ node: Node, mayEvict: Bool, _ now: Instant) -> [JSON]? {
        let present = node.json["spec", "taints"]?.elements ?? []
        var wanted: [(key: String, effect: String)] = []
        let conditions = node.json["status", "conditions"]?.elements ?? []
        func status(_ type: String) -> String? { conditions.first { $0["type"]?.string == type }?["status"]?.string }
        switch status("Ready") {
        case "True": break
        case "Unknown", nil: wanted += [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]
        default: wanted += [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")]
        }
        if status("Ready") == nil { wanted = [("not-ready", "NoSchedule")] }
        for (type, key) in [
            ("MemoryPressure", "memory-pressure"), ("DiskPressure", "disk-pressure"), ("PIDPressure", "pid-pressure"),
            ("NetworkUnavailable", "network-unavailable"),
        ] where status(type) == "True" { wanted.append((key, "NoSchedule")) }
        if node.spec.unschedulable == true { wanted.append(("unschedulable", "NoSchedule")) }
        if !mayEvict { wanted.removeAll { $0.effect == "NoExecute" } }
        let prefix = "node.kubernetes.io/"
        let ours: Set<String> = [
            "not-ready", "unreachable", "memory-pressure", "disk-pressure", "pid-pressure", "network-unavailable",
            "unschedulable",
        ]
        var taints = present.filter { taint in
            guard let key = taint["key"]?.string, key.hasPrefix(prefix),
                ours.contains(String(key.dropFirst(prefix.count)))
            else { return true }
            return wanted.contains { prefix + $0.key == key && $0.effect == taint["effect"]?.string }
        }
        for taint in wanted
        where !taints.contains(where: {
            $0["key"]?.string == prefix + taint.key && $0["effect"]?.string == taint.effect
        }) {
            var new: JSON = ["key": JSON(prefix + taint.key), "effect": JSON(taint.effect)]
            if taint.effect == "NoExecute" || taint.key != "unschedulable" { new["timeAdded"] = JSON(now.rfc3339) }
            taints.append(new)
        }
        return taints == present ? nil : taints
    }
}
