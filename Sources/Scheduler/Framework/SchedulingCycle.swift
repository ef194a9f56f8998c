import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Why a pod fits nowhere, in Kubernetes' words.
struct Diagnosis: Sendable {
    var nodeCount: Int
    var reasons: [String: Int] = [:]
    /// Set if no node was looked at.
    var message: String?
    /// The plugins that kept it out, by name.
    var plugins: Set<String> = []
    var postFilterMessage: String?

    var sentence: String {
        if nodeCount == 0, message == nil { return "no nodes available to schedule pods" }
        var text = "0/\(nodeCount) nodes are available:"
        if let message {
            text += " \(message)."
        } else if !reasons.isEmpty {
            text += " \(reasons.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", "))."
        }
        if let postFilterMessage { text += " \(postFilterMessage)" }
        return text
    }
}

/// One decision for one pod: which node, or why none.
struct SchedulingCycle {
    enum Decision {
        case place(on: String)
        case unschedulable(Diagnosis)
    }
    let profile: Profile
    let view: CycleView
    /// Where in the list of nodes the search begins, so that all get their turn.
    var start: Int
    var random: SplitMix64

    mutating func decide(_ pod: PendingPod) -> Decision {
        var diagnosis = Diagnosis(nodeCount: view.roster.nodes.count)
        var checks: [(name: String, check: (NodeInfo) -> Rejection?)] = []
        for plugin in profile.filters {
            switch plugin.prepare(pod, view) {
            case .skip: continue
            case .check(let check): checks.append((type(of: plugin).name, check))
            case .reject(let message):
                diagnosis.message = message
                diagnosis.plugins = [type(of: plugin).name]
                return .unschedulable(diagnosis)
            }
        }
        let feasible = findFeasible(checks, &diagnosis)
        if feasible.isEmpty {
            for plugin in profile.postFilters where diagnosis.postFilterMessage == nil {
                diagnosis.postFilterMessage = plugin.postFilter(pod, view, diagnosis)
            }
            return .unschedulable(diagnosis)
        }
        return .place(on: best(pod, feasible).name)
    }

    /// How many nodes that fit are enough: all of 100, half less one in 125 hundredths beyond, at least a twentieth.
    static func enough(of count: Int) -> Int {
        let minimum = 100
        if count <= minimum { return count }
        let percentage = max(5, 50 - count / 125)
        return max(minimum, count * percentage / 100)
    }

    /// Looks at as many nodes at a time as are still wanted, at each with one check after the other: so every check is
    /// taken up once for many nodes, and no node is looked at beyond the last that is wanted.
    private mutating func findFeasible(
        _ checks: [(name: String, check: (NodeInfo) -> Rejection?)], _ diagnosis: inout Diagnosis
    ) -> [NodeInfo] {
        let nodes = view.roster.nodes
        if nodes.isEmpty { return [] }
        let wanted = Self.enough(of: nodes.count)
        var feasible: [NodeInfo] = []
        feasible.reserveCapacity(wanted)
        var seen = 0
        start %= nodes.count
        while seen < nodes.count, feasible.count < wanted {
            let end = min(nodes.count, seen + wanted - feasible.count)
            var left = (seen..<end).map { start + $0 < nodes.count ? start + $0 : start + $0 - nodes.count }
            for (name, check) in checks {
                left.removeAll { index in
                    guard let rejection = check(nodes[index]) else { return false }
                    for reason in rejection.reasons { diagnosis.reasons[reason, default: 0] += 1 }
                    diagnosis.plugins.insert(name)
                    return true
                }
            }
            for index in left { feasible.append(nodes[index]) }
            seen = end
        }
        start = (start + seen) % nodes.count
        return feasible
    }

    private mutating func best(_ pod: PendingPod, _ feasible: [NodeInfo]) -> NodeInfo {
        if feasible.count == 1 { return feasible[0] }
        var totals: [Int] = Array(repeating: 0, count: feasible.count)
        for (plugin, weight) in profile.scores {
            switch plugin.prepare(pod, view, feasible) {
            case .skip: continue
            case .score(let score):
                for index in feasible.indices { totals[index] += weight * score(feasible[index]) }
            case .count(let count, let isReversed):
                let counts = feasible.map(count)
                let most = counts.max() ?? 0
                for index in feasible.indices {
                    let share = most == 0 ? 0 : counts[index] * 100 / most
                    totals[index] += weight * (isReversed ? 100 - share : share)
                }
            }
        }
        // Among the best chance decides.
        var bestIndex = 0
        var ties = 1
        for index in feasible.indices.dropFirst() {
            if totals[index] > totals[bestIndex] {
                bestIndex = index
                ties = 1
            } else if totals[index] == totals[bestIndex] {
                ties += 1
                if Int.random(in: 0..<ties, using: &random) == 0 { bestIndex = index }
            }
        }
        return feasible[bestIndex]
    }
}
