import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What a budget's status says of its pods, and the write that brings it up to date.
struct DisruptionReport {
    /// So long an eviction may take until the pod counts again.
    private static let longestEviction = Duration.seconds(120)
    private static let condition = "DisruptionAllowed"

    private(set) var changes: [Change] = []

    init(_ budget: PodDisruptionBudget, _ pods: [Pod], _ count: DisruptionCount, _ now: Instant) {
        let told = budget.json["status", "disruptedPods"]
        var disrupted: [String: String] = [:]
        var recheck: Instant?
        for pod in pods where !pod.isBeingDeleted {
            guard let text = told?[pod.name]?.string, let time = Instant(rfc3339: text) else { continue }
            let end = time + Self.longestEviction
            if end < now {
                let sentence =
                    "Pod was expected by PDB \(budget.namespace)/\(budget.namespace) to be deleted but it wasn't"
                changes.append(.note(EventNote(pod, .warning, "NotDeleted", sentence)))
            } else {
                disrupted[pod.name] = text
                recheck = min(recheck ?? end, end)
            }
        }
        let healthy = pods.count { !$0.isBeingDeleted && disrupted[$0.name] == nil && $0.isReady }
        let allowed = count.expected > 0 ? max(0, healthy - count.desiredHealthy) : 0
        var status = budget.json["status"] ?? .object
        status["currentHealthy"] = JSON(healthy)
        status["desiredHealthy"] = JSON(count.desiredHealthy)
        status["expectedPods"] = JSON(count.expected)
        status["disruptionsAllowed"] = JSON(allowed)
        status["disruptedPods"] = disrupted.isEmpty ? nil : JSON(disrupted)
        status["observedGeneration"] = budget.metadata.generation.map { JSON($0) }
        Self.set(
            &status, allowed > 0 ? "True" : "False", allowed > 0 ? "SufficientPods" : "InsufficientPods", "", now)
        if let change = Self.write(status, of: budget) { changes.append(change) }
        if let recheck { changes.append(.again(after: recheck - now + .seconds(1))) }
    }

    /// The write that allows nothing, as the pods cannot be counted; nil if it says so already.
    static func failure(_ budget: PodDisruptionBudget, _ message: String, _ now: Instant) -> Change? {
        var status = budget.json["status"] ?? .object
        status["disruptionsAllowed"] = 0
        set(&status, "False", "SyncFailed", message, now)
        return write(status, of: budget)
    }

    private static func write(_ status: JSON, of budget: PodDisruptionBudget) -> Change? {
        var new = budget
        new.json["status"] = status
        return new == budget ? nil : .updateStatus(new)
    }

    private static func set(_ status: inout JSON, _ value: String, _ reason: String, _ message: String, _ now: Instant)
    {
        var conditions = status["conditions"]?.elements ?? []
        let index = conditions.firstIndex { $0["type"]?.string == condition }
        var new = index.map { conditions[$0] } ?? ["type": JSON(condition)]
        if new["status"]?.string != value { new["lastTransitionTime"] = JSON(now.rfc3339) }
        new["status"] = JSON(value)
        new["reason"] = JSON(reason)
        new["message"] = JSON(message)
        if let generation = status["observedGeneration"] { new["observedGeneration"] = generation }
        if let index { conditions[index] = new } else { conditions.append(new) }
        status["conditions"] = JSON(conditions)
    }
}
