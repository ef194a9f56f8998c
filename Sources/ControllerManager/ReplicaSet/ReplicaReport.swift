import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What the status of a ReplicaSet (or a ReplicationController) says of its pods, and the write that brings it up to date.
struct ReplicaReport {
    private(set) var changes: [Change] = []

    /// `pods` are all that the set owns, finished and leaving ones included.
    init(_ set: some ReplicaOwner, _ pods: [Pod], _ now: Instant) {
        var status = Self.counted(set, pods, now)
        let conditions = (status["conditions"]?.elements ?? []).filter { $0["type"]?.string != Self.failureType }
        status["conditions"] = conditions.isEmpty ? nil : JSON(conditions)
        if status != set.json["status"] ?? .object { changes.append(Self.write(status, of: set)) }
        let next = Self.availableAt(set, pods).filter { $0 > now }.min()
        if let next { changes.append(.again(after: next - now)) }
    }

    /// The write that says that pods could not be made or deleted, and how many there are; nil if it says so already. What
    /// was told first stays: each attempt has another pod's name in its message.
    static func failure(
        _ set: some ReplicaOwner, _ pods: [Pod], _ reason: String, _ message: String, _ now: Instant
    ) -> Change? {
        var status = counted(set, pods, now)
        var conditions = status["conditions"]?.elements ?? []
        if !conditions.contains(where: { $0["type"]?.string == failureType }) {
            conditions.append([
                "type": JSON(failureType), "status": "True", "lastTransitionTime": JSON(now.rfc3339),
                "reason": JSON(reason), "message": JSON(message),
            ])
            status["conditions"] = JSON(conditions)
        }
        return status == set.json["status"] ?? .object ? nil : write(status, of: set)
    }

    /// The status as it is, with the pods' numbers as they are now.
    private static func counted(_ set: some ReplicaOwner, _ pods: [Pod], _ now: Instant) -> JSON {
        let active = pods.filter { $0.isActive }
        let template = LabelSelector(matchLabels: set.podTemplate.metadata.labels)
        var status = set.json["status"] ?? .object
        status["replicas"] = JSON(active.count)
        status["fullyLabeledReplicas"] = count(active.count { template.matches(labelsOf: $0.json) })
        status["readyReplicas"] = count(active.count { $0.isReady })
        status["availableReplicas"] = count(availableAt(set, pods).count { $0 <= now })
        if type(of: set).countsTerminatingPods {
            status["terminatingReplicas"] = JSON(pods.count { $0.isBeingDeleted && !$0.isTerminal })
        }
        status["observedGeneration"] = set.metadata.generation.map { JSON($0) }
        return status
    }

    private static func availableAt(_ set: some ReplicaOwner, _ pods: [Pod]) -> [Instant] {
        pods.filter { $0.isActive }.compactMap { $0.availableAt(minReadySeconds: set.minReadySeconds) }
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
