/// Room for the pod's requests; prefers nodes by what would be left or used of some resources (`ResourceScoring`).
struct NodeResourcesFit: FilterPlugin, ScorePlugin {
    static let name = "NodeResourcesFit"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .nodeAllocatable, .podRemoved]
    var scoring = ResourceScoring()
    /// Extended resources that others look after, by name and by what stands before the slash.
    var ignoredResources: Set<String> = []
    var ignoredResourceGroups: Set<String> = []

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        var wanted = pod.usage.requests
        if !ignoredResources.isEmpty || !ignoredResourceGroups.isEmpty {
            wanted.others = wanted.others.filter { name, _ in
                guard let slash = name.firstIndex(of: "/") else { return true }
                return !ignoredResources.contains(name) && !ignoredResourceGroups.contains(String(name[..<slash]))
            }
        }
        return .check { node, _ in
            // Nearly always it fits; only then are words made.
            if node.podCount < node.podLimit,
                wanted.cpu == 0 || wanted.cpu <= node.allocatable.cpu - node.requested.cpu,
                wanted.memory == 0 || wanted.memory <= node.allocatable.memory - node.requested.memory,
                wanted.ephemeralStorage == 0
                    || wanted.ephemeralStorage <= node.allocatable.ephemeralStorage - node.requested.ephemeralStorage,
                wanted.others.isEmpty
            {
                return nil
            }
            return Self.lacks(wanted, node)
        }
    }

    private static func lacks(_ wanted: Amounts, _ node: NodeInfo) -> Rejection? {
        var reasons: [String] = []
        var canBeResolved = true
        if node.podCount >= node.podLimit { reasons.append("Too many pods") }
        let have = node.allocatable
        let used = node.requested
        func check(_ name: String, _ wanted: Int64, _ have: Int64, _ used: Int64) {
            guard wanted > 0, wanted > have - used else { return }
            reasons.append("Insufficient \(name)")
            if wanted > have { canBeResolved = false }
        }
        check("cpu", wanted.cpu, have.cpu, used.cpu)
        check("memory", wanted.memory, have.memory, used.memory)
        check("ephemeral-storage", wanted.ephemeralStorage, have.ephemeralStorage, used.ephemeralStorage)
        for (name, amount) in wanted.others.sorted(by: { $0.key < $1.key }) {
            check(name, amount, have.others[name] ?? 0, used.others[name] ?? 0)
        }
        return reasons.isEmpty ? nil : Rejection(reasons, canBeResolved: canBeResolved)
    }

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let scoring = scoring
        let usage = pod.usage
        return .score { node in scoring.score(usage, node) }
    }
}

/// Prefers nodes whose resources the pod brings closer to being used to the same degree.
struct NodeResourcesBalancedAllocation: ScorePlugin {
    static let name = "NodeResourcesBalancedAllocation"
    var resources = ["cpu", "memory"]

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let wanted = pod.usage.requests
        let resources: [(name: String, asked: Int64)] = resources.compactMap { name in
            wanted[name] > 0 || !Amounts.isScalar(name) ? (name, wanted[name]) : nil
        }
        if resources.allSatisfy({ $0.asked == 0 }) { return .skip }
        return .score { node in
            var with = Spread()
            var without = Spread()
            for (name, asked) in resources {
                let have = node.allocatable[name]
                if have == 0 { continue }
                let used = node.requested[name]
                with.add(Double(used + asked) / Double(have))
                without.add(Double(used) / Double(have))
            }
            return 50 + (50 + with.score - without.score) / 2
        }
    }

    /// How alike the used shares are: 100 if they are all the same.
    private struct Spread {
        private var shares: [Double] = []
        mutating func add(_ share: Double) { shares.append(min(1, share)) }
        var score: Int {
            var deviation = 0.0
            if shares.count == 2 {
                deviation = abs((shares[0] - shares[1]) / 2)
            } else if shares.count > 2 {
                let mean = shares.reduce(0, +) / Double(shares.count)
                let sum = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                deviation = (sum / Double(shares.count)).squareRoot()
            }
            return Int((1 - deviation) * 100)
        }
    }
}
