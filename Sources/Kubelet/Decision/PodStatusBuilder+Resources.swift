import APIMachinery
import ControlLoops
import KubeAPI

/// What a status says of resources: what the node agreed to, what is in effect, and how far a resize is.
extension PodStatusBuilder {
    /// Of what can be resized a running container shows what it has, all else what it is to have.
    func setResources(_ status: inout ContainerStatus, _ container: Container, _ memory: ContainerMemory) {
        guard let agreed = container.resources, !agreed.json.isEmpty else { return }
        var shown = agreed
        if memory.isRunning, let own = memory.run?.granted?.own {
            for kind in ["limits", "requests"] where shown.json[kind] != nil || own[kind] != nil {
                var amounts = shown.json[kind] ?? .object
                for name in ["cpu", "memory"] { amounts[name] = own[kind, name] }
                shown.json[kind] = amounts.isEmpty ? nil : amounts
            }
        }
        status.resources = shown
        status.allocatedResources = agreed.requests
    }

    func setResize(_ status: inout PodStatus, _ phase: String) {
        setWhole(&status)
        if let eviction = state.eviction, eviction.isForNode {
            let generation = pod.metadata.generation ?? 0
            let before = status.conditions.first { $0.type == "DisruptionTarget" && $0.status == "True" }
            put(
                &status, "DisruptionTarget", "TerminationByKubelet", eviction.message, generation,
                since: before?.lastTransitionTime ?? now.rfc3339)
        }
        let isOver = PodLifecycle.isTerminal(phase: phase)
        let pending = isOver ? nil : state.resize.pending
        let progress = isOver ? nil : state.resize.progress
        status.conditions.removeAll { condition in
            condition.type == "PodResizePending" && pending == nil
                || condition.type == "PodResizeInProgress" && progress == nil
        }
        if let pending {
            put(
                &status, "PodResizePending", pending.reason, pending.message, pending.generation,
                since: pending.since.rfc3339)
        }
        if let progress {
            put(
                &status, "PodResizeInProgress", progress.error == nil ? nil : "Error", progress.error,
                progress.generation,
                since: progress.since.rfc3339)
        }
    }

    /// Of the whole pod, its overhead included.
    private func setWhole(_ status: inout PodStatus) {
        guard state.allocation != nil, pod.json["spec", "resources"] != nil else { return }
        let (requests, _) = ResourcePolicy.amounts(pod.json["spec"] ?? .object)
        status.json["allocatedResources"] = requests.isEmpty ? nil : requests.json
        let effective = state.resize.ofPodCgroup?.applied(to: pod) ?? pod
        let (asked, limits) = ResourcePolicy.amounts(effective.json["spec"] ?? .object)
        var resources = JSON.object
        if !limits.isEmpty { resources["limits"] = limits.json }
        if !asked.isEmpty { resources["requests"] = asked.json }
        status.json["resources"] = resources.isEmpty ? nil : resources
    }

    private func put(
        _ status: inout PodStatus, _ type: String, _ reason: String?, _ message: String?, _ generation: Int,
        since: String
    ) {
        var condition = PodCondition()
        condition.type = type
        condition.status = "True"
        condition.reason = reason
        condition.message = message
        condition.observedGeneration = generation
        condition.lastTransitionTime = since
        condition.json["lastProbeTime"] = .null
        var conditions = status.conditions
        if let index = conditions.firstIndex(where: { $0.type == type }) {
            conditions[index] = condition
        } else {
            conditions.append(condition)
        }
        status.conditions = conditions
    }
}
