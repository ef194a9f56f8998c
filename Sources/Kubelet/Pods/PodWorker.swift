import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI
import Logging

/// Carries out what a pod's state decides: one per pod. Steps run as tasks of their own; each ends as an event.
actor PodWorker {
    private(set) var pod: Pod
    private(set) var state: PodState
    let context: PodContext
    /// Called when the pod is gone for good.
    private let ended: @Sendable () async -> Void

    private var timer: Task<Void, Never>?
    private var timerAt: Instant?
    private var isPublishing = false
    private var mustPublish = false
    private var published: JSON?
    /// The object is no longer in the cluster.
    private var isOrphaned = false
    private var hasEnded = false
    private var prober: PodProber?

    init(_ pod: Pod, state: PodState, context: PodContext, ended: @escaping @Sendable () async -> Void) {
        self.pod = pod
        self.state = state
        self.context = context
        self.ended = ended
    }

    nonisolated var directory: String { context.configuration.directory + "/pods" }
    var volumes: PodVolumes { PodVolumes(directory: directory, uid: pod.uid) }

    // MARK: What comes in

    /// A newer object of the same uid.
    func update(_ newPod: Pod) {
        guard !isOrphaned, newPod.json.revision >= pod.json.revision else { return }
        pod = newPod
        turn()
    }
    /// The object is gone without our farewell (a forced deletion): end at once.
    func orphan() {
        guard !isOrphaned else { return }
        isOrphaned = true
        if !pod.isBeingDeleted {
            pod.metadata.deletionTimestamp = context.clock.now.rfc3339
        }
        pod.metadata.deletionGracePeriodSeconds = min(1, pod.metadata.deletionGracePeriodSeconds ?? 1)
        turn()
    }
    /// Something that the pod refers to changed.
    func poke() {
        guard !hasEnded else { return }
        if state.volumes == .ready, !pod.isBeingDeleted { refreshVolumes() }
        for name in state.containers.keys
        where state.containers[name]?.createFailure?.reason == "CreateContainerConfigError" {
            state.containers[name]?.createFailure?.retryAt = context.clock.now
        }
        if case .failed(let why, _) = state.volumes { state.volumes = .failed(why: why, retryAt: context.clock.now) }
        turn()
    }
    /// Writes new tokens into the volumes when the time has come.
    func renewTokens() async {
        guard !hasEnded, state.volumes == .ready, !pod.isBeingDeleted, await context.tokens.areDue(pod) else { return }
        refreshVolumes()
    }
    func happened(_ event: PodEvent) {
        state.happened(event, at: context.clock.now)
        turn()
    }
    func start() { turn() }

    /// Decides nothing any more; what runs goes on.
    func quit() {
        hasEnded = true
        timer?.cancel()
        prober?.stop()
    }
    /// Stops the containers because this process ends; nothing is decided any more, and the status stays as it was, so
    /// that the next process finds a pod whose sandbox is gone and starts it anew.
    func halt(maximumGraceSeconds: Int) async {
        quit()
        let grace = min(maximumGraceSeconds, pod.spec.terminationGracePeriodSeconds ?? 30)
        let runtime = context.runtime
        await withTaskGroup(of: Void.self) { group in
            for memory in state.containers.values where memory.isRunning {
                guard let id = memory.run?.id else { continue }
                group.addTask { try? await runtime.stopContainer(id, timeoutSeconds: max(1, grace)) }
            }
        }
        if let id = state.sandboxID { try? await runtime.stopPodSandbox(id) }
    }

    // MARK: The turn

    private func turn() {
        guard !hasEnded else { return }
        let decision = state.decide(pod, at: context.clock.now)
        for step in decision.steps { carryOut(step) }
        setTimer(decision.wakeAt)
        prober?.follow(pod, state)
        if prober == nil { makeProber() }
        if state.farewell == .done || (isOrphaned && state.sandbox == .removed) {
            finish()
        } else {
            publish()
        }
    }

    private func makeProber() {
        let prober = PodProber(context: context) { [weak self] event in await self?.happened(event) }
        prober.follow(pod, state)
        self.prober = prober
    }

    private func finish() {
        hasEnded = true
        timer?.cancel()
        prober?.stop()
        Task { await ended() }
    }

    private func setTimer(_ instant: Instant?) {
        guard timerAt != instant else { return }
        timer?.cancel()
        timerAt = instant
        guard let instant else { return }
        timer = Task { [clock = context.clock] in
            guard (try? await clock.sleep(until: instant)) != nil else { return }
            timerAt = nil
            turn()
        }
    }

    private func carryOut(_ step: PodStep) {
        if case .event(let isWarning, let reason, let message, let container) = step {
            return say(isWarning, reason, message, container: container)
        }
        if case .deleteObject = step, isOrphaned {
            state.farewell = .done
            return
        }
        let work = PodWork(
            pod: pod, context: context, volumes: volumes, podIP: state.podIP ?? "", sandboxID: state.sandboxID)
        let report: @Sendable (PodEvent) async -> Void = { [weak self] event in await self?.happened(event) }
        Task {
            // The last status must be known before the object goes.
            if case .deleteObject = step { await flush() }
            await work.perform(step, report)
        }
    }

    nonisolated func say(_ isWarning: Bool, _ reason: String, _ message: String, container: String? = nil) {
        Task { await sayIsolated(isWarning, reason, message, container) }
    }
    private func sayIsolated(_ isWarning: Bool, _ reason: String, _ message: String, _ container: String?) {
        context.events.record(
            pod.reference(container: container), isWarning: isWarning, reason: reason, message: message)
    }

    private func refreshVolumes() {
        let work = PodWork(
            pod: pod, context: context, volumes: volumes, podIP: state.podIP ?? "", sandboxID: state.sandboxID)
        Task { try? await work.prepareVolumes() }
    }

    // MARK: Status

    private func publish() {
        mustPublish = true
        guard !isPublishing, !isOrphaned else { return }
        isPublishing = true
        Task { await publishUntilDone() }
    }
    private func flush() async {
        while isPublishing { try? await context.clock.sleep(for: .milliseconds(5)) }
        if !isOrphaned { await publishOnce() }
    }
    private func publishUntilDone() async {
        while mustPublish, !hasEnded, !isOrphaned {
            mustPublish = false
            await publishOnce()
        }
        isPublishing = false
    }
    private func publishOnce() async {
        let status = PodStatusBuilder(
            pod: pod, state: state, hostIP: context.configuration.nodeIP, now: context.clock.now
        ).status()
        guard status.json != published, status.json != pod.status.json else { return }
        do {
            let written = try await context.api.updateStatus(Pod.resource, pod.with(status).json)
            published = Pod(written).status.json
            if Pod(written).uid == pod.uid, written.revision > pod.json.revision { pod = Pod(written) }
        } catch let error as StatusError where error.code == 409 {
            await reread()
        } catch let error as StatusError where error.code == 404 {
            orphan()
        } catch {
            context.logger.debug("Cannot write a pod's status", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
            try? await context.clock.sleep(for: .milliseconds(200))
            mustPublish = true
        }
    }
    private func reread() async {
        guard let fresh = try? await context.api.get(Pod.self, pod.key) else {
            try? await context.clock.sleep(for: .milliseconds(50))
            mustPublish = true
            return
        }
        if fresh.uid != pod.uid {
            orphan()
        } else {
            if fresh.json.revision > pod.json.revision { pod = fresh }
            mustPublish = true
            turn()
        }
    }
}

extension Pod {
    func with(_ status: PodStatus) -> Pod {
        var pod = self
        pod.status = status
        return pod
    }
    /// For events; with a container its place in the spec.
    func reference(container: String? = nil) -> ObjectReference {
        ObjectReference { reference in
            reference.kind = "Pod"
            reference.apiVersion = "v1"
            reference.namespace = namespace
            reference.name = name
            reference.uid = uid
            reference.resourceVersion = metadata.resourceVersion
            guard let container else { return }
            let isInit = spec.initContainers.contains { $0.name == container }
            reference.fieldPath = isInit ? "spec.initContainers{\(container)}" : "spec.containers{\(container)}"
        }
    }
    /// Any container, by name.
    func container(_ name: String) -> Container? {
        (spec.containers + spec.initContainers).first { $0.name == name }
    }
}
