import APIMachinery
import Basics
import ControlLoops
import KubeAPI

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
        switch search(pod) {
        case .found(let feasible, _): .place(on: best(pod, feasible).name)
        case .none(let filters, let diagnosis): refuse(pod, filters, diagnosis)
        }
    }

    /// The nodes that fit, with why others do not; or why none does.
    enum Search {
        case found([NodeInfo], Diagnosis)
        case none(PreparedFilters, Diagnosis)
    }
    mutating func search(_ pod: PendingPod) -> Search {
        var diagnosis = Diagnosis(nodeCount: view.cache.nodes.count)
        let filters = PreparedFilters(profile.filters, pod, view)
        if let (plugin, message) = filters.refusal {
            diagnosis.message = message
            diagnosis.plugins = [plugin]
        } else if let node = nominated(pod, filters) {
            return .found([node], diagnosis)
        } else {
            let feasible = findFeasible(filters, &diagnosis)
            if !feasible.isEmpty { return .found(feasible, diagnosis) }
        }
        return .none(filters, diagnosis)
    }

    /// What can be done for a pod that fits nowhere.
    mutating func refuse(_ pod: PendingPod, _ filters: PreparedFilters, _ diagnosis: Diagnosis) -> Decision {
        var diagnosis = diagnosis
        if diagnosis.nodeCount > 0 { postFilter(pod, filters, &diagnosis) }
        return .unschedulable(diagnosis)
    }

    /// Decides among the nodes that extenders left.
    mutating func decide(
        _ inquiry: Inquiry, _ nodes: [String], _ refusals: [ExtenderVerdict.Refusal], _ scores: [String: Int]
    ) -> Decision {
        let feasible = nodes.compactMap { view.cache.node($0) }
        if !feasible.isEmpty { return .place(on: best(inquiry.pod, feasible, scores).name) }
        var diagnosis = inquiry.diagnosis
        for refusal in refusals {
            guard let node = view.cache.node(refusal.node) else { continue }
            diagnosis.note(
                node.slot, Extender.plugin, Rejection([refusal.reason], canBeResolved: refusal.canBeResolved))
        }
        diagnosis.plugins.insert(Extender.plugin)
        return refuse(inquiry.pod, PreparedFilters(profile.filters, inquiry.pod, view), diagnosis)
    }

    /// The node that the pod was promised, if it fits there now.
    private func nominated(_ pod: PendingPod, _ filters: PreparedFilters) -> NodeInfo? {
        guard let name = view.nominations.node(of: pod.key), let node = view.cache.node(name) else { return nil }
        return filters.rejection(node, .none) == nil ? node : nil
    }

    private mutating func postFilter(_ pod: PendingPod, _ filters: PreparedFilters, _ diagnosis: inout Diagnosis) {
        var messages: [String] = []
        for plugin in profile.postFilters {
            switch plugin.postFilter(pod, view, filters, diagnosis, &random) {
            case .nothing(let message, let forgets):
                messages.append(message)
                if forgets { diagnosis.nomination = .forgotten }
            case .nominate(let node, let victims):
                diagnosis.nomination = .made(node, victims: victims)
                return
            case .change(let changes, let message):
                messages.append(message)
                diagnosis.remedy = (type(of: plugin).name, changes)
            }
        }
        if !messages.isEmpty { diagnosis.postFilterMessage = messages.joined(separator: ", ") }
    }

    /// How many nodes that fit are enough: all of 100, half less one in 125 hundredths beyond, at least a twentieth.
    static func enough(of count: Int, percentage: Int? = nil) -> Int {
        let minimum = 100
        if count <= minimum { return count }
        let asked = percentage ?? 0
        let percentage = asked == 0 ? max(5, 50 - count / 125) : min(asked, 100)
        return max(minimum, count * percentage / 100)
    }

    /// Looks at as many nodes at a time as are still wanted, at each with one check after the other: so every check is
    /// taken up once for many nodes, and no node is looked at beyond the last that is wanted.
    private mutating func findFeasible(_ filters: PreparedFilters, _ diagnosis: inout Diagnosis) -> [NodeInfo] {
        let cache = view.cache
        let count = cache.nodes.count
        if count == 0 { return [] }
        let wanted = Self.enough(of: count, percentage: profile.percentageOfNodesToScore)
        var feasible: [NodeInfo] = []
        feasible.reserveCapacity(wanted)
        var seen = 0
        start %= count
        while seen < count, feasible.count < wanted {
            let end = min(count, seen + wanted - feasible.count)
            var left = (seen..<end).map { cache.nodes[start + $0 < count ? start + $0 : start + $0 - count] }
            if !view.nominations.isEmpty {
                left.removeAll { slot in
                    guard let (name, rejection) = filters.rejectionBesideNominated(cache[slot]) else { return false }
                    diagnosis.note(slot, name, rejection)
                    return true
                }
            }
            for (name, check) in filters.checks {
                left.removeAll { slot in
                    guard let rejection = check(cache[slot], .none) else { return false }
                    diagnosis.note(slot, name, rejection)
                    return true
                }
            }
            for slot in left { feasible.append(cache[slot]) }
            seen = end
        }
        start = (start + seen) % count
        return feasible
    }

    /// `more` is added to the nodes' totals, by name.
    private mutating func best(
        _ pod: PendingPod, _ feasible: [NodeInfo], _ more: [String: Int] = [:]
    ) -> NodeInfo {
        if feasible.count == 1 { return feasible[0] }
        var totals: [Int] =
            more.isEmpty ? Array(repeating: 0, count: feasible.count) : feasible.map { more[$0.name] ?? 0 }
        for (_, weight, scores) in scores(pod, feasible) {
            for index in totals.indices { totals[index] += weight * scores[index] }
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

    /// What each plugin that has something to say gives each node, from 0 to 100.
    func scores(
        _ pod: PendingPod, _ feasible: [NodeInfo]
    ) -> [(plugin: String, weight: Int, scores: [Int])] {
        profile.scores.compactMap { plugin, weight in
            Self.normalized(plugin.prepare(pod, view, feasible), feasible).map { (type(of: plugin).name, weight, $0) }
        }
    }

    private static func normalized(_ step: ScoreStep, _ feasible: [NodeInfo]) -> [Int]? {
        switch step {
        case .skip: return nil
        case .score(let score): return feasible.map(score)
        case .count(let count, let isReversed):
            let counts = feasible.map(count)
            let most = counts.max() ?? 0
            return counts.map { count in
                let share = most == 0 ? 0 : count * 100 / most
                return isReversed ? 100 - share : share
            }
        case .scaled(let number):
            let numbers = feasible.map(number)
            let least = numbers.min() ?? 0
            let span = (numbers.max() ?? 0) - least
            return numbers.map { span == 0 ? 0 : Int(100 * (Double($0 - least) / Double(span))) }
        case .all(let scores): return scores
        }
    }
}
