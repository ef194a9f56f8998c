/// How NodeResourcesFit prefers nodes (ScoringStrategy of its arguments).
struct ResourceScoring: Sendable, Equatable {
    enum Strategy: Sendable, Equatable {
        case leastAllocated
        case mostAllocated
        /// By a broken line from what is used (0 … 100) to the score (0 … 100).
        case requestedToCapacityRatio([Point])
    }
    struct Point: Sendable, Equatable {
        var utilization: Int
        var score: Int
    }
    struct Resource: Sendable, Equatable {
        var name: String
        var weight: Int
    }
    var strategy = Strategy.leastAllocated
    var resources = [Resource(name: "cpu", weight: 1), Resource(name: "memory", weight: 1)]

    /// With Kubernetes' stand-ins for containers that ask for nothing.
    func score(_ usage: PodUsage, _ node: NodeInfo) -> Int {
        var sum: Int64 = 0
        var weights: Int64 = 0
        for resource in resources {
            let asked: Int64
            let used: Int64
            switch resource.name {
            case "cpu": (asked, used) = (usage.scoredCPU, node.scoredCPU)
            case "memory": (asked, used) = (usage.scoredMemory, node.scoredMemory)
            default: (asked, used) = (usage.requests[resource.name], node.requested[resource.name])
            }
            // Whoever does not ask for such a thing is not sent by it.
            if asked == 0, Amounts.isScalar(resource.name) { continue }
            let have = node.allocatable[resource.name]
            if have == 0 { continue }
            let score = score(used + asked, of: have)
            if case .requestedToCapacityRatio = strategy, score <= 0 { continue }
            sum += score * Int64(resource.weight)
            weights += Int64(resource.weight)
        }
        if weights == 0 { return 0 }
        if case .requestedToCapacityRatio = strategy { return Int((Double(sum) / Double(weights)).rounded()) }
        return Int(sum / weights)
    }

    private func score(_ used: Int64, of have: Int64) -> Int64 {
        switch strategy {
        case .leastAllocated: used > have ? 0 : (have - used) * 100 / have
        case .mostAllocated: min(used, have) * 100 / have
        case .requestedToCapacityRatio(let shape): Int64(Self.height(of: shape, used > have ? 100 : used * 100 / have))
        }
    }

    static func height(of shape: [Point], _ utilization: Int64) -> Int {
        let at = Int(utilization)
        guard let index = shape.firstIndex(where: { at <= $0.utilization }) else { return shape.last?.score ?? 0 }
        if index == 0 { return shape[0].score }
        let (left, right) = (shape[index - 1], shape[index])
        return left.score
            + (right.score - left.score) * (at - left.utilization) / (right.utilization - left.utilization)
    }
}

extension Amounts {
    subscript(name: String) -> Int64 {
        switch name {
        case "cpu": cpu
        case "memory": memory
        case "ephemeral-storage": ephemeralStorage
        default: others[name] ?? 0
        }
    }
    /// Whether it is counted by its name alone: extended resources and huge pages.
    static func isScalar(_ name: String) -> Bool { !["cpu", "memory", "ephemeral-storage"].contains(name) }
}
