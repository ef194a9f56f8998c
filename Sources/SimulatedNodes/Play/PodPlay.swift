import Basics
import KubeAPI
import Kubelet

/// In the runtime's place: which events a pod's steps end in, and when, by the pod's stage. It keeps nothing; the same
/// question has the same answer.
struct PodPlay: Sendable {
    /// What a step ends in. A step that is not played has no events.
    struct Outcome: Sendable, Equatable {
        var events: [PodEvent] = []
        var after = Duration.zero
    }

    let stage: PodStage
    /// Why no container of the pod can be made; a sentence.
    private let obstacle: String?
    private let chance: Chance
    private let address: String

    /// `address` is the pod's.
    init(_ pod: Pod, _ stages: SimulationStages, address: String) {
        let chance = Chance(seed: stages.seed, of: pod.uid)
        let annotations = pod.metadata.annotations
        var obstacle: String?
        var stage: PodStage
        if let name = annotations[SimulationAnnotation.stage] {
            let named = stages.pods.first { $0.name == name }
            if named == nil { obstacle = "the simulation has no stage \"\(name)\"" }
            stage = named ?? .running
        } else {
            stage = stages.pods.first { $0.match.matches(pod, chance.number("stage " + $0.name)) } ?? .running
        }
        if let text = annotations[SimulationAnnotation.endsAfter] {
            if let duration = Duration(goText: text) {
                stage.end = PodStage.End(after: Span(duration), code: stage.end?.code ?? 0, times: stage.end?.times)
            } else {
                obstacle = "\(SimulationAnnotation.endsAfter) is no duration: \"\(text)\""
            }
        }
        if let text = annotations[SimulationAnnotation.exitCode] {
            if let code = Int(text), (0...255).contains(code) {
                if stage.end == nil { stage.end = PodStage.End(after: .none) }
                stage.end?.code = code
            } else {
                obstacle = "\(SimulationAnnotation.exitCode) is no exit code: \"\(text)\""
            }
        }
        self.stage = stage
        self.obstacle = obstacle
        self.chance = chance
        self.address = address
    }

    func outcome(_ step: PodStep, _ pod: Pod, _ state: PodState, _ now: Instant) -> Outcome {
        switch step {
        case .prepareVolumes: return Outcome(events: [.volumesPrepared])
        case .startSandbox(let attempt):
            let event = PodEvent.sandboxStarted(id: "\(pod.uid)-\(attempt)", ip: address)
            return Outcome(events: [event], after: length(stage.start, "start", attempt))
        case .stopSandbox: return Outcome(events: [.sandboxStopped])
        case .removeSandbox: return Outcome(events: [.sandboxRemoved])
        case .pull(let name): return pull(name, pod, state)
        case .start(let name, let attempt): return start(name, attempt, pod, state, now)
        case .stop(let name, let id, let grace, _):
            let wanted = length(stage.stop, "stop", 0)
            let after = min(wanted, .seconds(max(0, grace)))
            let exit = Self.exit(wanted > after ? 137 : stage.stopCode, at: now + after)
            return Outcome(events: [.containerEnded(container: name, id: id, exit: exit)], after: after)
        // Nothing is limited, so no resize is ever to be done.
        case .deleteObject, .event, .resize: return Outcome()
        }
    }

    private func pull(_ name: String, _ pod: Pod, _ state: PodState) -> Outcome {
        let image = pod.image(of: name)
        let memory = state.containers[name]
        var failures = 0
        if case .missing(let failure)? = memory?.image { failures = failure.failures }
        let after = length(stage.pull, "pull " + name, failures)
        // Once it was there it stays.
        guard memory?.run == nil, failures < stage.pullFailures else {
            return Outcome(events: [.imagePulled(container: name, reference: image)], after: after)
        }
        let message = "failed to pull and unpack image \"\(image)\": the simulation refuses it"
        return Outcome(events: [.imageFailed(container: name, reason: "ErrImagePull", message: message)], after: after)
    }

    private func start(_ name: String, _ attempt: Int, _ pod: Pod, _ state: PodState, _ now: Instant) -> Outcome {
        if let obstacle {
            return Outcome(events: [
                .containerFailed(container: name, reason: "CreateContainerConfigError", message: obstacle, run: nil)
            ])
        }
        let image = pod.image(of: name)
        let id = "\(pod.uid)-\(name)-\(attempt)"
        let isMain = PodLifecycle(pod.spec).role(of: name) == .main
        let started = PodEvent.containerStarted(
            container: name, id: id, imageReference: image, at: now, isMain: isMain, image: image)
        return Outcome(
            events: [started] + course(of: name, id, attempt, pod, now).filter { $0.after == .zero }.map(\.event))
    }

    // MARK: What a run goes on to do

    struct Later: Sendable, Equatable {
        var after: Duration
        var event: PodEvent
    }

    /// What a run of a container does by itself, from its start at `began` on, in the order of time.
    func course(of name: String, _ id: String, _ attempt: Int, _ pod: Pod, _ began: Instant) -> [Later] {
        guard let container = pod.anyContainer(name) else { return [] }
        var course: [Later] = []
        let role = PodLifecycle(pod.spec).role(of: name)
        var delay = Duration.zero
        if container.startupProbe != nil {
            delay = length(stage.startup, "startup " + name, attempt)
            course.append(Later(after: delay, event: .probed(.startup, of: name, id, true)))
        }
        if container.readinessProbe != nil {
            delay += length(stage.ready, "ready " + name, attempt)
            course.append(Later(after: delay, event: .probed(.readiness, of: name, id, true)))
        }
        if role == .initializing {
            let after = length(stage.initialization, "initialization " + name, attempt)
            course.append(
                Later(
                    after: after,
                    event: .containerEnded(
                        container: name, id: id, exit: Self.exit(0, at: began + after))))
        }
        if role == .main, let end = stage.end, attempt < end.times ?? .max {
            let after = length(end.after, "end " + name, attempt)
            course.append(
                Later(
                    after: after,
                    event: .containerEnded(
                        container: name, id: id, exit: Self.exit(end.code, at: began + after))))
        }
        return course.sorted { $0.after < $1.after }
    }

    /// What follows on an event by itself: a container that flaps.
    func consequence(of event: PodEvent, _ pod: Pod, count: Int) -> Later? {
        guard let flaps = stage.flaps, case .probed(let name, let id, .readiness, let isHealthy, _, _) = event,
            PodLifecycle(pod.spec).role(of: name) == .main
        else { return nil }
        let span = isHealthy ? flaps.every : flaps.lasting
        let after = length(span, "flap " + name, count)
        return Later(after: after, event: .probed(.readiness, of: name, id, !isHealthy))
    }

    private func length(_ span: Span, _ what: String, _ count: Int) -> Duration {
        span.least == span.most ? span.least : span.length(chance.number(what, count))
    }

    private static func exit(_ code: Int, at instant: Instant) -> ContainerMemory.Exit {
        ContainerMemory.Exit(
            code: code, signal: 0, reason: code == 0 ? "Completed" : "Error", message: "", finishedAt: instant)
    }
}

extension PodEvent {
    static func probed(_ kind: ProbeKind, of name: String, _ id: String, _ isHealthy: Bool) -> PodEvent {
        .probed(container: name, id: id, kind, isHealthy: isHealthy, message: "", graceSeconds: nil)
    }
}

extension Pod {
    fileprivate func anyContainer(_ name: String) -> Container? {
        spec.containers.first { $0.name == name } ?? spec.initContainers.first { $0.name == name }
    }
    fileprivate func image(of name: String) -> String { anyContainer(name)?.image ?? "" }
}
