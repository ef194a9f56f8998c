import APIMachinery
import ControlLoops
import KubeAPI

extension SchedulerWrite {
    /// Promises the pod its node, and deletes those who have to make room, with the reason in their status.
    func preempt(
        _ preemption: Preemption, _ context: LoopContext, _ recorder: EventRecorder
    ) async -> Outcome {
        if let patch = preemption.patch {
            await Self.explain(preemption.pod.key, patch, context)
        }
        for key in preemption.displaced {
            await Self.explain(key, ["status": ["nominatedNodeName": .null]], context)
        }
        let failures = await withTaskGroup(of: Bool.self) { group in
            for victim in preemption.victims {
                group.addTask { await Self.evict(victim, preemption, context, recorder) }
            }
            return await group.reduce(0) { $1 ? $0 : $0 + 1 }
        }
        return .preempted(preemption, isDone: failures == 0)
    }

    /// Whether it goes or is gone.
    private static func evict(
        _ victim: PlacedPod, _ preemption: Preemption, _ context: LoopContext, _ recorder: EventRecorder
    ) async -> Bool {
        let scheduler = preemption.pod.object["spec"]?["schedulerName"]?.string ?? "default-scheduler"
        let condition: JSON = [
            "type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler",
            "message": JSON("\(scheduler): preempting to accommodate a higher priority pod"),
            "lastTransitionTime": JSON(context.clock.now.rfc3339),
        ]
        let patch: JSON = ["metadata": ["uid": JSON(victim.uid)], "status": ["conditions": [condition]]]
        do {
            _ = try await context.api.patch(Pod.resource, victim.key, .strategicMerge, patch, subresource: .status)
            try await context.api.delete(Pod.resource, victim.key, DeletionOptions(uid: victim.uid))
        } catch let error as StatusError where error.code == 404 || error.reason == .conflict {
            // It is gone, or another has its name.
            return true
        } catch {
            context.logger.warning(
                "A pod could not be made to leave its node",
                metadata: ["pod": "\(victim.key)", "for": "\(preemption.pod.key)", "error": "\(error)"])
            return false
        }
        let reference: JSON = [
            "apiVersion": "v1", "kind": "Pod", "namespace": JSON(victim.key.namespace),
            "name": JSON(victim.key.name), "uid": JSON(victim.uid),
        ]
        recorder.record(
            EventNote(
                regarding: reference, .normal, "Preempted",
                "Preempted by pod \(preemption.pod.uid) on node \(preemption.node)"))
        return true
    }
}
