import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// A pod's state from what the runtime knows of it and what its status said; pure but for termination messages on the disk.
struct PodAdoption {
    let pod: Pod
    let sandbox: Sandbox
    let containers: [RuntimeContainer]
    let volumes: PodVolumes
    /// What was kept of its resources.
    var checkpoint: PodCheckpoint?

    func state() -> PodState {
        var state = PodState()
        state.allocation = checkpoint?.allocation ?? PodAllocation(pod)
        state.resize = resize()
        state.startedAt = pod.status.startTime.flatMap { Instant(rfc3339: $0) }
        state.knownIP = sandbox.ip
        state.sandboxAttempt = sandbox.configuration.attempt
        if sandbox.isReady {
            state.sandbox = .ready(id: sandbox.id, ip: sandbox.ip)
            // They are looked at again before each start.
            state.volumes = .ready
        } else if pod.isBeingDeleted || pod.isTerminal {
            state.sandbox = .stopped(id: sandbox.id, ip: sandbox.ip)
        } else {
            state.sandbox = .absent
            state.sandboxAttempt += 1
        }
        let lifecycle = PodLifecycle(pod.spec)
        for (name, runs) in Dictionary(grouping: containers, by: \.name) {
            guard let container = pod.container(name) else { continue }
            let sorted = runs.sorted { ($0.attempt, $0.createdAt) < ($1.attempt, $1.createdAt) }
            var memory = ContainerMemory()
            memory.restartCount = max(sorted.last?.attempt ?? 0, restartCount(name))
            // One that was created but never started is as if it had not been.
            let started = sorted.filter { $0.state == .running || $0.state == .exited }
            memory.run = started.last.map { run($0, container) }
            memory.previous = started.dropLast().last.map { run($0, container) }
            let before = (pod.status.containerStatuses + pod.status.initContainerStatuses).first { $0.name == name }
            if memory.isRunning {
                memory.startupResult = before?.started
                memory.readinessResult = before?.ready
            }
            let role = lifecycle.role(of: name)
            let isMain = role == .main
            if isMain, sandbox.isReady, memory.run != nil { state.hasInitialized = true }
            // In a new sandbox init containers run again, whatever came of them in the one before.
            if !isMain, role != .ephemeral, !sandbox.isReady { memory.runAgain() }
            state.containers[name] = memory
        }
        return state
    }
    /// What its status says of a resize; what is in effect decides the rest.
    private func resize() -> ResizeState {
        var resize = ResizeState()
        resize.ofPodCgroup = checkpoint?.ofPodCgroup ?? checkpoint?.allocation ?? PodAllocation(pod)
        func since(_ condition: PodCondition) -> Instant {
            condition.lastTransitionTime.flatMap { Instant(rfc3339: $0) } ?? sandbox.createdAt
        }
        for condition in pod.status.conditions {
            let generation = condition.observedGeneration ?? pod.metadata.generation ?? 0
            switch condition.type {
            case "PodResizePending":
                resize.pending = .init(
                    reason: condition.reason ?? "Deferred", message: condition.message ?? "", generation: generation,
                    since: since(condition))
            case "PodResizeInProgress":
                resize.progress = .init(generation: generation, error: condition.message, since: since(condition))
            default: break
            }
        }
        return resize
    }
    private func restartCount(_ name: String) -> Int {
        (pod.status.containerStatuses + pod.status.initContainerStatuses).first { $0.name == name }?.restartCount ?? 0
    }
    private func run(_ status: RuntimeContainer, _ container: Container) -> ContainerMemory.Run {
        ContainerMemory.Run(
            id: status.id, imageReference: status.imageReference, image: status.image,
            startedAt: status.startedAt,
            exit: status.podExit(volumes, container),
            granted: checkpoint?.granted[status.id] ?? GrantedResources(container, in: pod))
    }
}
