import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// How far a pod's resize is (KEP-1287).
package struct ResizeState: Sendable, Equatable {
    /// What the pod wants and the node has not agreed to.
    package struct Pending: Sendable, Equatable {
        /// `Deferred` or `Infeasible`.
        var reason: String
        var message: String
        /// Of the spec that wants it.
        var generation: Int
        var since: Instant
    }
    /// What the node agreed to and is not in effect yet.
    struct Progress: Sendable, Equatable {
        var generation: Int
        /// Why the last attempt failed.
        var error: String?
        /// The one for which the event ResizeError was written.
        var saidError: String?
        var since: Instant
    }
    enum Activity: Sendable, Equatable {
        case idle, underWay
        case failed(retryAt: Instant)
    }

    var pending: Pending?
    var progress: Progress?
    var activity = Activity.idle
    /// What the pod's cgroup was set to; nil before there was one.
    var ofPodCgroup: PodAllocation?
}

extension PodState {
    mutating func resizeHappened(_ event: PodEvent, at now: Instant) {
        switch event {
        case .resizeAllocated(let allocation, let generation):
            self.allocation = allocation
            resize.pending = nil
            resize.progress = ResizeState.Progress(generation: generation, error: nil, since: now)
            if resize.activity != .underWay { resize.activity = .idle }
        case .resizePending(let pending):
            // The condition is the same one as long as its reason is.
            let since = resize.pending?.reason == pending.reason ? resize.pending?.since : nil
            resize.pending = pending
            if let since { resize.pending?.since = since }
        case .containerResized(let name, let id, let granted):
            if containers[name]?.run?.id == id { containers[name]?.run?.granted = granted }
        case .resizeEnded(let allocation, let error):
            resize.activity = error == nil ? .idle : .failed(retryAt: now + Self.retryInterval)
            if let allocation { resize.ofPodCgroup = allocation }
            guard let error, resize.progress != nil else { return }
            if resize.progress?.error == nil { resize.progress?.since = now }
            resize.progress?.error = error
        default: break
        }
    }

    /// Leads running containers to what the node agreed to; true while nothing else may start. Those whose policy asks for it
    /// end first, and start anew when the pod has its new limits. The pod is as the node agreed to it.
    mutating func resize(_ pod: Pod, _ now: Instant, _ decision: inout PodDecision) -> Bool {
        guard let progress = resize.progress, let allocation else { return false }
        switch resize.activity {
        case .underWay: return true
        case .failed(let retryAt) where now < retryAt:
            if let error = progress.error, error != progress.saidError {
                resize.progress?.saidError = error
                decision.steps.append(
                    .event(
                        isWarning: true, reason: "ResizeError",
                        message: ResizeEvent.message("Pod resize error", pod, progress.generation, error: error),
                        container: nil))
            }
            decision.wake(at: retryAt)
            return false
        case .failed, .idle: break
        }
        var changes: [ResizePlan.Change] = []
        var isEnding = false
        for container in PodAllocation.resizable(pod) {
            let name = container.name ?? ""
            guard let memory = containers[name], memory.isRunning, let run = memory.run, let before = run.granted else {
                // One that is just starting may start with what was agreed to before.
                if containers[name]?.activity == .starting { isEnding = true }
                continue
            }
            if case .stopping = memory.activity {
                isEnding = true
                continue
            }
            let after = GrantedResources(container, in: pod)
            if after.isSame(as: before) { continue }
            if after.needsRestart(from: before, container.resizePolicy) {
                containers[name]?.mustStop = memory.mustStop ?? "Container \(name) resize requires restart"
                containers[name]?.isChanging = true
                containers[name]?.crashes = CrashBackoff()
                keepRunning(container, PodLifecycle(pod.spec).role(of: name), pod, now, &decision)
                isEnding = true
            } else {
                changes.append(.init(name: name, id: run.id, before: before, after: after))
            }
        }
        if isEnding { return true }
        if changes.isEmpty, resize.ofPodCgroup == allocation {
            decision.steps.append(
                .event(
                    isWarning: false, reason: "ResizeCompleted",
                    message: ResizeEvent.message("Pod resize completed", pod, progress.generation), container: nil))
            resize.progress = nil
            return false
        }
        resize.activity = .underWay
        let policy = ResourcePolicy()
        let before = (resize.ofPodCgroup ?? allocation).applied(to: pod)
        decision.steps.append(.resize(ResizePlan(before: policy.pod(before), after: policy.pod(pod), changes)))
        return true
    }
}

/// The sentences of a resize's events (pkg/kubelet/events).
enum ResizeEvent {
    static func message(_ beginning: String, _ pod: Pod, _ generation: Int, error: String? = nil) -> String {
        var summary = JSON.object
        for list in ["initContainers", "containers"] {
            let containers = (pod.json["spec", list]?.elements ?? []).map { container -> JSON in
                var resources = JSON.object
                for kind in ["limits", "requests"] {
                    if let amounts = container["resources", kind], !amounts.isEmpty { resources[kind] = amounts }
                }
                return ["name": container["name"] ?? "", "resources": resources]
            }
            if !containers.isEmpty { summary[list] = JSON(containers) }
        }
        summary["generation"] = JSON(generation)
        if let error { summary["error"] = JSON(error) }
        return "\(beginning): \(summary.text)"
    }
}

extension PodAllocation {
    func granted(_ name: String) -> GrantedResources? {
        containers[name].map { GrantedResources(own: $0, ofPod: ofPod) }
    }
}
