import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging

/// What the scheduler writes about one pod, carried out beside its work.
enum SchedulerWrite: Sendable {
    /// What a PreBind plugin wants done first.
    struct Preparation: Sendable {
        var plugin: String
        var changes: [Change]
    }
    /// A pod that was promised a node, and who has to make room for it.
    struct Preemption: Sendable {
        var pod: PendingPod
        var node: String
        var victims: [PlacedPod]
        /// Pods of lower priority that were promised the same node.
        var displaced: [ObjectKey]
        /// What kept the pod out until now.
        var plugins: Set<String>
        /// Says so in the pod's status; nil if it is said.
        var patch: JSON?
    }
    /// What the queue must be told.
    enum Outcome: Sendable {
        case done
        /// The changes before a binding have had effect: the pod is to be looked at again.
        case prepared(ObjectKey)
        /// The pod could not be bound; it comes back unless it is gone. The event tells why, once its place is free.
        case failed(ObjectKey, comesBack: Bool, event: EventNote? = nil)
        /// Whether all who have to make room know it; if not, the pod is looked at again.
        case preempted(Preemption, isDone: Bool)
        var isDone: Bool { if case .done = self { true } else { false } }
    }
    /// By the extender that does so, if one does.
    case bind(PendingPod, String, by: Extender?)
    /// What must have effect before the pod can be bound.
    case prepare(PendingPod, [Preparation])
    /// The pod's PodScheduled condition says why it has no node.
    case explain(ObjectKey, JSON)
    case preempt(Preemption)

    /// nil if the status says so already.
    static func condition(
        _ pod: PendingPod, _ message: String, nominated: String? = nil, _ now: Instant
    ) -> SchedulerWrite? {
        patch(pod, message, nominated: nominated, now).map { .explain(pod.key, $0) }
    }

    /// Of the status; `nominated` is the node that the pod is promised, empty for none, nil if that stays as it is.
    static func patch(_ pod: PendingPod, _ message: String, nominated: String?, _ now: Instant) -> JSON? {
        let promised = pod.object["status"]?["nominatedNodeName"]?.string ?? ""
        var conditions = pod.object["status"]?["conditions"]?.elements ?? []
        let current = conditions.first { $0["type"]?.string == "PodScheduled" }
        if current?["status"]?.string == "False", current?["reason"]?.string == "Unschedulable",
            current?["message"]?.string == message, nominated ?? promised == promised
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
        var status: JSON = ["conditions": JSON(conditions)]
        if let nominated, nominated != promised {
            status["nominatedNodeName"] = nominated.isEmpty ? .null : JSON(nominated)
        }
        return [
            "metadata": ["uid": JSON(pod.uid), "resourceVersion": JSON(String(pod.object.revision))],
            "status": status,
        ]
    }

    /// Does it, and tells of it in events.
    func carryOut(
        _ context: LoopContext, _ recorder: EventRecorder, _ caller: ExtenderCaller? = nil
    ) async -> Outcome {
        switch self {
        case .bind(let pod, let node, let extender):
            return await bind(pod, node, extender, caller, context, recorder)
        case .prepare(let pod, let preparations): return await prepare(pod, preparations, context, recorder)
        case .explain(let key, let patch):
            await Self.explain(key, patch, context)
            return .done
        case .preempt(let preemption): return await preempt(preemption, context, recorder)
        }
    }

    static func explain(_ key: ObjectKey, _ patch: JSON, _ context: LoopContext) async {
        do {
            _ = try await context.api.patch(Pod.resource, key, .merge, patch, subresource: .status)
        } catch {
            // Somebody else changed the pod: it is looked at again, and then said again.
            context.logger.debug(
                "Saying why a pod has no node failed", metadata: ["pod": "\(key)", "error": "\(error)"])
        }
    }

    private func bind(
        _ pod: PendingPod, _ node: String, _ extender: Extender?, _ caller: ExtenderCaller?, _ context: LoopContext,
        _ recorder: EventRecorder
    ) async -> Outcome {
        let binding: JSON = [
            "apiVersion": "v1", "kind": "Binding",
            "metadata": ["name": JSON(pod.key.name), "namespace": JSON(pod.key.namespace), "uid": JSON(pod.uid)],
            "target": ["apiVersion": "v1", "kind": "Node", "name": JSON(node)],
        ]
        do {
            if let extender, let caller {
                try await caller.bind(pod, to: node, extender)
            } else {
                _ = try await context.api.create(Pod.resource, binding, name: pod.key.name, subresource: .binding)
            }
            let sentence = "Successfully assigned \(pod.key) to \(node)"
            recorder.record(EventNote(Pod(pod.object), .normal, "Scheduled", sentence))
            return .done
        } catch {
            return failure(pod, "binding rejected: \(error)", error, context)
        }
    }

    /// Nothing is left out: changes of every sort are carried out, one plugin after the other.
    private func prepare(
        _ pod: PendingPod, _ preparations: [Preparation], _ context: LoopContext, _ recorder: EventRecorder
    ) async -> Outcome {
        for preparation in preparations {
            var executor = ChangeExecutor(context, followed: SchedulerLoop.reads, recorder: recorder)
            do {
                try await executor.execute(preparation.changes)
                try await executor.waitUntilSeen()
            } catch {
                // As kube-scheduler words it.
                let sentence = "running PreBind plugin \"\(preparation.plugin)\": \(error)"
                return failure(pod, sentence, error, context)
            }
            // Nothing has changed, so no news will bring the pod back.
            if executor.turn().outcome == .fruitless { return .failed(pod.key, comesBack: true) }
        }
        return .prepared(pod.key)
    }

    /// A pod that is gone needs no event.
    private func failure(
        _ pod: PendingPod, _ sentence: String, _ error: any Error, _ context: LoopContext
    ) -> Outcome {
        context.logger.debug("A pod could not be bound", metadata: ["pod": "\(pod.key)", "why": "\(sentence)"])
        let isGone = context.world.cache(Pod.resource).get(pod.key)?.uid != pod.uid
        let event = EventNote(Pod(pod.object), .warning, "FailedScheduling", sentence)
        return .failed(pod.key, comesBack: !isGone, event: isGone ? nil : event)
    }
}
