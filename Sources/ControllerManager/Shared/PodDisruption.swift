import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Says on a pod that it goes through no fault of its own, and why (the condition DisruptionTarget).
enum PodDisruption {
    /// With `fails` the pod, which nobody ends properly any more, counts as failed; without a reason that is all.
    static func mark(
        _ pod: Pod, _ reason: String?, _ message: String, _ now: Instant, fails: Bool = false
    ) -> Change {
        var status: JSON = .object
        if fails { status["phase"] = "Failed" }
        if let reason {
            var condition: JSON = [
                "type": "DisruptionTarget", "status": "True", "reason": JSON(reason), "message": JSON(message),
                "lastTransitionTime": JSON(now.rfc3339),
            ]
            condition["observedGeneration"] = pod.json["metadata", "generation"]
            status["conditions"] = [condition]
        }
        return .patch(
            Pod.resource, pod.key, .strategicMerge, ["metadata": ["uid": JSON(pod.uid)], "status": status],
            subresource: .status)
    }
}
