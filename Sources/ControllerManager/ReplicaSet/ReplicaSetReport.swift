import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What a ReplicaSet's status says of its pods, and the write that brings it up to date.
struct ReplicaSetReport {
    private(set) var changes: [Change] = []

    /// `pods` are all that the set owns, finished and leaving ones included.
    init(_ set: ReplicaSet, _ pods: [Pod], _ now: Instant) {
        let active = pods.filter { $0.isActive }
        let minReadySeconds = set.spec.minReadySeconds ?? 0
        let availableAt = active.compactMap { $0.availableAt(minReadySeconds: minReadySeconds) }
        let template = LabelSelector(matchLabels: set.spec.template.metadata.labels)
        var status = set.status
        status.replicas = active.count
        status.json["fullyLabeledReplicas"] = Self.count(active.count { template.matches(labelsOf: $0.json) })
        status.json["readyReplicas"] = Self.count(active.count { $0.isReady })
        status.json["availableReplicas"] = Self.count(availableAt.count { $0 <= now })
        status.terminatingReplicas = pods.count { $0.isBeingDeleted && !$0.isFinished }
        status.observedGeneration = set.metadata.generation
        status.conditions = status.conditions.filter { $0.type != "ReplicaFailure" }
        if status != set.status {
            var new = set
            new.status = status
            changes.append(.updateStatus(new))
        }
        if let next = availableAt.filter({ $0 > now }).min() { changes.append(.again(after: next - now)) }
    }

    /// The write that says that pods could not be made or deleted; nil if it says so already.
    static func failure(_ set: ReplicaSet, _ reason: String, _ message: String, _ now: Instant) -> Change? {
        var new = set
        var conditions = new.status.conditions
        if conditions.contains(where: { $0.type == "ReplicaFailure" && $0.reason == reason && $0.message == message }) {
            return nil
        }
        conditions.removeAll { $0.type == "ReplicaFailure" }
        conditions.append(
            ReplicaSetCondition {
                $0.type = "ReplicaFailure"
                $0.status = "True"
                $0.lastTransitionTime = now.rfc3339
                $0.reason = reason
                $0.message = message
            })
        new.status.conditions = conditions
        if new.status.replicas == nil { new.status.replicas = 0 }
        return .updateStatus(new)
    }

    /// Zero is left out, as the Go types do with these fields.
    private static func count(_ value: Int) -> JSON? { value == 0 ? nil : JSON(value) }
}
