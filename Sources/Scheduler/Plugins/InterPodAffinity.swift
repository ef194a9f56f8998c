import APIMachinery
import ControlLoops
import KubeAPI

/// Affinity and anti-affinity between pods, of the pod itself and of those that are there: what is required rules out, what
/// is preferred adds or takes its weight.
struct InterPodAffinity: FilterPlugin, ScorePlugin, CountingPlugin {
    static let name = "InterPodAffinity"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .nodeLabels, .podPlaced, .podRemoved, .namespaces]
    /// What it weighs that a pod there requires this one's company.
    var hardPodAffinityWeight = 1
    /// Look at what pods there prefer only if this one prefers something, too.
    var ignoresPreferencesOfOthers = false

    func counted(_ pod: PendingPod, _ world: World) -> [Counted] {
        var counted: [Counted] = []
        if let all = pod.terms.allRequired {
            counted.append(Counted(selection: all, topologyKeys: pod.terms.requiredAffinity.map(\.topologyKey)))
        }
        for term in pod.terms.requiredAntiAffinity + pod.terms.preferredAffinity + pod.terms.preferredAntiAffinity {
            counted.append(Counted(selection: term.selection, topologyKeys: [term.topologyKey]))
        }
        return counted
    }

    func isHelped(_ pod: PendingPod, by moved: [PlacedPod], _ view: CycleView) -> Bool {
        let namespaces = view.cache.index.namespaces
        let own = pod.terms.requiredAffinity + pod.terms.requiredAntiAffinity
        return moved.contains { other in
            own.contains { $0.selection.matches(other.podClass, namespaces) }
                || other.terms.requiredAntiAffinity.contains { $0.selection.matches(pod.podClass, namespaces) }
        }
    }

    // MARK: Filter

    /// How many pods of a selection are in the domains of a topology.
    private struct Table {
        var selection: PodSelection
        var topology: Int
        var counts: Counts
        init?(_ selection: PodSelection, _ key: String, _ index: PodIndex) {
            guard let topology = index.topology(key), let counts = index.counter(selection)?.byTopology[topology] else {
                return nil
            }
            (self.selection, self.topology, self.counts) = (selection, topology, counts)
        }
    }

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let index = view.cache.index
        let me = pod.podClass
        let blocking = index.carried(.requiredAntiAffinity, meaning: me)
        let terms = pod.terms
        if blocking.isEmpty, terms.requiredAffinity.isEmpty, terms.requiredAntiAffinity.isEmpty { return .skip }
        let all = terms.allRequired
        let wanted = all.map { all in terms.requiredAffinity.compactMap { Table(all, $0.topologyKey, index) } } ?? []
        let unwanted = terms.requiredAntiAffinity.compactMap { Table($0.selection, $0.topologyKey, index) }
        let isOwnCompany = all?.matches(me, index.namespaces) ?? false
        let namespaces = index.namespaces
        /// How many more pods of a selection the imagined change brings to the node.
        func more(_ selection: PodSelection, _ change: NodeChange) -> Int {
            if change.isEmpty { return 0 }
            return change.added.count { selection.matches($0.podClass, namespaces) }
                - change.removed.count { selection.matches($0.podClass, namespaces) }
        }
        return .check { node, change in
            var isAlone = false
            for table in wanted {
                let domain = index.topologies[table.topology].domain(of: node.slot)
                if domain < 0 { return Rejection("node(s) didn't match pod affinity rules") }
                if table.counts[domain] + more(table.selection, change) <= 0 { isAlone = true }
            }
            if isAlone {
                // The first of its kind finds nobody anywhere, and may begin.
                let isFirst = wanted.allSatisfy { $0.counts.total + more($0.selection, change) <= 0 }
                if !isFirst || !isOwnCompany { return Rejection("node(s) didn't match pod affinity rules") }
            }
            for table in unwanted {
                let domain = index.topologies[table.topology].domain(of: node.slot)
                if domain >= 0, table.counts[domain] + more(table.selection, change) > 0 {
                    return .resolvable("node(s) didn't match pod anti-affinity rules")
                }
            }
            for carried in blocking {
                let domain = index.topologies[carried.topology].domain(of: node.slot)
                var count = carried.counts[domain]
                if !change.isEmpty, domain >= 0 {
                    count += carried.term.timesRequired(by: change.added)
                    count -= carried.term.timesRequired(by: change.removed)
                }
                if count > 0 {
                    return .resolvable("node(s) didn't satisfy existing pods anti-affinity rules")
                }
            }
            return nil
        }
    }

    // MARK: Score

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let index = view.cache.index
        let terms = pod.terms
        let hasPreferences = !terms.preferredAffinity.isEmpty || !terms.preferredAntiAffinity.isEmpty
        if !hasPreferences, ignoresPreferencesOfOthers || index.isCarryingNothing { return .skip }
        /// By topology, by domain.
        var sums: [Int: [Int]] = [:]
        func add(_ counts: Counts, _ topology: Int, _ weight: Int) {
            if weight == 0 || counts.total == 0 { return }
            var sum = sums[topology] ?? Array(repeating: 0, count: index.topologies[topology].nodeCounts.count)
            for (domain, count) in counts.values.enumerated() where domain < sum.count {
                sum[domain] += weight * Int(count)
            }
            sums[topology] = sum
        }
        func addOwn(_ terms: [PodTerm], _ sign: Int) {
            for term in terms {
                guard let table = Table(term.selection, term.topologyKey, index) else { continue }
                add(table.counts, table.topology, sign * term.weight)
            }
        }
        addOwn(terms.preferredAffinity, 1)
        addOwn(terms.preferredAntiAffinity, -1)
        let me = pod.podClass
        for carried in index.carried(.requiredAffinity, meaning: me) {
            add(carried.counts, carried.topology, hardPodAffinityWeight)
        }
        for carried in index.carried(.preferredAffinity, meaning: me) {
            add(carried.counts, carried.topology, carried.term.weight)
        }
        for carried in index.carried(.preferredAntiAffinity, meaning: me) {
            add(carried.counts, carried.topology, -carried.term.weight)
        }
        if sums.isEmpty { return .skip }
        let tables = sums.map { (index.topologies[$0.key], $0.value) }
        return .scaled { node in
            tables.reduce(0) { sum, table in
                let domain = table.0.domain(of: node.slot)
                return domain < 0 ? sum : sum + table.1[domain]
            }
        }
    }
}
