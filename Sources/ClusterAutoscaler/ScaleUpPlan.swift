import APIMachinery
import Basics
import KubeAPI
import Scheduler

/// Which groups should have more nodes for the pods that find no room, and which pods none of them could help.
struct ScaleUpPlan {
    /// So many more nodes of one group, and who would then find room.
    struct Option: Sendable {
        var group: NodeGroup
        var count: Int
        var pods: [ObjectKey]
        /// The share of the new nodes' CPU and memory that nobody would use, each 0 … 1, added up.
        var waste: Double
    }
    struct Increase: Sendable, Equatable {
        var group: String
        var from: Int
        var to: Int
        var maxSize: Int
        /// As in the event on a pod.
        var text: String { "{\(group) \(from)->\(to) (max: \(maxSize))}" }
    }
    /// What a group is to pods that are alike: `reasons` are the scheduler's, or why the group may not grow; none if it helps.
    struct Judgement: Sendable, Equatable {
        var group: String
        var pod: ObjectKey
        var count: Int
        var reasons: [String]
    }
    /// What there is of all nodes together, with those that are being made; cores in thousandths.
    struct Taken: Sendable {
        var nodes = 0
        var cores = 0
        var memory = 0
    }
    private(set) var increases: [Increase] = []
    /// Pods that will find room on the new nodes.
    private(set) var helped: [ObjectKey] = []
    /// Pods that no group can help: how many groups say what.
    private(set) var unhelped: [(pod: ObjectKey, reasons: [String: Int])] = []
    /// Pods that find room on what there is or is being made.
    private(set) var waiting: [ObjectKey] = []
    private(set) var judgements: [Judgement] = []
    /// Why each group may not grow that may not.
    private(set) var refusals: [String: String] = [:]

    /// `trial` has the nodes that there are; `upcoming` says how many of each group are being made. `closed` are groups that
    /// may not grow now, and why. `daemons` are pods that every new node would have that takes them.
    init(
        _ pods: [Pod], _ trial: PlacementTrial, _ groups: [NodeGroup], upcoming: [String: Int],
        closed: [String: String], taken: Taken, daemons: [JSON] = [], priorities: GroupPriorities? = nil,
        _ options: AutoscalerOptions, _ random: inout SplitMix64
    ) {
        var trial = trial
        // What daemons need is no room for others.
        let groups = groups.map { $0.hasTemplate ? NodeEstimate.reduced($0, by: daemons, trial) : $0 }
        if options.fault != .forgetsUpcoming {
            for group in groups where group.hasTemplate {
                for index in 0..<max(0, upcoming[group.id] ?? 0) {
                    trial.put(node: group.imagined("upcoming-\(group.id)-\(index)"))
                }
            }
        }
        var classes = PodClasses(pods).classes.map { $0.map { trial.candidate($0.json) } }
        for index in classes.indices {
            // Pods of one class are alike: what one does not find, the next will not.
            let placed = classes[index].prefix { trial.place($0) != nil }
            waiting += placed.map(\.key)
            classes[index].removeFirst(placed.count)
        }
        classes.removeAll(where: \.isEmpty)

        let rooms = groups.map { Self.room(of: $0, closed, taken, options) }
        for (group, room) in zip(groups, rooms) { refusals[group.id] = room.refusal }
        if classes.isEmpty { return }
        var found: [Option] = []
        var reasons: [ObjectKey: [String: Int]] = [:]
        for (index, group) in groups.enumerated() {
            var limit = rooms[index].count
            if options.balancesSimilarGroups, limit > 0 {
                let alike = groups.indices.filter {
                    $0 != index && GroupLikeness.areAlike(groups[$0], group, options)
                }
                limit = min(
                    alike.reduce(limit) { $0 + rooms[$1].count }, options.maxNodesPerScaleUp, rooms[index].ofAll)
            }
            let estimate = NodeEstimate(classes, trial, group, limit: limit)
            if let option = estimate.option { found.append(option) }
            for members in classes {
                let told = estimate.refused[members[0].key] ?? rooms[index].refusal.map { [$0] } ?? []
                judgements.append(
                    Judgement(group: group.id, pod: members[0].key, count: members.count, reasons: told))
                for sentence in told { reasons[members[0].key, default: [:]][sentence, default: 0] += 1 }
            }
        }
        if let best = Expansion(options.expanders, priorities).choose(found, &random) {
            helped = best.pods
            increases = Self.balanced(best, groups, rooms.map(\.count), options)
        }
        let isHelped = Set(helped)
        let helpable = Set(found.flatMap(\.pods))
        for members in classes {
            for pod in members where !isHelped.contains(pod.key) && !helpable.contains(pod.key) {
                unhelped.append((pod.key, reasons[members[0].key] ?? [:]))
            }
        }
    }

    /// Brings a group to its least.
    mutating func raise(_ group: NodeGroup) {
        if let index = increases.firstIndex(where: { $0.group == group.id }) {
            increases[index].to = max(increases[index].to, group.minSize)
        } else {
            increases.append(
                Increase(group: group.id, from: group.targetSize, to: group.minSize, maxSize: group.maxSize))
        }
    }

    /// How many more nodes a group may have, how many all groups together with its kind of nodes, and why there are none.
    private struct Room {
        var count: Int
        var ofAll: Int
        var refusal: String?
    }
    private static func room(
        of group: NodeGroup, _ closed: [String: String], _ taken: Taken, _ options: AutoscalerOptions
    ) -> Room {
        if let reason = closed[group.id] { return Room(count: 0, ofAll: 0, refusal: reason) }
        guard group.hasTemplate else { return Room(count: 0, ofAll: 0, refusal: "not ready for scale-up") }
        if group.targetSize >= group.maxSize {
            return Room(count: 0, ofAll: 0, refusal: "max node group size reached")
        }
        var all = options.maxNodesTotal > 0 ? max(0, options.maxNodesTotal - taken.nodes) : .max
        if all == 0 { return Room(count: 0, ofAll: 0, refusal: "max total nodes in cluster reached") }
        var exceeded: [String] = []
        let (cores, memory) = group.capacity
        func bound(_ name: String, _ most: Int, _ there: Int, _ each: Int) {
            guard each > 0 else { return }
            let count = max(0, most - there) / each
            if count == 0 { exceeded.append(name) }
            all = min(all, count)
        }
        bound("cpu", options.coresTotal.upperBound * 1_000, taken.cores, cores)
        bound("memory", options.memoryTotal.upperBound << 30, taken.memory, memory)
        if !exceeded.isEmpty {
            return Room(
                count: 0, ofAll: 0, refusal: "max cluster \(exceeded.joined(separator: ", ")) limit reached")
        }
        let most = options.fault == .exceedsMaximum ? .max : group.maxSize - group.targetSize
        return Room(count: min(most, options.maxNodesPerScaleUp, all), ofAll: all)
    }

    /// The new nodes, spread over groups that are alike if that is asked for: the smallest grows first.
    private static func balanced(
        _ best: Option, _ groups: [NodeGroup], _ rooms: [Int], _ options: AutoscalerOptions
    ) -> [Increase] {
        let alike = groups.indices.filter { index in
            groups[index].id == best.group.id
                || options.balancesSimilarGroups && rooms[index] > 0
                    && GroupLikeness.areAlike(groups[index], best.group, options)
        }
        var added = Array(repeating: 0, count: alike.count)
        func size(_ place: Int) -> Int { groups[alike[place]].targetSize + added[place] }
        for _ in 0..<best.count {
            let open = added.indices.filter { added[$0] < rooms[alike[$0]] }
            guard let smallest = open.min(by: { size($0) < size($1) }) else { break }
            added[smallest] += 1
        }
        return added.indices.filter { added[$0] > 0 }.map { place in
            let group = groups[alike[place]]
            return Increase(group: group.id, from: group.targetSize, to: size(place), maxSize: group.maxSize)
        }
    }
}
