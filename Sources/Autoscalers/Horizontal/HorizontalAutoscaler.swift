import APIMachinery
import Basics
import ControlLoops
import CoreMetrics
import Instruments
import KubeAPI
import Synchronization

/// The loop of HorizontalPodAutoscalers: looks at each when its spec changes and once every period, lets
/// `HorizontalDecision` judge, and scales its target. The period is by a clock that nobody sets.
public struct HorizontalAutoscaler: ControlLoop {
    public static let identity = LoopIdentity.controller(
        "horizontal-pod-autoscaler", follows: [HorizontalPodAutoscaler.resource, Pod.resource],
        calls: [
            .status(HorizontalPodAutoscaler.self), Permission(.get, Permission.everything, subresource: .scale),
            Permission(.update, Permission.everything, subresource: .scale),
        ])

    public var name: String { "horizontalpodautoscaler" }
    public var counts: WorkQueueCounts? { controller.queue.counts }
    /// What it thought at the last look at each.
    public let explainer: ScalingExplainer

    private let context: LoopContext
    private let source: any ScalingMetrics
    private let settings: HorizontalSettings
    private let controller: Controller<ObjectKey>
    private let memory = Memory()
    private let metrics: HorizontalMetrics
    /// Tries to write a scale that others write, too.
    private static let attempts = 5

    public init(
        _ context: LoopContext, metrics source: any ScalingMetrics, _ settings: HorizontalSettings = .init(),
        explainer: ScalingExplainer = ScalingExplainer()
    ) {
        self.context = context.acting(as: Self.identity)
        self.source = source
        self.settings = settings
        self.explainer = explainer
        metrics = HorizontalMetrics(context.metrics)
        controller = Controller(
            "horizontalpodautoscaler", self.context, concurrency: settings.concurrency
        ) { [HorizontalPodAutoscaler.resource, Pod.resource] }
    }

    /// What is remembered of each autoscaler.
    private final class Memory: Sendable {
        private struct Entry: Sendable {
            var history = ScalingHistory()
            /// Of its target, as it last was.
            var selector = LabelSelector.nothing
        }
        private let entries = Mutex<[ObjectKey: Entry]>([:])

        func forget(_ key: ObjectKey) { entries.withLock { $0[key] = nil } }
        func history(_ key: ObjectKey) -> ScalingHistory { entries.withLock { $0[key]?.history ?? ScalingHistory() } }
        func keep(_ history: ScalingHistory, _ key: ObjectKey) {
            entries.withLock { $0[key, default: Entry()].history = history }
        }
        /// The autoscalers, this one included, that count some of the pods as theirs.
        func claimants(_ key: ObjectKey, _ selector: LabelSelector, _ pods: [Pod]) -> [ObjectKey] {
            entries.withLock { entries in
                entries[key, default: Entry()].selector = selector
                return entries.filter { other, entry in
                    other.namespace == key.namespace && pods.contains { entry.selector.matches($0.labels) }
                }.map(\.key).sorted()
            }
        }
    }

    // MARK: When it looks

    public func run() async throws {
        let world = context.world
        try await world.waitUntilSynced([HorizontalPodAutoscaler.resource, Pod.resource])
        let cache = world.cache(HorizontalPodAutoscaler.self)
        let observation = cache.observe { [queue = controller.queue] change in
            // Its own reports wake nobody.
            guard change.old?["spec"] != change.new?["spec"] || change.old?.uid != change.new?.uid else { return }
            queue.add([change.key], revision: change.revision)
        }
        let sampling = context.metrics.sampled { [metrics] in metrics.count.set(cache.count) }
        defer {
            cache.stopObserving(observation)
            sampling.end()
        }
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    do { try await context.clock.sleep(for: settings.syncPeriod) } catch { return }
                    controller.queue.add(cache.all().map(\.key))
                }
            }
            await controller.run(component: "horizontal-pod-autoscaler") { key in await look(key) }
            group.cancelAll()
        }
    }

    // MARK: One look

    private func look(_ key: ObjectKey) async -> [Change] {
        guard let autoscaler = context.world.get(HorizontalPodAutoscaler.self, key) else {
            memory.forget(key)
            explainer.forget(key)
            return []
        }
        let began = context.clock.uptime
        let decision = HorizontalDecision(settings: settings)
        var history = memory.history(key)
        var verdict: HorizontalVerdict
        var view: HorizontalView?
        var isSpecAtFault = false
        do {
            let (resource, scale) = try await target(of: autoscaler)
            var seen = HorizontalView(
                autoscaler: autoscaler, scale: ScaleState(scale), now: context.clock.now, uptime: began)
            if decision.course(autoscaler, seen.scale) == .metrics { observe(&seen) }
            verdict = decision.verdict(seen, &history)
            if let (replicas, _) = verdict.rescale {
                let error = await write(replicas, to: resource, scale)
                decision.settle(&verdict, seen, error: error, &history)
            }
            memory.keep(history, key)
            for (metric, proposal) in zip(autoscaler.spec.metrics, verdict.proposals) {
                metrics.computed(proposal, current: seen.scale.replicas, type: metric.type ?? "")
            }
            view = seen
        } catch {
            isSpecAtFault = error is BadReference
            let sentence = (error as? StatusError)?.message ?? "\(error)"
            verdict = decision.unreachable(autoscaler, sentence, context.clock.now)
        }
        metrics.looked(
            verdict, current: view?.scale.replicas ?? 0, isSpecAtFault: isSpecAtFault,
            nanoseconds: context.clock.uptime - began)
        explainer.keep(ScalingExplanation(autoscaler, view, verdict, history, settings).json, key)
        return changes(autoscaler, verdict)
    }

    private func changes(_ autoscaler: HorizontalPodAutoscaler, _ verdict: HorizontalVerdict) -> [Change] {
        var changes: [Change] = verdict.notes.map {
            .note(EventNote(autoscaler, $0.isWarning ? .warning : .normal, $0.reason, $0.message))
        }
        if verdict.status != ScalingStatus(autoscaler) {
            var new = autoscaler
            new.json["status"] = verdict.status.json
            changes.append(.updateStatus(new))
        }
        return changes
    }

    private func observe(_ view: inout HorizontalView) {
        guard !view.scale.selector.isEmpty, let selector = try? LabelSelector(parsing: view.scale.selector) else {
            return
        }
        let namespace = view.autoscaler.namespace
        let pods = context.world.all(Pod.self, in: namespace).filter { selector.matches($0.labels) }
            .sorted { $0.name < $1.name }
        view.pods = pods.map { ScaledPod($0) }
        view.claimants = memory.claimants(view.autoscaler.key, selector, pods)
        view.readings = view.autoscaler.spec.metrics.map {
            MetricReading($0, namespace: namespace, selector, from: source)
        }
    }

    // MARK: The target

    private struct BadReference: Error, CustomStringConvertible { var description: String }

    /// The target's resource and its Scale; throws what the server says of it.
    private func target(of autoscaler: HorizontalPodAutoscaler) async throws -> (GroupResource, JSON) {
        let reference = autoscaler.spec.scaleTargetRef ?? CrossVersionObjectReference()
        let version = reference.apiVersion ?? ""
        guard version.count(where: { $0 == "/" }) <= 1 else {
            throw BadReference(description: "unexpected GroupVersion string: \(version)")
        }
        let kind = GroupVersionKind(apiVersion: version, kind: reference.kind ?? "")
        let resources = context.kinds.current.resources.filter {
            $0.groupVersionKind.group == kind.group && $0.groupVersionKind.kind == kind.kind
        }
        guard let resource = resources.first?.groupResource else {
            throw StatusError(
                code: 404, reason: .notFound,
                message: "no matches for kind \"\(kind.kind)\" in group \"\(kind.group)\"")
        }
        let key = ObjectKey(namespace: autoscaler.namespace, name: reference.name ?? "")
        return (resource, try await context.api.get(resource, key, subresource: .scale))
    }

    /// Sets the target's size, also when somebody else changes it at the same time; the sentence of what went wrong.
    private func write(_ replicas: Int, to resource: GroupResource, _ scale: JSON) async -> String? {
        var scale = scale
        var failure: String?
        for _ in 0..<Self.attempts {
            scale["spec", "replicas"] = JSON(replicas)
            do {
                _ = try await context.api.update(resource, scale, subresource: .scale)
                return nil
            } catch {
                let status = error as? StatusError
                failure = status?.message ?? "\(error)"
                guard status?.reason == .conflict,
                    let newer = try? await context.api.get(resource, scale.key, subresource: .scale)
                else { return failure }
                scale = newer
            }
        }
        return failure
    }
}
