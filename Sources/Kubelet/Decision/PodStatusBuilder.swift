import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// A pod's status from its object and the node's state; pure. What others write (PodScheduled, readiness gates'
/// conditions, qosClass, nominatedNodeName) is kept.
struct PodStatusBuilder {
    /// As the node agreed to it.
    let pod: Pod
    let state: PodState
    let hostIP: String
    let now: Instant
    let lifecycle: PodLifecycle
    /// The runtime's name, which container ids begin with.
    let runtimeName: String

    init(pod: Pod, state: PodState, hostIP: String, runtimeName: String, now: Instant) {
        self.pod = state.allocation?.applied(to: pod) ?? pod
        self.state = state
        self.hostIP = hostIP
        self.runtimeName = runtimeName
        self.now = now
        lifecycle = PodLifecycle(pod.spec)
    }

    func status() -> PodStatus {
        var status = pod.status
        if state.isRefused, let eviction = state.eviction {
            status.phase = "Failed"
            status.observedGeneration = pod.metadata.generation
            status.reason = eviction.reason
            status.message = eviction.message
            if status.startTime == nil { status.startTime = (state.startedAt ?? now).rfc3339 }
            return status
        }
        let phase = self.phase
        status.phase = phase
        status.observedGeneration = pod.metadata.generation
        if let eviction = state.eviction, phase == "Failed" {
            status.reason = eviction.reason
            status.message = eviction.message
        }
        status.hostIP = hostIP
        status.hostIPs = [HostIP { $0.ip = hostIP }]
        if let ip = state.podIP ?? state.knownIP {
            status.podIP = ip
            status.podIPs = [PodIP { $0.ip = ip }]
        }
        if status.startTime == nil { status.startTime = (state.startedAt ?? now).rfc3339 }
        status.initContainerStatuses = pod.spec.initContainers.map { containerStatus($0, isInit: true) }
        status.containerStatuses = pod.spec.containers.map { containerStatus($0, isInit: false) }
        if !pod.spec.ephemeralContainers.isEmpty {
            status.ephemeralContainerStatuses = pod.ephemeralContainers.map { container in
                var status = containerStatus(container, isInit: false)
                // Nobody asks whether they are.
                status.ready = false
                status.started = nil
                return status
            }
        }
        setConditions(&status, phase)
        setResize(&status, phase)
        return status
    }

    private var phase: String {
        if pod.isTerminal { return pod.phase }
        let isOver = isEnding && !state.isAnythingRunning
        if isOver, state.eviction != nil { return "Failed" }
        let phase = lifecycle.phase(hasInitialized: state.hasInitialized, isOver: isOver, state.progress)
        // One that never came so far ends as failed, once nothing of it can start any more.
        if isOver, !PodLifecycle.isTerminal(phase: phase), state.isGone { return "Failed" }
        return phase
    }
    /// Whether the pod is on its way out, so that nothing of it starts again.
    private var isEnding: Bool { pod.isBeingDeleted || state.eviction != nil || state.isComplete }

    // MARK: Containers

    private func containerStatus(_ container: Container, isInit: Bool) -> ContainerStatus {
        let name = container.name ?? ""
        let memory = state.containers[name] ?? ContainerMemory()
        if isBetweenRuns(memory), let before = pod.status.containerStatuses.first(where: { $0.name == name }) {
            return before
        }
        var status = ContainerStatus()
        status.name = name
        status.image = container.image
        status.imageID = memory.run?.imageReference ?? ""
        status.restartCount = memory.restartCount
        if let id = memory.run?.id { status.containerID = containerID(id) }
        let (current, last) = states(container, memory)
        status.state = current
        status.lastState = last ?? ContainerState()
        let started = memory.progress(container).isStarted
        status.started = memory.isRunning ? started : false
        status.ready =
            isInit && !container.isSidecar
            ? memory.exit?.code == 0 : started && isReady(container, memory)
        status.stopSignal = container.lifecycle?.stopSignal
        setResources(&status, container, memory)
        return status
    }

    /// Whether it goes over to another image or other limits: until it runs again its status stays as it was, as the kubelet
    /// stops and starts it in one turn and tells of it after that. What keeps it from running is told.
    private func isBetweenRuns(_ memory: ContainerMemory) -> Bool {
        guard memory.isChanging, !isEnding, memory.createFailure == nil else { return false }
        if case .missing = memory.image { return false }
        return true
    }

    private func containerID(_ id: String) -> String { "\(runtimeName)://\(id)" }
    private func isReady(_ container: Container, _ memory: ContainerMemory) -> Bool {
        container.readinessProbe == nil || memory.readinessResult == true
    }

    /// The state and the last state.
    private func states(
        _ container: Container, _ memory: ContainerMemory
    ) -> (ContainerState, ContainerState?) {
        let last = memory.previous.flatMap { run in run.exit.map { terminated(run, $0) } }
        guard let run = memory.run else { return (waiting(initialWaiting(container, memory)), last) }
        guard let exit = run.exit else {
            return (
                ContainerState { state in
                    state.running = ContainerStateRunning { $0.startedAt = run.startedAt?.rfc3339 }
                }, last
            )
        }
        let ended = terminated(run, exit)
        // Waits for the next run: a container that will not run again stays terminated.
        let runsAgain =
            memory.isChanging
            || lifecycle.restarts(container, lifecycle.role(of: container.name), afterExitCode: exit.code)
        if !isEnding, runsAgain {
            if memory.activity == .idle, let until = memory.crashes.until(finishedAt: exit.finishedAt), now < until,
                let delay = memory.crashes.delay
            {
                let seconds = delay.components.seconds
                let text = seconds >= 60 ? "\(seconds / 60)m\(seconds % 60)s" : "\(seconds)s"
                return (
                    waiting(
                        (
                            "CrashLoopBackOff",
                            "back-off \(text) restarting failed container=\(container.name ?? "") pod=\(pod.name)_\(pod.namespace)(\(pod.uid))"
                        )), ended
                )
            }
            if let failure = memory.createFailure, memory.activity == .idle {
                return (waiting((failure.reason, failure.message)), ended)
            }
            if let imageReason = imageWaiting(container, memory) { return (waiting(imageReason), ended) }
        }
        return (ended, last)
    }

    private func initialWaiting(_ container: Container, _ memory: ContainerMemory) -> (String, String?) {
        if let failure = memory.createFailure, memory.activity == .idle { return (failure.reason, failure.message) }
        if let reason = imageWaiting(container, memory) { return reason }
        let hasInit = !pod.spec.initContainers.isEmpty
        return (hasInit ? "PodInitializing" : "ContainerCreating", nil)
    }
    private func imageWaiting(_ container: Container, _ memory: ContainerMemory) -> (String, String?)? {
        guard case .missing(let failure) = memory.image else { return nil }
        if failure.reason == "ErrImagePull", now >= failure.at + ImageBackoff.firstShown {
            let image = container.image ?? ""
            return ("ImagePullBackOff", "Back-off pulling image \"\(image)\": ErrImagePull: \(failure.message)")
        }
        return (failure.reason, failure.message)
    }
    private func waiting(_ why: (reason: String, message: String?)) -> ContainerState {
        ContainerState { state in
            state.waiting = ContainerStateWaiting {
                $0.reason = why.reason
                $0.message = why.message
            }
        }
    }
    private func terminated(_ run: ContainerMemory.Run, _ exit: ContainerMemory.Exit) -> ContainerState {
        ContainerState { state in
            state.terminated = ContainerStateTerminated {
                $0.containerID = containerID(run.id)
                $0.exitCode = exit.code
                if exit.signal != 0 { $0.signal = exit.signal }
                $0.reason = exit.reason
                if !exit.message.isEmpty { $0.message = exit.message }
                $0.startedAt = (run.startedAt ?? exit.finishedAt).rfc3339
                $0.finishedAt = exit.finishedAt.rfc3339
            }
        }
    }

    // MARK: Conditions

    private func setConditions(_ status: inout PodStatus, _ phase: String) {
        // Sidecars count among the containers that have to be ready.
        let sidecars = zip(pod.spec.initContainers, status.initContainerStatuses).filter(\.0.isSidecar).map(\.1)
        let unready = (sidecars + status.containerStatuses).filter { $0.ready != true }.compactMap(\.name)
        let uninitialized = pod.spec.initContainers.filter { container in
            let progress = state.progress(container)
            return container.isSidecar ? !progress.isStarted : progress.exitCode != 0
        }.compactMap(\.name)
        set(&status, "PodReadyToStartContainers", state.sandbox.isReady)
        if phase == "Succeeded" {
            set(&status, "Initialized", true, "PodCompleted")
        } else if uninitialized.isEmpty || state.hasInitialized {
            set(&status, "Initialized", true)
        } else {
            set(
                &status, "Initialized", false, "ContainersNotInitialized",
                "containers with incomplete status: [\(uninitialized.joined(separator: " "))]")
        }
        let (areReady, reason, message): (Bool, String?, String?) =
            if phase == "Succeeded" {
                (false, "PodCompleted", nil)
            } else if phase == "Failed" {
                (false, "PodFailed", nil)
            } else if unready.isEmpty {
                (true, nil, nil)
            } else {
                (false, "ContainersNotReady", "containers with unready status: [\(unready.joined(separator: " "))]")
            }
        set(&status, "ContainersReady", areReady, reason, message)
        let missing = pod.spec.readinessGates.compactMap(\.conditionType).filter { type in
            !status.conditions.contains { $0.type == type && $0.status == "True" }
        }
        if areReady, let first = missing.first {
            let present = status.conditions.contains { $0.type == first }
            set(
                &status, "Ready", false, "ReadinessGatesNotReady",
                present
                    ? "the status of pod readiness gate \"\(first)\" is not \"True\", but False"
                    : "corresponding condition of pod readiness gate \"\(first)\" does not exist.")
        } else {
            set(&status, "Ready", areReady, reason, message)
        }
        // Whoever bound it: the kubelet has it.
        set(&status, "PodScheduled", true)
    }

    private func set(
        _ status: inout PodStatus, _ type: String, _ value: Bool, _ reason: String? = nil, _ message: String? = nil
    ) {
        let text = value ? "True" : "False"
        var conditions = status.conditions
        let index = conditions.firstIndex { $0.type == type }
        var condition = index.map { conditions[$0] } ?? PodCondition()
        if condition.status != text { condition.lastTransitionTime = now.rfc3339 }
        condition.type = type
        condition.status = text
        condition.reason = reason
        condition.message = message
        condition.observedGeneration = pod.metadata.generation
        condition.json["lastProbeTime"] = .null
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        status.conditions = conditions
    }
}
