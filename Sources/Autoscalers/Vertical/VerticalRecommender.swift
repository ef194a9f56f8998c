import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging
import Synchronization

/// Finds out what pods' containers should ask for: looks once a period at what they use, reports it in each autoscaler's status,
/// and keeps what it remembers in checkpoints. Time is by a clock that nobody sets.
public final class VerticalRecommender: ControlLoop {
    public static let identity = LoopIdentity.serviceAccount(
        "vpa-recommender", agent: "vpa-recommender",
        follows: [VerticalPodAutoscaler.resource, VerticalPodAutoscalerCheckpoint.resource] + VerticalTargets.reads,
        calls: VerticalTargets.calls + [
            .status(VerticalPodAutoscaler.self), .create(VerticalPodAutoscalerCheckpoint.self),
            .update(VerticalPodAutoscalerCheckpoint.self), .delete(VerticalPodAutoscalerCheckpoint.self),
        ], recordsEvents: false)
    /// The recommender that autoscalers name, or none.
    static let recommenderName = "default"

    public var name: String { "vpa-recommender" }
    public let explainer: VerticalExplainer
    private let context: LoopContext
    private let usage: CollectedUsage
    private let settings: VerticalSettings
    private let targets: VerticalTargets

    private struct Memory: Sendable {
        var histories: [ObjectKey: VerticalHistory] = [:]
        var start: Instant
        var startUptime: Int64
        var lastCleanup: Instant
    }
    private let memory: Mutex<Memory>

    public init(
        _ context: LoopContext, usage: CollectedUsage, _ settings: VerticalSettings = VerticalSettings(),
        explainer: VerticalExplainer = VerticalExplainer()
    ) {
        self.context = context.acting(as: Self.identity)
        self.usage = usage
        self.settings = settings
        self.explainer = explainer
        targets = VerticalTargets(context: self.context)
        memory = Mutex(Self.begin(context.clock))
    }

    private static func begin(_ clock: any TimeSource) -> Memory {
        Memory(start: clock.now, startUptime: clock.uptime, lastCleanup: clock.now)
    }

    /// The time of day when it began, and what has passed since: a clock that is set changes nothing of what is remembered.
    private var now: Instant {
        let uptime = context.clock.uptime
        return memory.withLock { $0.start + .nanoseconds(uptime - $0.startUptime) }
    }

    public func run() async throws {
        memory.withLock { $0 = Self.begin(context.clock) }
        try await context.world.waitUntilSynced(Self.follows)
        while !Task.isCancelled {
            await turn()
            do { try await context.clock.sleep(for: settings.recommenderInterval) } catch { return }
        }
    }

    private static let follows =
        [VerticalPodAutoscaler.resource, VerticalPodAutoscalerCheckpoint.resource] + VerticalTargets.reads

    /// One look at all.
    func turn() async {
        let now = now
        let all = context.world.all(VerticalPodAutoscaler.self)
        let own = all.filter { Self.isOurs($0) }.sorted { $0.key < $1.key }
        let keys = Set(own.map(\.key))
        memory.withLock { $0.histories = $0.histories.filter { keys.contains($0.key) } }
        explainer.keep(only: keys)
        for autoscaler in own { await look(autoscaler, now) }
        let isDue = memory.withLock { memory in
            guard now - memory.lastCleanup >= settings.checkpointCleanupInterval else { return false }
            memory.lastCleanup = now
            return true
        }
        if isDue { await removeCheckpoints(except: Set(all.map(\.key))) }
    }

    private static func isOurs(_ autoscaler: VerticalPodAutoscaler) -> Bool {
        let names = autoscaler.spec.recommenders.map { $0.name ?? "" }
        return names.isEmpty || names.contains(recommenderName)
    }

    // MARK: One autoscaler

    private func look(_ autoscaler: VerticalPodAutoscaler, _ now: Instant) async {
        let target = autoscaler.json["spec", "targetRef"]
        let known = memory.withLock { $0.histories[autoscaler.key] }
        var history = known ?? remembered(autoscaler, now)
        if history.target != target { history = VerticalHistory(target: target) }
        var report = VerticalReport(policy: VerticalPolicy(autoscaler.json))
        switch await targets.selector(of: autoscaler) {
        case .fault(let sentence): report.fault = sentence
        case .selector(let selector):
            let pods = context.world.cache(Pod.self).all(in: autoscaler.namespace).filter {
                selector.matches(labelsOf: $0)
            }
            report.podCount = pods.count { !["", "Pending"].contains($0["status", "phase"]?.string ?? "") }
            for pod in pods {
                if let use = usage.pod(pod.key) {
                    history.used(pod.uid, Self.withoutInitContainers(use, pod), now, settings)
                }
                history.look(at: pod, now, settings)
            }
            history.keep(only: Set(pods.map(\.uid)), now, settings)
        }
        report.recommendations = history.recommendations(report.policy, settings)
        report.confidence = history.confidence(report.policy, settings)
        memory.withLock { $0.histories[autoscaler.key] = history }
        explain(autoscaler, report, history)
        await write(autoscaler, report)
        await writeCheckpoints(autoscaler, history, now)
    }

    private static func withoutInitContainers(_ use: UsageTable.PodRates, _ pod: JSON) -> UsageTable.PodRates {
        let names = (pod["spec", "initContainers"]?.elements ?? []).compactMap { $0["name"]?.string }
        if names.isEmpty { return use }
        return UsageTable.PodRates(containers: use.containers.filter { !names.contains($0.name) })
    }

    private func write(_ autoscaler: VerticalPodAutoscaler, _ report: VerticalReport) async {
        let status = report.status(of: autoscaler.json, context.clock.now)
        guard status != autoscaler.json["status"] else { return }
        var new = autoscaler
        new.json["status"] = status
        await attempt("The recommendation cannot be reported", autoscaler.key) { api in
            _ = try await api.updateStatus(new)
        }
    }

    private func attempt(
        _ sentence: Logger.Message, _ key: ObjectKey, _ body: (any ClusterAPI) async throws -> Void
    ) async {
        do {
            try await body(context.api)
        } catch let error as StatusError where error.reason == .conflict || error.code == 404 {
            // Somebody was quicker; the next look sees it.
        } catch {
            context.logger.warning(sentence, metadata: ["autoscaler": "\(key)", "error": "\(error)"])
        }
    }

    private func explain(_ autoscaler: VerticalPodAutoscaler, _ report: VerticalReport, _ history: VerticalHistory) {
        let status = report.status(of: autoscaler.json, context.clock.now)
        var json: JSON = [
            "kind": "VerticalPodAutoscaler", "namespace": JSON(autoscaler.namespace), "name": JSON(autoscaler.name),
            "target": autoscaler.json["spec", "targetRef"] ?? .object, "mode": JSON(report.policy.mode.rawValue),
            "time": context.clock.now.json, "podCount": JSON(report.podCount),
        ]
        if let fault = report.fault { json["error"] = JSON(fault) }
        json["conditions"] = status["conditions"]
        let recommended = status["recommendation", "containerRecommendations"]?.elements ?? []
        json["containers"] = JSON(
            history.aggregates.sorted { $0.key < $1.key }.map { name, aggregate -> JSON in
                var container: JSON = [
                    "name": JSON(name), "samples": JSON(aggregate.sampleCount),
                    "confidenceDays": JSON((aggregate.confidence(settings) * 1000).rounded() / 1000),
                    "isOff": JSON(report.policy.isOff(name)),
                ]
                container["firstSample"] = aggregate.first?.json
                container["lastSample"] = aggregate.last?.json
                container["recommendation"] = recommended.first { $0["containerName"]?.string == name }
                return container
            })
        explainer.keep(recommendation: json, autoscaler.key)
    }

    // MARK: Checkpoints

    private static func checkpointKey(_ autoscaler: VerticalPodAutoscaler, _ container: String) -> ObjectKey {
        ObjectKey(namespace: autoscaler.namespace, name: "\(autoscaler.name)-\(container)")
    }

    /// What checkpoints say of an autoscaler that is seen for the first time.
    private func remembered(_ autoscaler: VerticalPodAutoscaler, _ now: Instant) -> VerticalHistory {
        var history = VerticalHistory(target: autoscaler.json["spec", "targetRef"])
        let made = Instant(autoscaler.json["metadata", "creationTimestamp"]) ?? .distantPast
        for checkpoint in context.world.all(VerticalPodAutoscalerCheckpoint.self, in: autoscaler.namespace) {
            guard checkpoint.json["spec", "vpaObjectName"]?.string == autoscaler.name else { continue }
            // Those of one that had the same name are not its own.
            guard Instant(checkpoint.json["metadata", "creationTimestamp"]) ?? .distantPast >= made else { continue }
            do {
                try history.load(checkpoint.json, now)
            } catch {
                context.logger.warning(
                    "A checkpoint cannot be used",
                    metadata: ["checkpoint": "\(checkpoint.key)", "error": "\(error)"])
            }
        }
        return history
    }

    private func writeCheckpoints(
        _ autoscaler: VerticalPodAutoscaler, _ history: VerticalHistory, _ now: Instant
    ) async {
        for (container, status) in history.checkpoints(now).sorted(by: { $0.key < $1.key }) {
            let key = Self.checkpointKey(autoscaler, container)
            let old = context.world.get(VerticalPodAutoscalerCheckpoint.self, key)
            if let old, Self.isSame(old.json["status"], status) { continue }
            var checkpoint = old ?? VerticalPodAutoscalerCheckpoint()
            checkpoint.json["metadata", "name"] = JSON(key.name)
            checkpoint.json["metadata", "namespace"] = JSON(key.namespace)
            checkpoint.json["spec"] = [
                "vpaObjectName": JSON(autoscaler.name), "containerName": JSON(container),
            ]
            checkpoint.json["status"] = status
            let (new, isNew) = (checkpoint, old == nil)
            await attempt("A checkpoint cannot be written", autoscaler.key) { api in
                _ = isNew ? try await api.create(new) : try await api.update(new)
            }
        }
    }

    /// Whether nothing was measured since.
    private static func isSame(_ old: JSON?, _ new: JSON) -> Bool {
        ["version", "cpuHistogram", "memoryHistogram", "totalSamplesCount"].allSatisfy { old?[$0] == new[$0] }
    }

    private func removeCheckpoints(except keys: Set<ObjectKey>) async {
        for checkpoint in context.world.all(VerticalPodAutoscalerCheckpoint.self) {
            let owner = ObjectKey(
                namespace: checkpoint.namespace, name: checkpoint.json["spec", "vpaObjectName"]?.string ?? "")
            if keys.contains(owner) { continue }
            await attempt("A checkpoint cannot be removed", owner) { api in
                try await api.delete(
                    VerticalPodAutoscalerCheckpoint.self, checkpoint.key, DeletionOptions(uid: checkpoint.uid))
            }
        }
    }
}
