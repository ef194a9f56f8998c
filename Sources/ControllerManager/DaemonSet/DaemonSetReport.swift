import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What a DaemonSet's status says of its nodes, and the write that brings it up to date.
struct DaemonSetReport {
    private(set) var changes: [Change] = []

    init(_ set: DaemonSet, _ plan: DaemonPlan, _ history: RevisionHistory) {
        var (current, misscheduled, ready, available, updated) = (0, 0, 0, 0, 0)
        for place in plan.places {
            guard place.shouldRun else {
                if !place.pods.isEmpty { misscheduled += 1 }
                continue
            }
            guard let pod = place.pods.first else { continue }
            current += 1
            // Of two pods the older one counts, as long as it is there.
            if pod.isReady { ready += 1 }
            if plan.isAvailable(pod) { available += 1 }
            if plan.isNew(pod) { updated += 1 }
        }
        var status = set.status
        status.desiredNumberScheduled = plan.desired
        status.currentNumberScheduled = current
        status.numberMisscheduled = misscheduled
        status.numberReady = ready
        status.json["numberAvailable"] = Self.count(available)
        status.json["numberUnavailable"] = Self.count(plan.desired - available)
        status.json["updatedNumberScheduled"] = Self.count(updated)
        status.observedGeneration = set.metadata.generation
        if history.collisionCount > 0 { status.collisionCount = history.collisionCount }
        if status != set.status {
            var new = set
            new.status = status
            changes.append(.updateStatus(new))
        }
    }

    /// Zero is left out, as the Go types do with these fields.
    private static func count(_ value: Int) -> JSON? { value == 0 ? nil : JSON(value) }
}
