import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Makes room for a pod that fits nowhere: finds the node where the least would be lost if pods of lower priority left it.
struct DefaultPreemption: PostFilterPlugin {
    static let name = "DefaultPreemption"
    /// How many nodes that could help are enough: a share of them in hundredths, and at least so many.
    var leastCandidatesPercentage = 10
    var leastCandidates = 100

    /// A node that would take the pod, and who would have to leave it, the most important first.
    struct Candidate {
        var node: String
        var victims: [PlacedPod]
        /// How many of them a disruption budget would rather keep.
        var violations: Int
    }

    func postFilter(
        _ pod: PendingPod, _ view: CycleView, _ filters: PreparedFilters, _ diagnosis: Diagnosis,
        _ random: inout SplitMix64
    ) -> PostFilterStep {
        if let reason = refusal(pod, view, filters) {
            return .nothing("preemption: not eligible due to \(reason)", forgets: false)
        }
        let budgets = Budgets(view.world)
        let nodes = diagnosis.resolvable
        let wanted = min(nodes.count, max(leastCandidates, nodes.count * leastCandidatesPercentage / 100))
        let offset = nodes.isEmpty ? 0 : Int.random(in: nodes.indices, using: &random)
        var failure = Diagnosis(nodeCount: diagnosis.nodeCount)
        var candidates: [Candidate] = []
        var tried = 0
        while tried < nodes.count {
            let node = view.cache[nodes[(offset + tried) % nodes.count]]
            tried += 1
            switch victims(on: node, for: pod, filters, budgets) {
            case .success(let candidate): candidates.append(candidate)
            case .failure(let lack): failure.note(lack.rejection.reasons)
            }
            if candidates.count >= wanted, candidates.contains(where: { $0.violations == 0 }) { break }
        }
        guard let best = Self.best(candidates) else {
            if diagnosis.nodeCount > nodes.count {
                failure.note(
                    ["Preemption is not helpful for scheduling"], times: diagnosis.nodeCount - nodes.count)
            }
            return .nothing("preemption: \(failure.sentence)", forgets: true)
        }
        return .nominate(best.node, victims: best.victims)
    }

    /// Why this pod may not take others' room now.
    private func refusal(_ pod: PendingPod, _ view: CycleView, _ filters: PreparedFilters) -> String? {
        if !pod.mayPreempt { return "preemptionPolicy=Never." }
        guard let name = view.nominations.node(of: pod.key), let node = view.cache.node(name) else { return nil }
        // If nothing can help there, another node may.
        if let (_, rejection) = filters.rejection(node, .none), !rejection.canBeResolved { return nil }
        let isLeaving = node.pods.contains { $0.priority < pod.priority && $0.isBeingDeleted && $0.isPreempted }
        return isLeaving ? "a terminating pod on the nominated node." : nil
    }

    struct Lack: Error { var rejection: Rejection }

    /// Lets all go that may have to, then takes back whom it can, the most important first, and before them those whom a
    /// budget would rather keep.
    private func victims(
        on node: NodeInfo, for pod: PendingPod, _ filters: PreparedFilters, _ budgets: Budgets
    ) -> Result<Candidate, Lack> {
        var potential = node.pods.filter { $0.priority < pod.priority }
        if potential.isEmpty {
            return .failure(Lack(rejection: Rejection("No preemption victims found for incoming pod")))
        }
        let copy = node.copy()
        for other in potential { copy.remove(other) }
        var change = NodeChange(removed: potential)
        if let (_, rejection) = filters.rejection(copy, change) { return .failure(Lack(rejection: rejection)) }
        potential.sort { $0.isMoreImportant(than: $1) }
        let (kept, others) = budgets.split(potential)
        var victims: [PlacedPod] = []
        var violations = 0
        for (index, other) in (kept + others).enumerated() {
            copy.add(other)
            change.removed.removeAll { $0 === other }
            if filters.rejection(copy, change) == nil { continue }
            copy.remove(other)
            change.removed.append(other)
            victims.append(other)
            if index < kept.count { violations += 1 }
        }
        victims.sort { $0.isMoreImportant(than: $1) }
        if victims.isEmpty {
            // Only a budget of time stands between this and the next try.
            return .failure(Lack(rejection: Rejection("expected at least one victim pod on node \"\(node.name)\"")))
        }
        return .success(Candidate(node: node.name, victims: victims, violations: violations))
    }

    /// Where the least is lost: fewest violated budgets, then the lowest highest priority, then the lowest sum of
    /// priorities, then fewest victims, then those of the highest priority that started last.
    static func best(_ candidates: [Candidate]) -> Candidate? {
        var left = candidates
        let losses: [(Candidate) -> Int] = [
            { $0.violations },
            { $0.victims[0].priority },
            // All of them at least one, so that many of a priority below zero are not better than few.
            { $0.victims.reduce(0) { $0 + $1.priority + Int(Int32.max) + 1 } },
            { $0.victims.count },
        ]
        for loss in losses {
            guard left.count > 1, let least = left.map(loss).min() else { break }
            left.removeAll { loss($0) > least }
        }
        // What has not started counts as now.
        func earliest(_ candidate: Candidate) -> String {
            let highest = candidate.victims[0].priority
            return candidate.victims.filter { $0.priority == highest }.map { $0.started ?? "~" }.min() ?? "~"
        }
        guard let latest = left.map(earliest).max() else { return nil }
        return left.first { earliest($0) == latest }
    }
}

/// What disruption budgets still allow, for the time of one search.
private struct Budgets {
    private struct Budget {
        var selector: LabelSelector
        var allowed: Int
        var disrupted: Set<String>
    }
    private var byNamespace: [String: [Budget]] = [:]

    init(_ world: World) {
        for object in world.cache(PodDisruptionBudget.resource).all() {
            let selector = LabelSelector(object["spec", "selector"] ?? .null)
            // One that selects all selects none here.
            if selector.isEmpty || selector.matchesNothing { continue }
            byNamespace[object.key.namespace, default: []].append(
                Budget(
                    selector: selector, allowed: object["status", "disruptionsAllowed"]?.int ?? 0,
                    disrupted: Set((object["status", "disruptedPods"]?.members ?? []).map(\.name))))
        }
    }

    /// Those whom a budget would rather keep, and the others; both in their order.
    func split(_ pods: [PlacedPod]) -> (kept: [PlacedPod], others: [PlacedPod]) {
        var budgets = byNamespace
        var kept: [PlacedPod] = []
        var others: [PlacedPod] = []
        for pod in pods {
            var isKept = false
            for index in (budgets[pod.key.namespace] ?? []).indices where !pod.podClass.labels.isEmpty {
                guard let budget = budgets[pod.key.namespace]?[index], budget.selector.matches(pod.podClass.labels),
                    !budget.disrupted.contains(pod.key.name)
                else { continue }
                budgets[pod.key.namespace]?[index].allowed -= 1
                if budget.allowed <= 0 { isKept = true }
            }
            if isKept { kept.append(pod) } else { others.append(pod) }
        }
        return (kept, others)
    }
}
