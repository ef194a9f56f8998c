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
    /// Kubernetes has no such loop; the autoscaler project runs it under this account.
    public static let identity = LoopIdentity.serviceAccount(
        "cluster-autoscaler", agent: "cluster-autoscaler", follows: PlacementTrial.reads,
        calls: [
            Permission(.get, Node.resource), Permission(.patch, Node.resource),
            Permission(.create, Pod.resource, subresource: .eviction), Permission(.get, ConfigMap.resource),
            .create(ConfigMap.self), .update(ConfigMap.self),
        ])

    let context: LoopContext
    let provider: any NodeProvider
    let options: AutoscalerOptions
    private struct Shared {
        var state = AutoscalerState()
        /// Nodes that are being emptied or removed, and their groups.
        var leaving: [String: String] = [:]
        var random: SplitMix64
    }
    private let shared: Mutex<Shared>

    public convenience init(
        _ context: LoopContext, _ provider: any NodeProvider, _ options: AutoscalerOptions = AutoscalerOptions()
    ) {
        self.init(context, provider, options, random: SplitMix64())
    }
    init(
        _ context: LoopContext, _ provider: any NodeProvider, _ options: AutoscalerOptions, random: SplitMix64
    ) {
        self.context = context.acting(as: Self.identity)
        self.provider = provider
        self.options = options
        shared = Mutex(Shared(random: random))
    }

    var state: AutoscalerState { shared.withLock { $0.state } }

    /// Runs until the task is cancelled; a world must be running beside it.
    public func run() async throws {
        try await context.world.waitUntilSynced(PlacementTrial.reads)
        let recorder = EventRecorder(context, component: "cluster-autoscaler")
        await withDiscardingTaskGroup { group in
            group.addTask { await recorder.run() }
            // Who was being emptied when the last process ended is not any more.
            for node in context.world.all(Node.self) where node.hasTaint(NodeDrain.taint) {
                await drain.giveBack(node.name)
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

    private var drain: NodeDrain { NodeDrain(context: context, options: options) }

    /// One look, and what follows from it at once; returns the removals of nodes, which take their time.
    func turn(_ recorder: EventRecorder) async throws -> [@Sendable () async -> Void] {
        let groups = try await provider.groups()
        var instances: [String: [NodeInstance]] = [:]
        for group in groups { instances[group.id] = try await provider.instances(of: group.id) }
        let look = ClusterLook(
            groups: groups, instances: instances, nodes: context.world.all(Node.self),
            pods: context.world.all(Pod.self))
        let now = context.clock.now
        shared.withLock { $0.state.keep(groups: Set(groups.map(\.id))) }
        var removals: [@Sendable () async -> Void] = []
        if look.isHealthy(options) {
            await giveUpMissing(look, now, recorder)
            let isGrowing = await scaleUp(look, now, recorder)
            removals = scaleDown(look, now, isGrowing, recorder)
        } else {
            shared.withLock { $0.state.note(unneeded: [], now) }
        }
        try await report(look, now)
        return removals
    }

    // MARK: Up

    /// Nodes that do not come for too long, or that the provider says cannot be made, are not waited for.
    private func giveUpMissing(_ look: ClusterLook, _ now: Instant, _ recorder: EventRecorder) async {
        for group in look.groups {
            let failures = (look.instances[group.id] ?? []).compactMap { instance -> (String, String)? in
                if case .failed(let reason) = instance.state { (instance.name, reason) } else { nil }
            }
            let missing = look.upcoming(group)
            let isLate = shared.withLock { $0.state.note(missing: missing, of: group.id, now, options) }
            let reason: String
            if let first = failures.first {
                reason = first.1
            } else if isLate {
                reason = "\(missing) nodes did not come within \(options.maxNodeProvisionTime)"
            } else {
                continue
            }
            do {
                if failures.isEmpty {
                    let known = look.members[group.id] ?? []
                    let named = (look.instances[group.id] ?? []).filter {
                        !known.contains($0.name) && $0.state != .deleting
                    }
                    if !named.isEmpty { try await provider.delete(named.map(\.name), in: group.id) }
                    if missing > named.count {
                        try await provider.decreaseTargetSize(of: group.id, by: missing - named.count)
                    }
                } else {
                    try await provider.delete(failures.map(\.0), in: group.id)
                }
            } catch {
                context.logger.warning(
                    "Nodes that did not come cannot be given up",
                    metadata: ["group": "\(group.id)", "error": "\(error)"])
            }
            shared.withLock { $0.state.failed(group.id, reason, now, options) }
            recorder.record(
                note(.warning, "ScaleUpTimedOut", "Nodes added to group \(group.id) failed to register: \(reason)"))
        }
    }

    /// Whether more nodes are on their way.
    private func scaleUp(_ look: ClusterLook, _ now: Instant, _ recorder: EventRecorder) async -> Bool {
        let pods = look.unschedulable(now, options)
        let upcoming = Dictionary(uniqueKeysWithValues: look.groups.map { ($0.id, look.upcoming($0)) })
        let isGrowing = upcoming.values.contains { $0 > 0 }
        if pods.isEmpty { return isGrowing }
        let plan = shared.withLock { shared in
            var closed: [String: String] = [:]
            for group in look.groups where shared.state.pause(of: group.id, now) != nil {
                closed[group.id] = "in backoff after failed scale-up"
            }
            return ScaleUpPlan(
                pods, PlacementTrial(context.world), look.groups, upcoming: upcoming, closed: closed,
                takenTotal: look.nodes.count + upcoming.values.reduce(0, +), options, &shared.random)
        }
        var texts: [String] = []
        for increase in plan.increases {
            do {
                recorder.record(
                    note(
                        .normal, "ScaledUpGroup",
                        "Scale-up: setting group \(increase.group) size to \(increase.to) instead of \(increase.from) "
                            + "(max: \(increase.maxSize))"))
                try await provider.increaseSize(of: increase.group, by: increase.to - increase.from)
                shared.withLock {
                    $0.state.added(now)
                    $0.state.asked(of: increase.group, now)
                }
                texts.append(increase.text)
            } catch {
                shared.withLock { $0.state.failed(increase.group, "\(error)", now, options) }
                recorder.record(
                    note(.warning, "FailedToScaleUpGroup", "Scale-up failed for group \(increase.group): \(error)"))
            }
        }
        let byKey = Dictionary(uniqueKeysWithValues: pods.map { ($0.key, $0) })
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
        return isGrowing || !texts.isEmpty
    }

    // MARK: Down

    private func scaleDown(
        _ look: ClusterLook, _ now: Instant, _ isGrowing: Bool, _ recorder: EventRecorder
    ) -> [@Sendable () async -> Void] {
        guard options.isScaleDownEnabled else { return [] }
        let rules = DrainRules(options: options, budgets: context.world.all(PodDisruptionBudget.self))
        let leaving = shared.withLock { $0.leaving }
        var members = look.members
        for (node, group) in leaving { members[group]?.remove(node) }
        // Nodes on their way out do not count, as what is asked of the provider may not show yet.
        var groups = look.groups
        for index in groups.indices {
            let gone = (look.instances[groups[index].id] ?? []).filter { instance in
                leaving[instance.name] != nil && instance.state != .deleting
            }
            groups[index].targetSize -= gone.count
        }
        var trial = PlacementTrial(context.world)
        for node in leaving.keys { trial.remove(node: node) }
        let plan = ScaleDownPlan(
            look.nodes, look.pods, trial, groups, members: members, earlier: Set(state.unneededSince.keys), rules,
            options)
        let due = shared.withLock { shared -> [ScaleDownPlan.Unneeded] in
            shared.state.note(unneeded: plan.unneeded.map(\.node), now)
            if isGrowing || shared.state.coolDown(now, options) != nil { return [] }
            let due = shared.state.due(plan.unneeded, now, options)
            let empty = due.filter(\.pods.isEmpty).prefix(options.maxEmptyBulkDelete)
            // One node with pods at a time: their new places must hold before the next is judged.
            let chosen = !empty.isEmpty ? Array(empty) : shared.leaving.isEmpty ? Array(due.prefix(1)) : []
            for one in chosen { shared.leaving[one.node] = one.group }
            return chosen
        }
        return due.map { one in { [self] in await remove(one, recorder) } }
    }

    private func remove(_ one: ScaleDownPlan.Unneeded, _ recorder: EventRecorder) async {
        let kind = one.pods.isEmpty ? "ScaleDownEmpty" : "ScaleDown"
        do {
            recorder.record(
                note(
                    .normal, kind,
                    one.pods.isEmpty
                        ? "Scale-down: removing empty node \"\(one.node)\""
                        : "Scale-down: removing node \(one.node), pods to reschedule: "
                            + one.pods.map(\.description).joined(separator: ",")))
            try await drain.run(one.node, one.pods)
            // Somebody may have come before the node was closed.
            let more = context.world.all(Pod.self).filter { $0.nodeName == one.node }
            let rules = DrainRules(options: options, budgets: context.world.all(PodDisruptionBudget.self))
            guard more.allSatisfy({ rules.verdict(on: $0) == .staysBehind }) else {
                throw NodeDrain.Failure(description: "a pod came meanwhile")
            }
            do {
                try await provider.delete([one.node], in: one.group)
            } catch {
                await drain.giveBack(one.node)
                throw error
            }
            shared.withLock {
                $0.state.deleted(context.clock.now)
                $0.leaving[one.node] = nil
            }
            if let node = context.world.get(Node.self, ObjectKey(name: one.node)) {
                recorder.record(EventNote(node, .normal, "ScaleDown", "node removed by cluster autoscaler"))
            }
        } catch {
            await drain.giveBack(one.node)
            shared.withLock {
                $0.state.failedToDelete(context.clock.now)
                $0.leaving[one.node] = nil
            }
            if let node = context.world.get(Node.self, ObjectKey(name: one.node)) {
                recorder.record(EventNote(node, .warning, "ScaleDownFailed", "failed to drain the node: \(error)"))
            }
        }
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

    private func report(_ look: ClusterLook, _ now: Instant) async throws {
        let state = state
        let candidates = Set(state.unneededSince.keys)
        let groups = look.groups.map { group in
            let nodes = look.nodes(of: group.id)
            return StatusReport.Group(
                id: group.id, target: group.targetSize, minSize: group.minSize, maxSize: group.maxSize,
                ready: nodes.filter(\.isReady).count, notStarted: nodes.filter(\.isStarting).count,
                unready: nodes.filter { !$0.isReady && !$0.isStarting }.count, isGrowing: look.upcoming(group) > 0,
                pause: state.pause(of: group.id, now), candidates: nodes.filter { candidates.contains($0.name) }.count)
        }
        let text = StatusReport(groups: groups, isHealthy: look.isHealthy(options)).text(now)
        let annotations: JSON = ["cluster-autoscaler.kubernetes.io/last-updated": JSON(now.rfc3339)]
        do {
            var map = try await context.api.get(ConfigMap.self, Self.status)
            map.json["data", "status"] = JSON(text)
            map.json["metadata", "annotations"] = annotations
            _ = try await context.api.update(map)
        } catch let error as StatusError where error.code == 404 {
            let map: JSON = [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": [
                    "name": JSON(Self.status.name), "namespace": JSON(Self.status.namespace),
                    "annotations": annotations,
                ], "data": ["status": JSON(text)],
            ]
            _ = try await context.api.create(ConfigMap.resource, map)
        } catch let error as StatusError where error.reason == .conflict {
            // Somebody else writes it, too; the next look tells again.
        }
    }
}
