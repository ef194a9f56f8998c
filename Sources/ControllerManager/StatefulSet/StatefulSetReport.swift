import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What a StatefulSet's status says of its pods, and the write that brings it up to date.
struct StatefulSetReport {
    private(set) var changes: [Change] = []

    init(
        _ set: StatefulSet, _ pods: [Pod], _ history: RevisionHistory, _ current: ControllerRevision, _ now: Instant
    ) {
        // A pod that has ended counts until it is gone.
        let mine = pods.filter { set.ordinal(of: $0) != nil }
        let living = mine.filter { !$0.isBeingDeleted }
        var status = set.status
        status.observedGeneration = set.metadata.generation
        status.replicas = mine.count
        status.json["readyReplicas"] = Self.count(mine.count { $0.phase == "Running" && $0.isReady })
        status.availableReplicas = mine.count { $0.isAvailable(set.minReadySeconds, now) }
        let currentCount = living.count { $0.revisionHash == current.name }
        let updatedCount = living.count { $0.revisionHash == history.update.name }
        status.json["currentReplicas"] = Self.count(currentCount)
        status.json["updatedReplicas"] = Self.count(updatedCount)
        status.currentRevision = current.name
        status.updateRevision = history.update.name
        status.collisionCount = history.collisionCount
        // An update is over when all pods are of its revision.
        if set.spec.updateStrategy?.type == "RollingUpdate", updatedCount == set.replicas,
            status.readyReplicas ?? 0 == set.replicas, mine.count == set.replicas
        {
            status.json["currentReplicas"] = Self.count(updatedCount)
            status.currentRevision = history.update.name
        }
        if status != set.status {
            var new = set
            new.status = status
            changes.append(.updateStatus(new))
        }
    }

    /// Zero is left out, as the Go types do with these fields.
    private static func count(_ value: Int) -> JSON? { value == 0 ? nil : JSON(value) }
}
