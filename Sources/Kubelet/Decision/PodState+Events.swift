import Basics
import ControlLoops

extension PodState {
    static let retryInterval = Duration.seconds(10)
    /// As the kubelet's operations on volumes (pkg/util/goroutinemap/exponentialbackoff).
    static let volumeRetries = Backoff(base: .milliseconds(500), limit: .seconds(122), jitter: 0)

    /// Brings the state up to date; pure.
    mutating func happened(_ event: PodEvent, at now: Instant) {
        switch event {
        case .volumesPrepared:
            volumes.prepared()
            volumeFailures = 0
        case .volumesFailed(let why):
            volumes.failed(why: why, retryAt: now + Self.volumeRetries.longestDelay(afterFailures: volumeFailures))
            volumeFailures += 1
        case .sandboxStarted(let id, let ip):
            sandbox.started(id: id, ip: ip)
            hasInitialized = false
            knownIP = ip
            resize.ofPodCgroup = allocation
        case .sandboxFailed(let why): sandbox.failed(why: why, retryAt: now + Self.retryInterval)
        case .sandboxLost(let id): sandbox.lost(id: id)
        case .sandboxStopped: sandbox.stopped()
        case .sandboxRemoved: sandbox.wasRemoved()
        case .objectDeleted: objectDeletion.ended()
        case .objectNotDeleted: objectDeletion.failed(retryAt: now + .seconds(1))
        case .resizeAllocated, .resizePending, .containerResized, .resizeEnded: resizeHappened(event, at: now)
        case .evicted(let message, let graceSeconds, let isForNode):
            guard eviction == nil, !isComplete else { return }
            eviction = Eviction(
                reason: "Evicted", message: message, graceSeconds: graceSeconds, isForNode: isForNode)
        case .nodeShutsDown(let graceSeconds):
            guard eviction == nil, !isComplete else { return }
            eviction = Eviction(
                reason: "Terminated", message: "Pod was terminated in response to imminent node shutdown.",
                graceSeconds: graceSeconds, isForNode: true)
        case .dependencyChanged:
            for name in containers.keys { containers[name]?.hastenConfiguration(now) }
            volumes.hasten(now)
        default: containerHappened(event, at: now)
        }
    }

    private mutating func containerHappened(_ event: PodEvent, at now: Instant) {
        switch event {
        case .imagePulled(let name, let reference):
            containers[name, default: ContainerMemory()].image = .present(reference: reference)
            containers[name]?.activity = .idle
        case .imageFailed(let name, let reason, let message):
            var memory = containers[name] ?? ContainerMemory()
            var failures = 1
            if case .missing(let before) = memory.image { failures += before.failures }
            memory.image = .missing(
                ContainerMemory.ImageFailure(reason: reason, message: message, failures: failures, at: now))
            memory.activity = .idle
            containers[name] = memory
        case .containerStarted(let name, let id, let reference, let at, let isMain, let image, let granted):
            if isMain { hasInitialized = true }
            // An end that overtook the news of the start stays.
            if containers[name]?.run?.id == id {
                if containers[name]?.activity == .starting { containers[name]?.activity = .idle }
            } else {
                containers[name]?.begin(
                    ContainerMemory.Run(
                        id: id, imageReference: reference, image: image, startedAt: at,
                        granted: granted ?? allocation?.granted(name)))
            }
        case .containerFailed(let name, let reason, let message, let run):
            containers[name]?.fail(reason: reason, message: message, run: run, at: now)
        case .postStartFailed(let name, let message): containers[name]?.mustStop = message
        case .containerEnded(let name, let id, let exit):
            guard containers[name]?.run?.id == id, containers[name]?.run?.exit == nil else { return }
            containers[name]?.run?.exit = exit
            containers[name]?.activity = .idle
            containers[name]?.mustStop = nil
        case .stopFailed(let name):
            if case .stopping = containers[name]?.activity { containers[name]?.activity = .idle }
        case .probed(let name, let id, let kind, let isHealthy, let message, let grace):
            guard containers[name]?.run?.id == id else { return }
            containers[name]?.probed(kind, isHealthy: isHealthy, message: message, graceSeconds: grace)
        default: break
        }
    }

}

extension ContainerMemory {
    mutating func begin(_ run: Run) {
        if self.run != nil { previous = self.run }
        self.run = run
        activity = .idle
        createFailure = nil
        startupResult = nil
        readinessResult = nil
        mustStop = nil
        isChanging = false
        stopGraceSeconds = nil
    }
    /// A start that failed; one that got as far as a container leaves a run behind that has ended.
    mutating func fail(reason: String, message: String, run: Run?, at now: Instant) {
        activity = .idle
        createFailure = CreateFailure(
            reason: reason, message: message, retryAt: now + PodState.retryInterval, leftRun: run != nil)
        if let run {
            if self.run != nil { previous = self.run }
            self.run = run
        } else if self.run?.exit != nil {
            // No container came of it, so that it was no restart.
            restartCount -= 1
        }
    }
    /// Its sandbox is no more: it runs again in the next, whatever came of it in this one.
    mutating func runAgain() {
        guard run != nil else { return }
        previous = run
        run = nil
        restartCount += 1
    }
    /// What the container's configuration refers to changed: a start that failed for it is tried again at once.
    mutating func hastenConfiguration(_ now: Instant) {
        if createFailure?.reason == "CreateContainerConfigError" { createFailure?.retryAt = now }
    }
    mutating func probed(_ kind: ProbeKind, isHealthy: Bool, message: String, graceSeconds: Int?) {
        switch kind {
        case .readiness: readinessResult = isHealthy
        case .startup where isHealthy: startupResult = true
        case .startup, .liveness:
            guard !isHealthy else { return }
            mustStop = message
            stopGraceSeconds = graceSeconds
        }
    }
}
