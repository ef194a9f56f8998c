import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI
import Logging

/// Carries out what a pod's core orders: one per pod. Steps run as tasks of their own; each ends as an event.
actor PodWorker {
    private var core: PodCore
    let context: PodContext
    /// Called when the pod is gone for good.
    private let ended: @Sendable () async -> Void

    private var timer: Task<Void, Never>?
    private var timerAt: Instant?
    private var prober: PodProber?

    init(_ pod: Pod, state: PodState, context: PodContext, ended: @escaping @Sendable () async -> Void) {
        core = PodCore(
            pod, state, hostIP: context.configuration.nodeIP, runtimeName: context.runtime.information.name)
        self.context = context
        self.ended = ended
    }

    var pod: Pod { core.pod }
    /// The pod as the node agreed to it.
    var allocatedPod: Pod { core.allocatedPod }
    var wantsResize: Bool { core.wantsResize }
    var resizePending: ResizeState.Pending? { core.state.resize.pending }
    private var checkpoint: PodCheckpoint?
    var isEvicted: Bool { core.state.eviction != nil }
    /// Whether the node did not take the pod.
    var isRefused: Bool { core.state.isRefused }
    var volumes: PodVolumes { PodVolumes(directory: context.configuration.directory + "/pods", uid: pod.uid) }
    private var now: Instant { context.clock.now }

    // MARK: What comes in

    func start() { carryOut(core.started(at: now)) }
    /// A newer object of the same uid.
    func podChanged(_ pod: Pod) { carryOut(core.podChanged(pod, at: now)) }
    /// The object is gone before we asked for it.
    func podGone() { carryOut(core.podGone(at: now)) }
    /// Something that the pod refers to changed.
    func dependencyChanged() { carryOut(core.dependencyChanged(at: now)) }
    /// Writes new tokens into the volumes when the time has come.
    func renewTokens() async {
        guard !core.hasEnded else { return }
        let (areDue, isRepublished) = await (context.tokens.areDue(pod), context.csi.isRepublishDue(pod.uid))
        guard areDue || isRepublished else { return }
        carryOut(core.tokensDue())
    }
    /// Evicts the pod when one of its volumes on the disk holds more than it may.
    func checkUsage() async {
        let pod = pod
        guard !core.hasEnded, core.state.volumes == .ready, core.state.eviction == nil, !pod.isTerminal,
            !pod.isBeingDeleted, !EvictionCore.isCritical(pod)
        else { return }
        for volume in pod.spec.volumes {
            guard let source = volume.emptyDir, source.medium != "Memory", let text = source.sizeLimit,
                let limit = try? Quantity(text).value, limit > 0, let name = volume.name
            else { continue }
            let volumes = volumes
            guard await Task.detached(operation: { volumes.usesMore(name, than: limit) }).value else { continue }
            let message = "Usage of EmptyDir volume \"\(name)\" exceeds the limit \"\(text)\". "
            context.events.record(pod.reference(), isWarning: true, reason: "Evicted", message: message)
            return happened(.evicted(message: message))
        }
        guard PodStorage.hasLimits(pod), let message = await storage().excess(pod) else { return }
        context.events.record(pod.reference(), isWarning: true, reason: "Evicted", message: message)
        happened(.evicted(message: message))
    }
    /// Whether something of it runs that may be evicted.
    var isEvictable: Bool {
        !core.hasEnded && core.state.eviction == nil && !pod.isTerminal && !pod.isBeingDeleted
            && core.state.sandbox.isReady
    }
    /// What it holds of the node's disk.
    func storage() async -> PodStorage {
        let (pod, volumes, context) = (pod, volumes, context)
        let runs = core.state.containers.compactMapValues { $0.isRunning ? $0.run?.id : nil }
        return await Task.detached { await PodStorage.measure(pod, volumes, runs, context) }.value
    }
    /// How full its volumes are.
    func volumeUsage() async -> [PodVolumeUsage] {
        let work = work
        return await Task.detached { await work.volumeUsage() }.value
    }
    func happened(_ event: PodEvent) { carryOut(core.happened(event, at: now)) }

    /// A new mirror knows nothing of the static pod.
    func mirrorMade() { carryOut(core.statusLost(at: now)) }
    /// Whether nothing of it runs, and the cluster knows.
    var isOver: Bool { core.hasEnded || (pod.isTerminal && core.isQuiet && !core.state.isAnythingRunning) }

    /// Decides nothing any more; what runs goes on.
    func stop() {
        core.stopped()
        timer?.cancel()
        prober?.stop()
    }
    /// Stops the containers because this process ends; nothing is decided any more, and the status stays as it was, so
    /// that the next process finds a pod whose sandbox is gone and starts it anew.
    func stopContainers(maximumGraceSeconds: Int) async {
        stop()
        let grace = min(maximumGraceSeconds, pod.spec.terminationGracePeriodSeconds ?? 30)
        let runtime = context.runtime
        await withTaskGroup(of: Void.self) { group in
            for memory in core.state.containers.values where memory.isRunning {
                guard let id = memory.run?.id else { continue }
                group.addTask { try? await runtime.stopContainer(id, timeoutSeconds: max(1, grace)) }
            }
        }
        if let id = core.state.sandboxID { try? await runtime.stopPodSandbox(id) }
        await context.cgroups?.remove(pod)
        _ = await context.csi.takeDown(pod.uid)
        volumes.releaseMounts()
    }

    // MARK: What goes out

    private func carryOut(_ orders: [PodCore.Order]) {
        for order in orders {
            switch order {
            case .step(let step): perform(step)
            case .wake(let instant): wake(at: instant)
            case .refreshVolumes:
                let work = work
                Task { try? await work.prepareVolumes() }
            case .writeStatus(let pod): Task { await write(pod) }
            case .readPod:
                Task {
                    let fresh = try? await context.api.get(Pod.self, pod.key)
                    carryOut(core.podRead(fresh, at: now))
                }
            case .pause(let duration):
                Task {
                    try? await context.clock.sleep(for: duration)
                    carryOut(core.pauseEnded(at: now))
                }
            case .end:
                stop()
                Task { await ended() }
            }
        }
        keepCheckpoint()
        guard !core.hasEnded else { return }
        let prober = prober ?? PodProber(context: context) { [weak self] event in await self?.happened(event) }
        self.prober = prober
        prober.follow(core.pod, core.state)
    }

    /// Before steps that were ordered get far, and as rarely as it changes.
    private func keepCheckpoint() {
        guard !core.hasEnded, core.state.sandboxID != nil, let newer = PodCheckpoint(core.state), newer != checkpoint
        else { return }
        checkpoint = newer
        do { try newer.write(directory: volumes.directory, uid: pod.uid) } catch {
            context.logger.warning(
                "Cannot keep what a pod was given", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
        }
    }

    private var work: PodWork {
        PodWork(
            pod: core.allocatedPod, context: context, volumes: volumes, podIP: core.state.podIP ?? "",
            sandboxID: core.state.sandboxID)
    }

    private func perform(_ step: PodStep) {
        let work = work
        if case .event(let isWarning, let reason, let message, let container) = step {
            return work.recordEvent(isWarning, reason, message, container: container)
        }
        let report: @Sendable (PodEvent) async -> Void = { [weak self] event in await self?.happened(event) }
        Task { await work.perform(step, report) }
    }

    private func wake(at instant: Instant?) {
        guard timerAt != instant else { return }
        timer?.cancel()
        timerAt = instant
        guard let instant else { return }
        timer = Task { [clock = context.clock] in
            guard (try? await clock.sleep(until: instant)) != nil else { return }
            timerAt = nil
            carryOut(core.timePassed(at: now))
        }
    }

    private func write(_ pod: Pod) async {
        if pod.isStatic {
            let isWritten = await writeToMirror(pod)
            return carryOut(isWritten ? core.statusWritten(pod, at: now) : core.statusNotWritten())
        }
        do {
            let written = try await context.api.updateStatus(Pod.resource, pod.json)
            carryOut(core.statusWritten(Pod(written), at: now))
        } catch let error as StatusError where error.code == 409 {
            carryOut(core.statusOutdated())
        } catch let error as StatusError where error.code == 404 {
            podGone()
        } catch {
            context.logger.debug("Cannot write a pod's status", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
            carryOut(core.statusNotWritten())
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
    package func reference(container: String? = nil) -> ObjectReference {
        ObjectReference { reference in
            reference.kind = "Pod"
            reference.apiVersion = "v1"
            reference.namespace = namespace
            reference.name = name
            reference.uid = uid
            reference.resourceVersion = metadata.resourceVersion
            guard let container else { return }
            let list =
                switch PodLifecycle(spec).role(of: container) {
                case .initializing, .sidecar: "initContainers"
                case .main: "containers"
                case .ephemeral: "ephemeralContainers"
                }
            reference.fieldPath = "spec.\(list){\(container)}"
        }
    }
    /// With the fields of any container.
    var ephemeralContainers: [Container] { spec.ephemeralContainers.map { Container($0.json) } }
    /// Any container, by name.
    func container(_ name: String) -> Container? {
        (spec.containers + spec.initContainers + ephemeralContainers).first { $0.name == name }
    }
}
