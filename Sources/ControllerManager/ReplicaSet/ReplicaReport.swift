import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What the status of a ReplicaSet (or a ReplicationController) says of its pods, and the write that brings it up to date.
struct ReplicaReport {
    private(set) var changes: [Change] = []

    /// `pods` are all that the set owns, finished and leaving ones included.
    init(_ set: some ReplicaOwner, _ pods: [Pod], _ now: Instant) {
        let active = pods.filter { $0.isActive }
        let availableAt = active.compactMap { $0.availableAt(minReadySeconds: set.minReadySeconds) }
        let template = LabelSelector(matchLabels: set.podTemplate.metadata.labels)
        let old = set.json["status"] ?? .object
        var status = old
        status["replicas"] = JSON(active.count)
        status["fullyLabeledReplicas"] = Self.count(active.count { template.matches(labelsOf: $0.json) })
        status["readyReplicas"] = Self.count(active.count { $0.isReady })
        status["availableReplicas"] = Self.count(availableAt.count { $0 <= now })
        if type(of: set).countsTerminatingPods {
            status["terminatingReplicas"] = JSON(pods.count { $0.isBeingDeleted && !$0.isTerminal })
        }
        status["observedGeneration"] = set.metadata.generation.map { JSON($0) }
        let conditions = (old["conditions"]?.elements ?? []).filter { $0["type"]?.string != Self.failureType }
        status["conditions"] = conditions.isEmpty ? nil : JSON(conditions)
        if status != old { changes.append(Self.write(status, of: set)) }
        if let next = availableAt.filter({ $0 > now }).min() { changes.append(.again(after: next - now)) }
    }

    /// The write that says that pods could not be made or deleted; nil if it says so already.
    static func failure(_ set: some ReplicaOwner, _ reason: String, _ message: String, _ now: Instant) -> Change? {
        var status = set.json["status"] ?? .object
        var conditions = status["conditions"]?.elements ?? []
        let isTold = conditions.contains {
            $0["type"]?.string == failureType && $0["reason"]?.string == reason && $0["message"]?.string == message
        }
        if isTold { return nil }
        conditions.removeAll { $0["type"]?.string == failureType }
        conditions.append([
            "type": JSON(failureType), "status": "True", "lastTransitionTime": JSON(now.rfc3339),
            "reason": JSON(reason), "message": JSON(message),
        ])
        status["conditions"] = JSON(conditions)
        if status["replicas"] == nil { status["replicas"] = 0 }
        return write(status, of: set)
    }

    private static let failureType = "ReplicaFailure"

    private static func write(_ status: JSON, of set: some ReplicaOwner) -> Change {
        var new = set
        new.json["status"] = status
        return .updateStatus(new)
    }

    /// Zero is left out, as the Go types do with these fields.
    private static func count(_ value: Int) -> JSON? { value == 0 ? nil : JSON(value) }
}
