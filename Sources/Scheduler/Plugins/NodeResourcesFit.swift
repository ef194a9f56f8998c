/// Room for the pod's requests; prefers the node with the most left over (least allocated).
struct NodeResourcesFit: FilterPlugin, ScorePlugin {
    static let name = "NodeResourcesFit"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .nodeAllocatable, .podRemoved]

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let wanted = pod.usage.requests
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
        let cpu = pod.usage.scoredCPU
        let memory = pod.usage.scoredMemory
        return .score { node in
            let left =
                Self.share(node.allocatable.cpu, node.scoredCPU + cpu)
                + Self.share(node.allocatable.memory, node.scoredMemory + memory)
            return left / 2
        }
    }
    /// Hundredths that are left.
    private static func share(_ have: Int64, _ used: Int64) -> Int {
        have <= 0 || used >= have ? 0 : Int(Double(have - used) * 100 / Double(have))
    }
}

/// Prefers the node whose CPU and memory would be used to about the same degree.
struct NodeResourcesBalancedAllocation: ScorePlugin {
    static let name = "NodeResourcesBalancedAllocation"

    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        let wanted = pod.usage.requests
        if wanted.cpu == 0, wanted.memory == 0 { return .skip }
        return .score { node in
            let cpu = Self.fraction(node.allocatable.cpu, node.requested.cpu + wanted.cpu)
            let memory = Self.fraction(node.allocatable.memory, node.requested.memory + wanted.memory)
            // Half the difference is the standard deviation of two values.
            return Int((1 - abs(cpu - memory) / 2) * 100)
        }
    }
    private static func fraction(_ have: Int64, _ used: Int64) -> Double {
        have <= 0 ? 1 : min(1, Double(used) / Double(have))
    }
}
