import Basics
import ControlLoops
import KubeAPI

/// The next steps for a pod, and when to look again if nothing happens before.
struct PodDecision: Sendable, Equatable {
    var steps: [PodStep] = []
    var wakeAt: Instant?

    mutating func wake(at instant: Instant) { wakeAt = min(wakeAt ?? instant, instant) }
}

extension PodState {
    /// Compares what is with what should be. Steps that it orders are noted as under way, so that they are not ordered twice.
    mutating func decide(_ pod: Pod, at now: Instant) -> PodDecision {
        var decision = PodDecision()
        if startedAt == nil { startedAt = now }
        checkDeadline(pod, now, &decision)
        noteCompletion(pod)
        if pod.isBeingDeleted || eviction != nil || isComplete {
            terminate(pod, now, &decision)
        } else {
            run(pod, now, &decision)
        }
        return decision
    }

    /// Whether the pod's own work is over.
    private mutating func noteCompletion(_ pod: Pod) {
        if pod.isTerminal { isComplete = true }
        if !isComplete, !pod.isBeingDeleted { isComplete = PodLifecycle(pod.spec).isComplete(progress) }
    }

    private mutating func checkDeadline(_ pod: Pod, _ now: Instant, _ decision: inout PodDecision) {
        guard let seconds = pod.spec.activeDeadlineSeconds, let startedAt, eviction == nil, !isComplete else { return }
        let deadline = startedAt + .seconds(seconds)
        if now >= deadline {
            eviction = Eviction(
                reason: "DeadlineExceeded",
                message: "Pod was active on the node longer than the specified deadline")
            decision.steps.append(
                .event(
                    isWarning: false, reason: "DeadlineExceeded",
                    message: "Pod was active on the node longer than the specified deadline", container: nil))
        } else {
            decision.wake(at: deadline)
        }
    }

    // MARK: Running

    private mutating func run(_ pod: Pod, _ now: Instant, _ decision: inout PodDecision) {
        guard prepare(pod, now, &decision) else { return }
        guard !resize(pod, now, &decision) else { return }
        // They may look at a pod that does not get on.
        for container in pod.ephemeralContainers { keepRunning(container, .ephemeral, pod, now, &decision) }
        for container in pod.spec.initContainers {
            if container.isSidecar {
                keepRunning(container, .sidecar, pod, now, &decision)
                // Before the main containers have started, each waits for those before it; after, none waits.
                guard hasInitialized || progress(container).isStarted else { return }
            } else {
                if hasInitialized || progress(container).exitCode == 0 { continue }
                keepRunning(container, .initializing, pod, now, &decision)
                return
            }
        }
        for container in pod.spec.containers { keepRunning(container, .main, pod, now, &decision) }
    }

    /// Volumes, then the sandbox; true when both are there.
    private mutating func prepare(_ pod: Pod, _ now: Instant, _ decision: inout PodDecision) -> Bool {
        switch volumes {
        case .absent:
            volumes.prepare()
            decision.steps.append(.prepareVolumes)
            return false
        case .preparing: return false
        case .failed(_, let retryAt):
            if now < retryAt {
                decision.wake(at: retryAt)
            } else {
                volumes.prepare()
                decision.steps.append(.prepareVolumes)
            }
            return false
        case .ready: break
        }
        switch sandbox {
        case .ready: return true
        case .absent:
            sandbox.start()
            decision.steps.append(.startSandbox(attempt: sandboxAttempt))
        case .failed(_, let retryAt):
            if now < retryAt {
                decision.wake(at: retryAt)
            } else {
                sandboxAttempt += 1
                sandbox.start()
                decision.steps.append(.startSandbox(attempt: sandboxAttempt))
            }
        case .lost:
            guard isEmptied(pod, now, &decision) else { return false }
            replaceSandbox(pod, &decision)
        case .starting, .stopping, .stopped, .removing, .removed: break
        }
        return false
    }

    /// Orders the end of what still runs in a sandbox that was lost; true when nothing does.
    private mutating func isEmptied(_ pod: Pod, _ now: Instant, _ decision: inout PodDecision) -> Bool {
        var isEmpty = true
        // A pull goes on: it is not of the sandbox.
        for name in containers.keys.sorted() where containers[name]?.activity != .pulling {
            if stop(name, graceSeconds(pod), now, &decision) { isEmpty = false }
        }
        return isEmpty
    }
    /// The next attempt, in which init containers run again; what was to start waits no shorter than after any failure.
    private mutating func replaceSandbox(_ pod: Pod, _ decision: inout PodDecision) {
        for container in pod.spec.initContainers { containers[container.name ?? ""]?.runAgain() }
        hasInitialized = false
        sandboxAttempt += 1
        sandbox.start()
        decision.steps.append(
            .event(
                isWarning: false, reason: "SandboxChanged",
                message: "Pod sandbox changed, it will be killed and re-created.", container: nil))
        decision.steps.append(.startSandbox(attempt: sandboxAttempt))
    }

    /// One container's next step.
    mutating func keepRunning(
        _ container: Container, _ role: PodLifecycle.Role, _ pod: Pod, _ now: Instant, _ decision: inout PodDecision
    ) {
        let name = container.name ?? ""
        var memory = containers[name] ?? ContainerMemory()
        defer { containers[name] = memory }
        guard memory.activity == .idle else { return }
        if memory.isRunning {
            if role == .main || role == .sidecar { memory.noteChange(container) }
            guard let why = memory.mustStop, let id = memory.run?.id else { return }
            let grace = memory.stopGraceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30
            memory.activity = .stopping(deadline: now + .seconds(grace))
            decision.steps.append(.stop(container: name, id: id, graceSeconds: grace, message: why))
            return
        }
        if let exit = memory.exit {
            guard memory.isChanging || PodLifecycle(pod.spec).restarts(container, role, afterExitCode: exit.code)
            else { return }
            if let until = memory.crashes.until(finishedAt: exit.finishedAt), now < until {
                if !memory.saidBackOff(of: exit.finishedAt) {
                    memory.backOffSaidFor = exit.finishedAt
                    decision.steps.append(
                        .event(
                            isWarning: true, reason: "BackOff",
                            message:
                                "Back-off restarting failed container \(name) in pod \(pod.name)_\(pod.namespace)(\(pod.uid))",
                            container: name))
                }
                return decision.wake(at: until)
            }
        }
        if let failure = memory.createFailure, now < failure.retryAt, memory.exit == nil || !failure.leftRun {
            return decision.wake(at: failure.retryAt)
        }
        guard hasImage(&memory, name, container, now, &decision) else { return }
        if let exit = memory.exit {
            memory.crashes.restarted(finishedAt: exit.finishedAt, now: now)
            memory.restartCount += 1
        }
        memory.activity = .starting
        // The image is looked at again for the next start, as its pull policy may ask for.
        memory.image = .unknown
        decision.steps.append(.start(container: name, attempt: memory.restartCount))
    }

    private func hasImage(
        _ memory: inout ContainerMemory, _ name: String, _ container: Container, _ now: Instant,
        _ decision: inout PodDecision
    ) -> Bool {
        switch memory.image {
        case .present: return true
        case .unknown: break
        case .missing(var failure):
            let backOffAt = failure.at + ImageBackoff.firstShown
            let retryAt = failure.at + ImageBackoff.delay(failures: failure.failures)
            if now < backOffAt {
                decision.wake(at: backOffAt)
                return false
            }
            if failure.reason == "ErrImagePull", !failure.saidBackOff {
                failure.saidBackOff = true
                memory.image = .missing(failure)
                decision.steps.append(
                    .event(
                        isWarning: false, reason: "BackOff",
                        message: "Back-off pulling image \"\(container.image ?? "")\"", container: name))
            }
            if now < retryAt {
                decision.wake(at: retryAt)
                return false
            }
        }
        memory.activity = .pulling
        decision.steps.append(.pull(container: name))
        return false
    }

    // MARK: Ending

    private mutating func terminate(_ pod: Pod, _ now: Instant, _ decision: inout PodDecision) {
        let grace = graceSeconds(pod)
        let sidecars = pod.spec.initContainers.filter(\.isSidecar).map { $0.name ?? "" }
        let others = containers.keys.filter { !sidecars.contains($0) }.sorted()
        var isWaiting = false
        for name in others where stop(name, grace, now, &decision) { isWaiting = true }
        if isWaiting { return }
        // Sidecars end after the rest, the last started first.
        for name in sidecars.reversed() where stop(name, grace, now, &decision) { return }
        guard !isBusy else { return }

        switch sandbox {
        case .ready, .lost:
            if let id = sandbox.stop() { decision.steps.append(.stopSandbox(id: id)) }
            return
        case .starting, .stopping, .removing: return
        case .absent, .failed, .stopped, .removed: break
        }
        guard pod.isBeingDeleted else { return }
        if sandbox != .removed {
            sandbox.remove()
            decision.steps.append(.removeSandbox)
            return
        }
        switch objectDeletion {
        case .due:
            objectDeletion.begin()
            decision.steps.append(.deleteObject)
        case .failed(let retryAt):
            if now < retryAt { return decision.wake(at: retryAt) }
            objectDeletion.begin()
            decision.steps.append(.deleteObject)
        case .underWay, .done: break
        }
    }

    private func graceSeconds(_ pod: Pod) -> Int {
        if pod.isBeingDeleted, let seconds = pod.metadata.deletionGracePeriodSeconds { return max(0, seconds) }
        return max(0, eviction?.graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30)
    }
    private var isBusy: Bool {
        volumes == .preparing || containers.values.contains { $0.activity != .idle }
    }

    /// Orders one container's end; true while it is not there yet.
    private mutating func stop(
        _ name: String, _ graceSeconds: Int, _ now: Instant, _ decision: inout PodDecision
    ) -> Bool {
        guard var memory = containers[name] else { return false }
        defer { containers[name] = memory }
        switch memory.activity {
        case .pulling, .starting: return true
        case .stopping(let deadline):
            // A shorter grace than before counts from now.
            guard let id = memory.run?.id, now + .seconds(graceSeconds) < deadline else { return true }
            memory.activity = .stopping(deadline: now + .seconds(graceSeconds))
            decision.steps.append(
                .stop(container: name, id: id, graceSeconds: graceSeconds, message: "Stopping container \(name)"))
            return true
        case .idle:
            guard memory.isRunning, let id = memory.run?.id else { return false }
            memory.activity = .stopping(deadline: now + .seconds(graceSeconds))
            decision.steps.append(
                .stop(container: name, id: id, graceSeconds: graceSeconds, message: "Stopping container \(name)"))
            return true
        }
    }
}

/// How long after a failed pull the next one comes: 10 s doubling to 300 s.
enum ImageBackoff {
    /// ErrImagePull shows this long before it becomes ImagePullBackOff.
    static let firstShown = Duration.seconds(3)
    static func delay(failures: Int) -> Duration {
        CrashBackoff.delays.longestDelay(afterFailures: failures - 1)
    }
}

extension ContainerMemory {
    /// One that runs another image than it is to run is stopped and runs again, whatever its restart policy.
    mutating func noteChange(_ container: Container) {
        guard mustStop == nil, let image = run?.image, let wanted = container.image, image != wanted else { return }
        mustStop = "Container \(container.name ?? "") definition changed, will be restarted"
        isChanging = true
        crashes = CrashBackoff()
    }
    func saidBackOff(of instant: Instant) -> Bool { backOffSaidFor == instant }
}
