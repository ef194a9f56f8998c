import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What a Deployment's status says of its sets, and the write that brings it up to date.
struct DeploymentReport {
    private(set) var changes: [Change] = []

    init(_ rollout: Rollout) {
        let deployment = rollout.deployment
        var status = Self.count(rollout)
        let isAvailable = (status.availableReplicas ?? 0) >= deployment.replicas - rollout.limits.maxUnavailable
        status.conditions.set(
            "Available", isAvailable ? "True" : "False",
            isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            "Deployment \(isAvailable ? "has" : "does not have") minimum availability.", rollout.now)
        Self.judgeProgress(rollout, &status)
        Self.copyFailure(rollout, &status)
        var new = deployment
        new.status = status
        // As in Kubernetes the revision goes with the status, and so does not count as a change of the generation.
        if let revision = rollout.newRevision {
            new.json["metadata", "annotations", DeploymentAnnotations.revision] = JSON(String(revision))
        }
        if new != deployment { changes.append(.updateStatus(new)) }
        if let deadline = Self.deadline(rollout, status) { changes.append(.again(after: deadline - rollout.now)) }
    }

    /// The sums over all sets, with the conditions as they are so far.
    static func count(_ rollout: Rollout) -> DeploymentStatus {
        var status = rollout.deployment.status
        func sum(_ sets: [ReplicaSet], _ field: String) -> Int {
            sets.map { $0.json["status"]?[field]?.int ?? 0 }.reduce(0, +)
        }
        func set(_ field: String, _ value: Int) { status.json[field] = value == 0 ? nil : JSON(value) }
        let all = rollout.allSets
        let total = sum(all, "replicas")
        let available = sum(all, "availableReplicas")
        status.observedGeneration = rollout.deployment.metadata.generation
        set("replicas", total)
        set("updatedReplicas", sum(rollout.newSet.map { [$0] } ?? [], "replicas"))
        set("readyReplicas", sum(all, "readyReplicas"))
        set("availableReplicas", available)
        set("unavailableReplicas", max(0, total - available))
        status.terminatingReplicas = sum(all, "terminatingReplicas")
        status.collisionCount = rollout.collisions
        status.conditions = rollout.conditions
        return status
    }

    private static func isComplete(_ deployment: Deployment, _ status: DeploymentStatus) -> Bool {
        status.updatedReplicas ?? 0 == deployment.replicas && status.replicas ?? 0 == deployment.replicas
            && status.availableReplicas ?? 0 == deployment.replicas
            && status.observedGeneration ?? 0 >= deployment.metadata.generation ?? 0
    }

    private static func judgeProgress(_ rollout: Rollout, _ status: inout DeploymentStatus) {
        let deployment = rollout.deployment
        guard let seconds = deployment.progressDeadlineSeconds else {
            status.conditions = status.conditions.filter { $0.type != "Progressing" }
            return
        }
        if !rollout.expectsProgress { return }
        let current = status.conditions.first { $0.type == "Progressing" }
        if status.replicas ?? 0 == status.updatedReplicas ?? 0, current?.reason == "NewReplicaSetAvailable" { return }
        let subject = rollout.newSet.map { "ReplicaSet \"\($0.name)\"" } ?? "Deployment \"\(deployment.name)\""
        if isComplete(deployment, status) {
            status.conditions.set(
                "Progressing", "True", "NewReplicaSetAvailable", "\(subject) has successfully progressed.", rollout.now)
        } else if hasProgressed(from: deployment.status, to: status) {
            // Progress itself moves the time of the last update, even if the words stay the same.
            status.conditions = status.conditions.filter { $0.type != "Progressing" }
            status.conditions.set(
                "Progressing", "True", "ReplicaSetUpdated", "\(subject) is progressing.", rollout.now)
            if let current, current.status == "True", let last = status.conditions.indices.last {
                status.conditions[last].lastTransitionTime = current.lastTransitionTime
            }
        } else if let current, current.reason != "NewReplicaSetAvailable", current.reason != "ProgressDeadlineExceeded",
            let since = current.lastUpdateTime.flatMap({ Instant(rfc3339: $0) }),
            since + .seconds(seconds) < rollout.now
        {
            status.conditions.set(
                "Progressing", "False", "ProgressDeadlineExceeded", "\(subject) has timed out progressing.", rollout.now
            )
        }
    }

    private static func hasProgressed(from old: DeploymentStatus, to new: DeploymentStatus) -> Bool {
        let oldOfOld = (old.replicas ?? 0) - (old.updatedReplicas ?? 0)
        let newOfOld = (new.replicas ?? 0) - (new.updatedReplicas ?? 0)
        return (new.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) || newOfOld < oldOfOld
            || (new.readyReplicas ?? 0) > (old.readyReplicas ?? 0)
            || (new.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
    }

    /// The set's trouble becomes the Deployment's: the new set's first.
    private static func copyFailure(_ rollout: Rollout, _ status: inout DeploymentStatus) {
        let ordered = (rollout.newSet.map { [$0] } ?? []) + rollout.oldSets
        let failure = ordered.lazy.flatMap(\.status.conditions).first { $0.type == "ReplicaFailure" }
        guard let failure else {
            status.conditions = status.conditions.filter { $0.type != "ReplicaFailure" }
            return
        }
        status.conditions.set(
            "ReplicaFailure", failure.status ?? "True", failure.reason ?? "", failure.message ?? "", rollout.now)
    }

    /// When to look whether time is up.
    private static func deadline(_ rollout: Rollout, _ status: DeploymentStatus) -> Instant? {
        guard let seconds = rollout.deployment.progressDeadlineSeconds, rollout.deployment.spec.paused != true,
            let current = status.conditions.first(where: { $0.type == "Progressing" }),
            current.reason != "NewReplicaSetAvailable", current.reason != "ProgressDeadlineExceeded",
            let since = current.lastUpdateTime.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        // A second more, as the time of the update has whole seconds.
        return max(since + .seconds(seconds + 1), rollout.now + .seconds(1))
    }

    /// The new set could not be made.
    static func creationFailed(
        _ deployment: Deployment, _ name: String, _ error: StatusError, _ now: Instant
    ) -> [Change] {
        let message = "Failed to create new replica set \"\(name)\": \(error.message)"
        let note = Change.note(EventNote(deployment, .warning, "ReplicaSetCreateError", message))
        guard deployment.progressDeadlineSeconds != nil, error.reason != .alreadyExists else { return [note] }
        var new = deployment
        new.status.conditions.set("Progressing", "False", "ReplicaSetCreateError", message, now)
        return new == deployment ? [note] : [note, .updateStatus(new)]
    }
}
