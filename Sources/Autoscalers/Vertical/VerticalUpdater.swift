import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging
import Synchronization

/// Brings pods that run to what is recommended: once a period it resizes those that need it where they are, or evicts them by
/// the eviction API, so that budgets hold; new ones get their sizes when they are made.
public final class VerticalUpdater: ControlLoop {
    public static let identity = LoopIdentity.serviceAccount(
        "vpa-updater", agent: "vpa-updater",
        follows: [VerticalPodAutoscaler.resource, LimitRange.resource] + VerticalTargets.reads,
        calls: VerticalTargets.calls + [
            Permission(.create, Pod.resource, subresource: .eviction),
            Permission(.patch, Pod.resource, subresource: .resize), .patch(Pod.self),
        ])

    public var name: String { "vpa-updater" }
    private let context: LoopContext
    private let settings: VerticalSettings
    private let explainer: VerticalExplainer
    private let targets: VerticalTargets
    /// Since when pods are seen being resized, by uid and the clock that nobody sets.
    private let resizing = Mutex<[String: Int64]>([:])

    public init(
        _ context: LoopContext, _ settings: VerticalSettings = VerticalSettings(),
        explainer: VerticalExplainer = VerticalExplainer()
    ) {
        self.context = context.acting(as: Self.identity)
        self.settings = settings
        self.explainer = explainer
        targets = VerticalTargets(context: self.context)
    }

    public func run() async throws {
        resizing.withLock { $0 = [:] }
        let follows = [VerticalPodAutoscaler.resource, LimitRange.resource] + VerticalTargets.reads
        try await context.world.waitUntilSynced(follows)
        let recorder = EventRecorder(context, component: "vpa-updater")
        await withDiscardingTaskGroup { group in
            group.addTask { await recorder.run() }
            while !Task.isCancelled {
                await turn(recorder)
                do { try await context.clock.sleep(for: settings.updaterInterval) } catch { break }
            }
            group.cancelAll()
        }
    }

    /// One look at all.
    func turn(_ recorder: EventRecorder) async {
        let world = context.world
        if world.cache(VerticalPodAutoscaler.self).count == 0 { return }
        let pods = world.cache(Pod.self).all().filter { pod in
            !pod.isBeingDeleted && pod["spec", "nodeName"] != nil
                && !["Succeeded", "Failed"].contains(pod["status", "phase"]?.string ?? "")
        }
        let uptime = context.clock.uptime
        resizing.withLock { seen in
            let now = Set(pods.filter { UpdateRound.isResizing($0) }.map(\.uid))
            seen = seen.filter { now.contains($0.key) }
            for uid in now where seen[uid] == nil { seen[uid] = uptime }
        }
        var autoscalers: [String: [JSON]] = [:]
        for autoscaler in world.cache(VerticalPodAutoscaler.self).all() {
            autoscalers[autoscaler.key.namespace, default: []].append(autoscaler)
        }
        var governed: [ObjectKey: [JSON]] = [:]
        for pod in pods {
            guard let rivals = autoscalers[pod.key.namespace] else { continue }
            let touching = rivals.filter { VerticalPolicy($0).mode.touchesPods }
            let found = VerticalTarget.governing(
                pod, among: touching, targets.lookup, isScalable: targets.isScalable)
            if let found { governed[found.key, default: []].append(pod) }
        }
        for autoscaler in autoscalers.values.flatMap({ $0 }).sorted(by: { $0.key < $1.key }) {
            let pods = (governed[autoscaler.key] ?? []).sorted { $0.key < $1.key }
            let verdicts = await update(VerticalPodAutoscaler(autoscaler), pods, recorder)
            explainer.keep(updates: verdicts, autoscaler.key)
        }
    }

    private func configured(_ kind: String, _ key: ObjectKey) -> Int? {
        guard let resource = VerticalTarget.resources[kind] else { return 0 }
        guard let controller = targets.lookup(resource, key) else { return nil }
        let count =
            kind == "DaemonSet"
            ? controller["status", "numberReady"]?.int : controller["spec", "replicas"]?.int
        return count == 0 ? nil : count
    }

    // MARK: One autoscaler's pods

    private struct Candidate {
        var pod: JSON
        var priority: UpdatePriority
        var recommendation: PodRecommendation
    }

    /// What became of each pod, told.
    private func update(
        _ autoscaler: VerticalPodAutoscaler, _ pods: [JSON], _ recorder: EventRecorder
    ) async -> JSON? {
        if pods.isEmpty || autoscaler.json["status", "recommendation"] == nil { return nil }
        let policy = VerticalPolicy(autoscaler.json)
        var round = UpdateRound(pods, policy, settings) { kind, name in
            configured(kind, ObjectKey(namespace: autoscaler.namespace, name: name))
        }
        let ranges = context.world.cache(LimitRange.self).all(in: autoscaler.namespace)
        var told: [(pod: String, decision: String, reason: String)] = []
        var candidates: [Candidate] = []
        for pod in pods {
            let recommendation = PodRecommendation(autoscaler.json, pod, limitRanges: ranges)
            let priority = UpdatePriority(pod, recommendation)
            if let objection = UpdatePriority.objection(
                to: pod, priority, recommendation, policy, context.clock.now, settings)
            {
                told.append((pod.key.name, "none", objection))
            } else {
                candidates.append(Candidate(pod: pod, priority: priority, recommendation: recommendation))
            }
        }
        candidates.sort { $1.priority < $0.priority }
        for candidate in candidates {
            if Task.isCancelled { break }
            let pod = candidate.pod
            let since = self.since(pod)
            var decision = round.decision(pod, resizing: since)
            var reason = ""
            if decision == .resize {
                if let failure = await resize(candidate, recorder) {
                    reason = failure
                    decision = round.eviction(pod, resizing: since)
                } else {
                    round.resized(pod)
                }
            }
            switch decision {
            case .resize: told.append((pod.key.name, "resized", reason))
            case .wait(let why): told.append((pod.key.name, "waits", reason.isEmpty ? why : "\(reason); \(why)"))
            case .evict:
                if let failure = await evict(pod, autoscaler, recorder) {
                    told.append((pod.key.name, "waits", failure))
                } else {
                    round.evicted(pod)
                    told.append((pod.key.name, "evicted", reason))
                }
            }
            if settings.updatePause > .zero { try? await context.clock.sleep(for: settings.updatePause) }
        }
        return JSON(
            told.map { ["pod": JSON($0.pod), "decision": JSON($0.decision), "reason": JSON($0.reason)] as JSON })
    }

    private func since(_ pod: JSON) -> Duration {
        let uptime = context.clock.uptime
        return .nanoseconds(uptime - (resizing.withLock { $0[pod.uid] } ?? uptime))
    }

    // MARK: Doing it

    /// What went wrong; nil when the pod was resized.
    private func resize(_ candidate: Candidate, _ recorder: EventRecorder) async -> String? {
        let pod = candidate.pod
        var containers: [JSON] = []
        for container in candidate.recommendation.containers {
            guard let sizes = candidate.recommendation.sizes(of: container.name) else { continue }
            var resources: JSON = ["requests": sizes.requests.json]
            if !sizes.limits.isEmpty { resources["limits"] = sizes.limits.json }
            containers.append(["name": JSON(container.name), "resources": resources])
        }
        if containers.isEmpty { return "nothing is recommended of it" }
        do {
            _ = try await context.api.patch(
                Pod.resource, pod.key, .strategicMerge, ["spec": ["containers": JSON(containers)]],
                subresource: .resize)
        } catch {
            return (error as? StatusError)?.message ?? "\(error)"
        }
        recorder.record(
            EventNote(Pod(pod), .normal, "InPlaceResizedByVPA", "Pod was resized in place by VPA Updater."))
        let patch: JSON = ["metadata": ["annotations": JSON([VerticalAnnotations.inPlaceUpdated: "true"])]]
        do {
            _ = try await context.api.patch(Pod.resource, pod.key, .merge, patch, subresource: nil)
        } catch {
            context.logger.debug(
                "A pod that was resized could not be marked", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
        }
        return nil
    }

    /// What went wrong; nil when the pod was evicted.
    private func evict(
        _ pod: JSON, _ autoscaler: VerticalPodAutoscaler, _ recorder: EventRecorder
    ) async -> String? {
        let eviction: JSON = [
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": ["name": JSON(pod.key.name), "namespace": JSON(pod.key.namespace)],
            "deleteOptions": ["preconditions": ["uid": JSON(pod.uid)]],
        ]
        do {
            _ = try await context.api.create(Pod.resource, eviction, name: pod.key.name, subresource: .eviction)
        } catch {
            return (error as? StatusError)?.message ?? "\(error)"
        }
        recorder.record(
            EventNote(
                Pod(pod), .normal, "EvictedByVPA",
                "Pod was evicted by VPA Updater to apply resource recommendation."))
        recorder.record(
            EventNote(
                autoscaler, .normal, "EvictedPod",
                "VPA Updater evicted Pod \(pod.key.name) to apply resource recommendation."))
        return nil
    }
}
