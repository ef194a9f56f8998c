import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging

/// One write of the scheduler, carried out beside its work.
enum SchedulerWrite: Sendable {
    /// A pod that could not be bound; it comes back unless it is gone.
    struct Failure: Sendable {
        var key: ObjectKey
        var comesBack: Bool
    }
    struct Outcome: Sendable {
        var note: EventNote?
        var failed: Failure?
    }
    case bind(PendingPod, String)
    /// What must have effect before the pod can be bound.
    case prepare(ObjectKey, [Change])
    /// The pod's PodScheduled condition says why it has no node.
    case explain(ObjectKey, JSON)

    /// nil if the condition says so already.
    static func condition(_ pod: PendingPod, _ message: String, _ now: Instant) -> SchedulerWrite? {
        var conditions = pod.object["status"]?["conditions"]?.elements ?? []
        let current = conditions.first { $0["type"]?.string == "PodScheduled" }
        if current?["status"]?.string == "False", current?["reason"]?.string == "Unschedulable",
            current?["message"]?.string == message
        {
            return nil
        }
        conditions.removeAll { $0["type"]?.string == "PodScheduled" }
        let isSame = current?["status"]?.string == "False"
        var condition: JSON = [
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": JSON(message),
            "lastProbeTime": .null,
            "lastTransitionTime": (isSame ? current?["lastTransitionTime"] : nil) ?? JSON(now.rfc3339),
        ]
        if let generation = pod.object["metadata"]?["generation"] { condition["observedGeneration"] = generation }
        conditions.append(condition)
        return .explain(
            pod.key,
            [
                "metadata": ["uid": JSON(pod.uid), "resourceVersion": JSON(String(pod.object.revision))],
                "status": ["conditions": JSON(conditions)],
            ])
    }

    func carryOut(_ api: any ClusterAPI, _ logger: Logger) async -> Outcome {
        switch self {
        case .bind(let pod, let node): return await bind(pod, node, api, logger)
        case .prepare(let key, let changes):
            for change in changes {
                guard case .patch(let resource, let object, let kind, let patch, let subresource) = change else {
                    continue
                }
                do {
                    _ = try await api.patch(resource, object, kind, patch, subresource: subresource)
                } catch {
                    logger.debug("Preparing a pod's node failed", metadata: ["pod": "\(key)", "error": "\(error)"])
                    return Outcome(failed: Failure(key: key, comesBack: true))
                }
            }
            return Outcome()
        case .explain(let key, let patch):
            do {
                _ = try await api.patch(Pod.resource, key, .merge, patch, subresource: "status")
            } catch {
                // Somebody else changed the pod: it is looked at again, and then said again.
                logger.debug("Saying why a pod has no node failed", metadata: ["pod": "\(key)", "error": "\(error)"])
            }
            return Outcome()
        }
    }

    private func bind(_ pod: PendingPod, _ node: String, _ api: any ClusterAPI, _ logger: Logger) async -> Outcome {
        let binding: JSON = [
            "apiVersion": "v1", "kind": "Binding",
            "metadata": ["name": JSON(pod.key.name), "namespace": JSON(pod.key.namespace), "uid": JSON(pod.uid)],
            "target": ["apiVersion": "v1", "kind": "Node", "name": JSON(node)],
        ]
        do {
            _ = try await api.create(Pod.resource, binding, name: pod.key.name, subresource: "binding")
            let sentence = "Successfully assigned \(pod.key) to \(node)"
            return Outcome(note: EventNote(Pod(pod.object), .normal, "Scheduled", sentence))
        } catch {
            let isGone = (error as? StatusError)?.code == 404
            logger.debug(
                "Binding a pod failed", metadata: ["pod": "\(pod.key)", "node": "\(node)", "error": "\(error)"])
            let sentence = "binding rejected: \(error)"
            return Outcome(
                note: isGone ? nil : EventNote(Pod(pod.object), .warning, "FailedScheduling", sentence),
                failed: Failure(key: pod.key, comesBack: !isGone))
        }
    }
}
