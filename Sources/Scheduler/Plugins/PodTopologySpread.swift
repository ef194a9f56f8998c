import APIMachinery
import ControlLoops
import Foundation
import KubeAPI

/// Spreads pods over domains as their constraints want it; those without constraints as the default ones do.
struct PodTopologySpread: FilterPlugin, ScorePlugin, CountingPlugin {
    static let name = "PodTopologySpread"
    static let wakes: Set<ClusterEvent> = [
        .nodeAdded, .nodeRemoved, .nodeLabels, .nodeTaints, .podPlaced, .podRemoved,
    ]
    static let hostname = "kubernetes.io/hostname"
    /// For pods of a service or a controller that have no constraints themselves.
    static let systemDefaults: [JSON] = [
        ["maxSkew": 3, "topologyKey": JSON(hostname), "whenUnsatisfiable": "ScheduleAnyway"],
        ["maxSkew": 5, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"],
    ]
    var defaults = systemDefaults
    /// Whether the defaults are those of the system: then they also hold for nodes without all labels.
    var isSystemDefaulted = true

    func counted(_ pod: PendingPod, _ world: World) -> [Counted] {
        SpreadConstraint.all(of: pod, self, world).map {
            Counted(selection: $0.selection, topologyKeys: [$0.topologyKey])
        }
    }

    func isHelped(_ pod: PendingPod, by moved: [PlacedPod], _ view: CycleView) -> Bool {
        let constraints = SpreadConstraint.all(of: pod, self, view.world).filter(\.isRequired)
        return moved.contains { other in
            constraints.contains { $0.selection.matches(other.podClass, view.cache.index.namespaces) }
        }
    }

    // MARK: Filter

    /// One constraint as it stands: how many pods are in each domain that counts.
    private struct State {
        var constraint: SpreadConstraint
        var topology: Int
        /// By domain; -1 for one that does not count.
        var counts: [Int]
        /// Nodes that count, by slot; nil if all do.
        var eligible: Set<Int>?
        var domainCount = 0
        var least = 0
        var atLeast = 0
        var second = Int.max
        var isSelf: Bool

        mutating func sumUp() {
            least = Int.max
            for count in counts where count >= 0 {
                domainCount += 1
                if count < least {
                    (least, second, atLeast) = (count, least, 1)
                } else if count == least {
                    atLeast += 1
                } else if count < second {
                    second = count
                }
            }
        }
        /// The least of all domains if so many more pods were in this one.
        func minimum(_ domain: Int, _ more: Int) -> Int {
            if domainCount < constraint.minimumDomains { return 0 }
            if more == 0 || counts[domain] < 0 { return least }
            let others = counts[domain] == least && atLeast == 1 ? second : least
            return min(others, counts[domain] + more)
        }
    }

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        // The system's defaults only prefer.
        if isSystemDefaulted, !SpreadConstraint.hasOwn(pod) { return .skip }
        let constraints = SpreadConstraint.all(of: pod, self, view.world).filter(\.isRequired)
        if constraints.isEmpty { return .skip }
        let index = view.cache.index
        let states = constraints.compactMap { state(of: $0, among: constraints, pod, view) }
        let namespaces = index.namespaces
        return .check { node, change in
            for state in states {
                let domain = index.topologies[state.topology].domain(of: node.slot)
                if domain < 0 {
                    return Rejection("node(s) didn't match pod topology spread constraints (missing required label)")
                }
                var more = 0
                if !change.isEmpty, state.eligible?.contains(node.slot) ?? true {
                    let selection = state.constraint.selection
                    more += change.added.count { selection.matches($0.podClass, namespaces) }
                    more -= change.removed.count { selection.matches($0.podClass, namespaces) }
                }
                let there = max(0, state.counts[domain]) + more
                let skew = there + (state.isSelf ? 1 : 0) - state.minimum(domain, more)
                if skew > state.constraint.maxSkew {
                    return .resolvable("node(s) didn't match pod topology spread constraints")
                }
            }
            return nil
        }
    }

    private func state(
        of constraint: SpreadConstraint, among all: [SpreadConstraint], _ pod: PendingPod, _ view: CycleView
    ) -> State? {
        let index = view.cache.index
        guard let topology = index.topology(constraint.topologyKey), let counter = index.counter(constraint.selection)
        else { return nil }
        var counts = Array(repeating: -1, count: index.topologies[topology].nodeCounts.count)
        var eligible: Set<Int>?
        if constraint.countsEveryNode(pod, all, view) {
            let known = counter.byTopology[topology]
            for (domain, nodes) in index.topologies[topology].nodeCounts.enumerated() where nodes > 0 {
                counts[domain] = known?[domain] ?? 0
            }
        } else {
            var slots: Set<Int> = []
            for slot in view.cache.nodes where constraint.counts(view.cache[slot], pod, all) {
                slots.insert(slot)
                let domain = index.topologies[topology].domain(of: slot)
                counts[domain] = max(0, counts[domain]) + counter.perNode[slot]
            }
            eligible = slots
        }
        var state = State(
            constraint: constraint, topology: topology, counts: counts, eligible: eligible,
            isSelf: constraint.selector.matches(pod.podClass.labels))
        state.sumUp()
        return state
    }
}

// MARK: - Score

extension PodTopologySpread {
    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let constraints = SpreadConstraint.all(of: pod, self, view.world).filter { !$0.isRequired }
        if constraints.isEmpty { return .skip }
        let index = view.cache.index
        let needsAll = !isSystemDefaulted || SpreadConstraint.hasOwn(pod)
        let isIgnored = feasible.map { node in
            needsAll && constraints.contains { node.labels[$0.topologyKey] == nil }
        }
        var scores: [Double] = Array(repeating: 0, count: feasible.count)
        for constraint in constraints {
            guard let topology = index.topology(constraint.topologyKey),
                let counter = index.counter(constraint.selection)
            else { continue }
            let isByNode = constraint.topologyKey == Self.hostname
            let domains = feasible.map { index.topologies[topology].domain(of: $0.slot) }
            var present: Set<Int> = []
            for position in feasible.indices where !isIgnored[position] { present.insert(domains[position]) }
            let size = isByNode ? isIgnored.count { !$0 } : present.count
            let weight = Self.weight(size)
            let counts = isByNode ? Counts() : counted(constraint, counter, topology, needsAll, constraints, pod, view)
            for position in feasible.indices where !isIgnored[position] && domains[position] >= 0 {
                let count = isByNode ? counter.perNode[feasible[position].slot] : counts[domains[position]]
                scores[position] += Double(count) * weight + Double(constraint.maxSkew - 1)
            }
        }
        return .all(Self.normalized(scores.map { Int($0.rounded()) }, isIgnored))
    }

    /// Pods by domain, on the nodes that count.
    private func counted(
        _ constraint: SpreadConstraint, _ counter: PodIndex.Counter, _ topology: Int, _ needsAll: Bool,
        _ all: [SpreadConstraint], _ pod: PendingPod, _ view: CycleView
    ) -> Counts {
        let others = needsAll ? all : []
        if constraint.countsEveryNode(pod, others, view) { return counter.byTopology[topology] ?? Counts() }
        var counts = Counts()
        for slot in view.cache.nodes where constraint.counts(view.cache[slot], pod, others) {
            counts.add(counter.perNode[slot], at: view.cache.index.topologies[topology].domain(of: slot))
        }
        return counts
    }

    /// So that few large domains do not weigh less than many small ones.
    static func weight(_ domains: Int) -> Double { log(Double(domains + 2)) }

    /// The fewer the better, from 0 to 100; those left out get none.
    static func normalized(_ scores: [Int], _ isIgnored: [Bool]) -> [Int] {
        let counted = scores.indices.filter { !isIgnored[$0] }.map { scores[$0] }
        let least = counted.min() ?? 0
        let most = max(0, counted.max() ?? 0)
        return scores.indices.map { index in
            if isIgnored[index] { return 0 }
            return most == 0 ? 100 : 100 * (most + least - scores[index]) / most
        }
    }
}
