import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// Keeps one task per probe of each running container of a pod. The first checks come at once (spread by nobody: nodes
/// are small), the others each period.
final class PodProber: Sendable {
    private struct Identity: Hashable {
        var id: String
        var kind: ProbeKind
    }
    private let context: PodContext
    private let report: @Sendable (PodEvent) async -> Void
    private let tasks = Mutex<[Identity: Task<Void, Never>]>([:])

    init(context: PodContext, report: @escaping @Sendable (PodEvent) async -> Void) {
        self.context = context
        self.report = report
    }

    /// Starts the probes that the state calls for and ends the others.
    func follow(_ pod: Pod, _ state: PodState) {
        var wanted: [Identity: @Sendable () async -> Void] = [:]
        for container in pod.spec.containers + pod.spec.initContainers.filter(\.isSidecar) {
            guard let memory = state.containers[container.name ?? ""], memory.isRunning, let run = memory.run,
                memory.activity != .starting, let startedAt = run.startedAt, let ip = state.podIP
            else { continue }
            let isStarted = memory.progress(container).isStarted
            let target = ProbeRunner.Target(
                podIP: ip, hostIP: context.configuration.nodeIP, container: container, id: run.id)
            for (kind, probe) in [
                (ProbeKind.startup, container.startupProbe), (.readiness, container.readinessProbe),
                (.liveness, container.livenessProbe),
            ] {
                guard let probe, kind == .startup ? !isStarted : isStarted else { continue }
                // A container that ends is only asked whether it still takes traffic.
                if case .stopping = memory.activity, kind != .readiness { continue }
                if pod.isBeingDeleted, kind != .readiness { continue }
                wanted[Identity(id: run.id, kind: kind)] = { [context, report] in
                    await ProbeLoop(context: context, pod: pod, kind: kind, probe: probe, target: target)
                        .run(startedAt: startedAt, report)
                }
            }
        }
        tasks.withLock { tasks in
            for (identity, task) in tasks where wanted[identity] == nil {
                task.cancel()
                tasks[identity] = nil
            }
            for (identity, work) in wanted where tasks[identity] == nil { tasks[identity] = Task(operation: work) }
        }
    }
    func stop() {
        tasks.withLock { tasks in
            for task in tasks.values { task.cancel() }
            tasks = [:]
        }
    }
}

/// One probe of one run of a container.
struct ProbeLoop: Sendable {
    let context: PodContext
    let pod: Pod
    let kind: ProbeKind
    let probe: Probe
    let target: ProbeRunner.Target

    private func recordEvent(_ reason: String, _ message: String) {
        context.events.record(
            pod.reference(container: target.container.name ?? ""), isWarning: true, reason: reason, message: message)
    }

    func run(startedAt: Instant, _ report: @Sendable (PodEvent) async -> Void) async {
        var counter = ProbeCounter(kind, probe)
        let name = target.container.name ?? ""
        let first = startedAt + .seconds(probe.initialDelaySeconds ?? 0)
        if context.clock.now < first { try? await context.clock.sleep(until: first) }
        while !Task.isCancelled {
            let outcome = await context.probes.check(probe, target)
            if Task.isCancelled { return }
            let result: ProbeCounts.Result =
                switch outcome {
                case .healthy, .warning: .successful
                case .unhealthy: .failed
                case .unknown: .unknown
                }
            context.probeCounts.add(result, kind, container: name, pod: (pod.namespace, pod.name, pod.uid))
            var message = ""
            switch outcome {
            case .healthy: break
            case .warning(let what): recordEvent("ProbeWarning", "\(kind.rawValue) probe warning: \(what)")
            case .unhealthy(let why):
                message = why
                recordEvent("Unhealthy", "\(kind.rawValue) probe failed: \(why)")
            case .unknown(let why, let result):
                recordEvent("Unhealthy", "\(kind.rawValue) probe errored and resulted in \(result) state: \(why)")
            }
            if let isHealthy = outcome.isHealthy, let verdict = counter.count(isHealthy) {
                if !verdict, kind != .readiness {
                    message = "Container \(name) failed \(kind.rawValue.lowercased()) probe, will be restarted"
                }
                await report(
                    .probed(
                        container: name, id: target.id, kind, isHealthy: verdict, message: message,
                        graceSeconds: probe.terminationGracePeriodSeconds))
                if kind == .startup || (!verdict && kind == .liveness) { return }
            }
            try? await context.clock.sleep(for: .seconds(max(1, probe.periodSeconds ?? 10)))
        }
    }
}
