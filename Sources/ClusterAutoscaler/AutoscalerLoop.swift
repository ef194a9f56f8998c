import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging
import Scheduler
import Synchronization

/// Makes nodes for pods that find no room, and removes nodes that nobody needs: looks at the cluster every few seconds.
public final class AutoscalerLoop: ControlLoop {
    public let name = "cluster-autoscaler"
    private static let follows = PlacementTrial.reads + [DaemonSet.resource]
    /// Kubernetes has no such loop; the autoscaler project runs it under this account.
    public static let identity = LoopIdentity.serviceAccount(
        "cluster-autoscaler", agent: "cluster-autoscaler", follows: follows,
        calls: [
            Permission(.get, Node.resource), Permission(.patch, Node.resource),
            Permission(.create, Pod.resource, subresource: .eviction), Permission(.get, ConfigMap.resource),
            .create(ConfigMap.self), .update(ConfigMap.self),
        ])

    let context: LoopContext
    let provider: any NodeProvider
    let options: AutoscalerOptions
    /// What it thought at the last look.
    public let explainer: NodeScalingExplainer
    private let metrics: AutoscalerMetrics
    private let core: Mutex<AutoscalerCore>

    public convenience init(
        _ context: LoopContext, _ provider: any NodeProvider, _ options: AutoscalerOptions = AutoscalerOptions(),
        _ explainer: NodeScalingExplainer = NodeScalingExplainer()
    ) {
        self.init(context, provider, options, explainer, random: SplitMix64())
    }
    init(
        _ context: LoopContext, _ provider: any NodeProvider, _ options: AutoscalerOptions,
        _ explainer: NodeScalingExplainer = NodeScalingExplainer(), random: SplitMix64
    ) {
        self.explainer = explainer
        self.context = context.acting(as: Self.identity)
        self.provider = provider
        self.options = options
        metrics = AutoscalerMetrics(context.metrics)
        core = Mutex(AutoscalerCore(options, random: random))
    }

    var state: AutoscalerState { core.withLock { $0.state } }

    /// Runs until the task is cancelled; a world must be running beside it.
    public func run() async throws {
        try await context.world.waitUntilSynced(Self.follows)
        let recorder = EventRecorder(context, component: "cluster-autoscaler")
        await withDiscardingTaskGroup { group in
            group.addTask { await recorder.run() }
            // Who was being emptied when the last process ended is not any more.
            for node in context.world.all(Node.self) where node.hasTaint(NodeTaints.toBeDeleted) {
                await NodeDrain(context: context, options: options).giveBack(node.name)
            }
            while !Task.isCancelled {
                do {
                    for removal in try await turn(recorder) { group.addTask { await removal() } }
                } catch {
                    context.logger.warning("The nodes cannot be looked at", metadata: ["error": "\(error)"])
                }
                do { try await context.clock.sleep(for: options.scanInterval) } catch { break }
            }
            group.cancelAll()
        }
    }

    /// One look, and what follows from it at once; returns the removals of nodes, which take their time.
    func turn(_ recorder: EventRecorder) async throws -> [@Sendable () async -> Void] {
        let began = ContinuousClock.now
        try await provider.refresh()
        let groups = try await provider.groups()
        var instances: [String: [NodeInstance]] = [:]
        for group in groups { instances[group.id] = try await provider.instances(of: group.id) }
        let look = ClusterLook(
            groups: groups, instances: instances, nodes: context.world.all(Node.self),
            pods: context.world.all(Pod.self), now: context.clock.now, options)
        let priorities = await priorities(recorder)
        let decision = core.withLock { core in
            core.decide(
                look, PlacementTrial(context.world), budgets: context.world.all(PodDisruptionBudget.self),
                daemons: Self.daemons(context.world.all(DaemonSet.self)), priorities: priorities)
        }
        explainer.note(look, decision, core.withLock { $0 })
        metrics.note(look, decision, options)
        for one in decision.giveUps { await giveUp(one, recorder) }
        let raising = ContinuousClock.now
        if let plan = decision.scaleUp { await scaleUp(plan, look, recorder) }
        let seconds = context.clock.now.secondsSince1970
        metrics.took(.scaleUp, ContinuousClock.now - raising, until: seconds)
        metrics.took(.scaleDown, .zero, until: seconds)
        await markCandidates(decision, look)
        await report(look, decision)
        metrics.took(.main, ContinuousClock.now - began, until: seconds)
        return decision.removals.map { one in { [self] in await remove(one, recorder) } }
    }

    /// A pod of each set, as a new node would have it.
    private static func daemons(_ sets: [DaemonSet]) -> [JSON] {
        sets.filter { !$0.isBeingDeleted }.map { set in
            var pod = set.json["spec", "template"] ?? .object
            pod["apiVersion"] = "v1"
            pod["kind"] = "Pod"
            pod["metadata", "namespace"] = JSON(set.namespace)
            pod["metadata", "name"] = JSON("\(set.name)-template")
            pod["metadata", "uid"] = JSON("\(set.uid)-template")
            return pod
        }
    }

    // MARK: Up

    /// nil where no ConfigMap says it, or none that can be read.
    private func priorities(_ recorder: EventRecorder) async -> GroupPriorities? {
        guard options.expanders.contains(.priority) else { return nil }
        let key = ObjectKey(namespace: "kube-system", name: GroupPriorities.name)
        guard let map = try? await context.api.get(ConfigMap.self, key) else { return nil }
        do {
            return try GroupPriorities(yaml: map.json["data", GroupPriorities.field]?.string ?? "")
        } catch {
            recorder.record(
                EventNote(
                    map, .warning, "PriorityConfigMapInvalid",
                    "Wrong configuration for priority expander: \(error). Ignoring update."))
            return nil
        }
    }

    private func giveUp(_ one: AutoscalerCore.GiveUp, _ recorder: EventRecorder) async {
        do {
            if !one.instances.isEmpty { try await provider.delete(one.instances, in: one.group) }
            if one.nameless > 0 { try await provider.decreaseTargetSize(of: one.group, by: one.nameless) }
            if one.kind == .late {
                metrics.removedUnregistered(one.instances.count)
                for name in one.instances {
                    recorder.record(note(.normal, "DeleteUnregistered", "Removed unregistered node \(name)"))
                }
            }
        } catch {
            for name in one.instances {
                recorder.record(
                    note(.warning, "DeleteUnregisteredFailed", "Failed to remove node \(name): \(error)"))
            }
            context.logger.warning(
                "Nodes that did not come cannot be given up",
                metadata: ["group": "\(one.group)", "error": "\(error)"])
        }
        let now = context.clock.now
        switch one.kind {
        case .late:
            recorder.record(
                note(
                    .warning, "ScaleUpTimedOut",
                    "Nodes added to group \(one.group) failed to register within \(one.reason)"))
            metrics.failed("timeout")
            core.withLock {
                $0.failed(one.group, "nodes failed to register within \(one.reason)", code: "timeout", now)
            }
        case .failed(let code):
            recorder.record(
                note(
                    .warning, "FailedToScaleUpGroup", "Scale-up failed for group \(one.group): \(one.reason)"))
            metrics.failed("cloudProviderError")
            core.withLock { $0.failed(one.group, one.reason, code: code, now) }
        }
    }

    private func scaleUp(_ plan: ScaleUpPlan, _ look: ClusterLook, _ recorder: EventRecorder) async {
        var texts: [String] = []
        for increase in plan.increases {
            let sizes = "\(increase.to) instead of \(increase.from) (max: \(increase.maxSize))"
            do {
                recorder.record(
                    note(.normal, "ScaledUpGroup", "Scale-up: setting group \(increase.group) size to \(sizes)"))
                try await provider.increaseSize(of: increase.group, by: increase.to - increase.from)
                core.withLock { $0.increased(increase.group, context.clock.now) }
                metrics.added(increase.to - increase.from)
                recorder.record(
                    note(.normal, "ScaledUpGroup", "Scale-up: group \(increase.group) size set to \(sizes)"))
                texts.append(increase.text)
            } catch {
                core.withLock { $0.failed(increase.group, "\(error)", context.clock.now) }
                metrics.failed("cloudProviderError")
                recorder.record(
                    note(.warning, "FailedToScaleUpGroup", "Scale-up failed for group \(increase.group): \(error)"))
            }
        }
        let pods = look.unschedulable(options)
        let byKey = Dictionary(pods.map { ($0.key, $0) }) { first, _ in first }
        if !texts.isEmpty {
            let text = "pod triggered scale-up: [\(texts.joined(separator: " "))]"
            for key in plan.helped {
                if let pod = byKey[key] { recorder.record(EventNote(pod, .normal, "TriggeredScaleUp", text)) }
            }
        }
        for (key, reasons) in plan.unhelped {
            guard let pod = byKey[key] else { continue }
            let text = reasons.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
            recorder.record(
                EventNote(
                    pod, .normal, "NotTriggerScaleUp",
                    "pod didn't trigger scale-up: \(text.isEmpty ? "there are no node groups" : text)"))
        }
    }

    // MARK: Down

    /// Nodes that will probably go are told so, and others not any more; few at a time, as each is a write.
    private func markCandidates(_ decision: AutoscalerCore.Decision, _ look: ClusterLook) async {
        let unneeded = Set((decision.scaleDown?.unneeded ?? []).map(\.node))
        let leaving = core.withLock { Set($0.leaving.keys) }
        var left = options.maxBulkSoftTaintCount
        for node in look.nodes where left > 0 && look.groupOf[node.name] != nil && !leaving.contains(node.name) {
            let isCandidate = unneeded.contains(node.name)
            guard node.hasTaint(NodeTaints.candidate) != isCandidate else { continue }
            left -= 1
            do {
                try await NodeTaints.set(NodeTaints.candidate, "PreferNoSchedule", on: node.name, isCandidate, context)
            } catch {
                context.logger.debug(
                    "A node cannot be marked", metadata: ["node": "\(node.name)", "error": "\(error)"])
            }
        }
    }

    private func remove(_ one: ScaleDownPlan.Unneeded, _ recorder: EventRecorder) async {
        func tell(_ type: EventNote.Severity, _ reason: String, _ message: String) {
            if let node = context.world.get(Node.self, ObjectKey(name: one.node)) {
                recorder.record(EventNote(node, type, reason, message))
            }
        }
        do {
            recorder.record(note(.normal, one.isEmpty ? "ScaleDownEmpty" : "ScaleDown", Self.sentence(one)))
            tell(.normal, "ScaleDown", "marked the node as toBeDeleted/unschedulable")
            try await drain(recorder).run(one.node, one.pods, ending: one.ending)
            // Somebody may have come before the node was closed.
            let rules = DrainRules(
                options: options, budgets: context.world.all(PodDisruptionBudget.self), now: context.clock.now)
            let more = context.world.all(Pod.self).filter { $0.nodeName == one.node }
            guard more.allSatisfy({ rules.verdict(on: $0) == .staysBehind }) else {
                throw NodeDrain.Failure(description: "a pod came meanwhile")
            }
            try await provider.delete([one.node], in: one.group)
            core.withLock { $0.removed(one.node, context.clock.now) }
            metrics.removed(isEmpty: one.isEmpty)
            tell(.normal, "ScaleDown", "node removed by cluster autoscaler")
        } catch {
            await drain(recorder).giveBack(one.node)
            core.withLock { $0.notRemoved(one.node, context.clock.now) }
            let what = one.isEmpty ? "failed to delete empty node" : "failed to drain the node"
            tell(.warning, "ScaleDownFailed", "\(what): \(error)")
        }
    }

    private func drain(_ recorder: EventRecorder) -> NodeDrain {
        NodeDrain(context: context, options: options) { [metrics, context] key, isDone in
            metrics.pod(isEvicted: isDone)
            guard let pod = context.world.get(Pod.self, key) else { return }
            let text = isDone ? "deleting pod for node scale down" : "failed to delete pod for ScaleDown"
            recorder.record(
                EventNote(pod, isDone ? .normal : .warning, isDone ? "ScaleDown" : "ScaleDownFailed", text))
        }
    }

    private static func sentence(_ one: ScaleDownPlan.Unneeded) -> String {
        if one.isEmpty { return "Scale-down: removing empty node \"\(one.node)\"" }
        let (name, share) = one.cpu >= one.memory ? ("cpu", one.cpu) : ("memory", one.memory)
        return "Scale-down: removing node \(one.node), utilization: {\(one.cpu) \(one.memory) 0 \(name) \(share)}, "
            + "pods to reschedule: \(one.pods.map(\.description).joined(separator: ","))"
    }

    // MARK: What is told

    private static let status = ObjectKey(namespace: "kube-system", name: StatusReport.name)

    private func note(_ type: EventNote.Severity, _ reason: String, _ message: String) -> EventNote {
        EventNote(
            regarding: [
                "apiVersion": "v1", "kind": "ConfigMap", "namespace": JSON(Self.status.namespace),
                "name": JSON(Self.status.name),
            ], type, reason, message)
    }

    private func report(_ look: ClusterLook, _ decision: AutoscalerCore.Decision) async {
        let text = core.withLock { core in
            let report = StatusReport(look, decision, core)
            return report.text(look.now) { core.tell($0, $1, of: $2, look.now) }
        }
        let annotations: JSON = ["cluster-autoscaler.kubernetes.io/last-updated": JSON(look.now.goText)]
        do {
            if var map = try await found(Self.status) {
                map.json["data", "status"] = JSON(text)
                map.json["metadata", "annotations"] = annotations
                _ = try await context.api.update(map)
                return
            }
            let map: JSON = [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": [
                    "name": JSON(Self.status.name), "namespace": JSON(Self.status.namespace),
                    "annotations": annotations,
                ], "data": ["status": JSON(text)],
            ]
            _ = try await context.api.create(ConfigMap.resource, map)
        } catch {
            // The next look tells again; nothing else depends on it.
            context.logger.debug("The autoscaler's status cannot be told", metadata: ["error": "\(error)"])
        }
    }
    private func found(_ key: ObjectKey) async throws -> ConfigMap? {
        do { return try await context.api.get(ConfigMap.self, key) } catch let error as StatusError
            where error.code == 404
        {
            return nil
        }
    }
}

extension StatusReport {
    init(_ look: ClusterLook, _ decision: AutoscalerCore.Decision, _ core: AutoscalerCore) {
        let candidates = Set(core.state.unneededSince.keys)
        func counted(_ one: inout Group, _ nodes: [Node]) {
            one.ready = nodes.filter { look.standing($0.name) == .ready }.count
            one.notStarted = nodes.filter { look.standing($0.name) == .starting }.count
            one.unready = nodes.filter { look.standing($0.name) == .unready }.count
            one.candidates = nodes.filter { candidates.contains($0.name) }.count
        }
        groups = look.groups.map { group in
            var one = Group(id: group.id, target: group.targetSize, minSize: group.minSize, maxSize: group.maxSize)
            counted(&one, look.nodes(of: group.id))
            one.longUnregistered = decision.giveUps.filter { $0.group == group.id && $0.kind == .late }
                .reduce(0) { $0 + $1.instances.count }
            one.unregistered = look.unregistered(group.id).count - one.longUnregistered
            one.isGrowing = look.upcoming(group) > 0
            one.pause = core.state.pause(of: group.id, look.now)
            one.isHealthy = look.isHealthy(group, core.options)
            return one
        }
        cluster = Group(id: "", isHealthy: decision.isHealthy)
        counted(&cluster, look.nodes)
        cluster.unregistered = groups.reduce(0) { $0 + $1.unregistered }
        cluster.longUnregistered = groups.reduce(0) { $0 + $1.longUnregistered }
        cluster.isGrowing = groups.contains(where: \.isGrowing)
    }
}
