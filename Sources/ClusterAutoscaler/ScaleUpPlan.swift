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
    private(set) var increases: [Increase] = []
    /// Pods that will find room on the new nodes.
    private(set) var helped: [ObjectKey] = []
    /// Pods that no group can help: how many groups say what.
    private(set) var unhelped: [(pod: ObjectKey, reasons: [String: Int])] = []
    /// Pods that find room on what there is or is being made.
    private(set) var waiting: [ObjectKey] = []

    /// `trial` has the nodes that there are; `upcoming` says how many of each group are being made. `closed` are groups that
    /// may not grow now, and why. `takenTotal` nodes count towards the limit of all groups together.
    init(
        _ pods: [Pod], _ trial: PlacementTrial, _ groups: [NodeGroup], upcoming: [String: Int],
        closed: [String: String],
        takenTotal: Int, _ options: AutoscalerOptions, _ random: inout SplitMix64
    ) {
        var trial = trial
        for group in groups {
            for index in 0..<max(0, upcoming[group.id] ?? 0) {
                trial.put(node: group.imagined("upcoming-\(group.id)-\(index)"))
            }
        }
        var classes = PodClasses(pods).classes
        for index in classes.indices {
            // Pods of one class are alike: what one does not find, the next will not.
            while let pod = classes[index].first, trial.place(pod.json) != nil {
                waiting.append(pod.key)
                classes[index].removeFirst()
            }
        }
        classes.removeAll(where: \.isEmpty)
        if classes.isEmpty { return }

        let room = options.maxNodesTotal > 0 ? max(0, options.maxNodesTotal - takenTotal) : .max
        var found: [Option] = []
        var reasons: [ObjectKey: [String: Int]] = [:]
        for group in groups {
            let limit = min(group.maxSize - group.targetSize, options.maxNodesPerScaleUp, room)
            let refusal =
                closed[group.id] ?? (group.targetSize >= group.maxSize ? "max node group size reached" : nil)
                ?? (room == 0 ? "max total nodes in cluster reached" : nil)
            let (option, refused) = Self.estimate(classes, trial, group, limit: refusal == nil ? limit : 0)
            if let option { found.append(option) }
            for members in classes {
                for sentence in refused[members[0].key] ?? refusal.map({ [$0] }) ?? [] {
                    reasons[members[0].key, default: [:]][sentence, default: 0] += 1
                }
            }
        }
        if let best = Expansion(options.expanders).choose(found, &random) {
            helped = best.pods
            increases = Self.balanced(best, groups, closed, options)
        }
        let isHelped = Set(helped)
        let helpable = Set(found.flatMap(\.pods))
        for members in classes {
            for pod in members where !isHelped.contains(pod.key) && !helpable.contains(pod.key) {
                unhelped.append((pod.key, reasons[members[0].key] ?? [:]))
            }
        }
    }

    /// How many new nodes of the group would take as many of the pods as it can take, each on the first with room (first
    /// fit, the greatest first); and of each class that it cannot take why, by its first pod. With a limit of 0 only the
    /// reasons are looked for.
    private static func estimate(
        _ classes: [[Pod]], _ trial: PlacementTrial, _ group: NodeGroup, limit: Int
    ) -> (Option?, [ObjectKey: [String]]) {
        var refused: [ObjectKey: [String]] = [:]
        var empty = trial
        let probe = "template-\(group.id)"
        empty.put(node: group.imagined(probe))
        var fitting: [[Pod]] = []
        for members in classes {
            let reasons = empty.reasons(members[0].json, on: probe)
            if reasons.isEmpty { fitting.append(members) } else { refused[members[0].key] = reasons }
        }
        guard limit > 0, !fitting.isEmpty else { return (nil, refused) }
        var trial = trial
        var names: [String] = []
        var placed: [ObjectKey] = []
        for members in fitting {
            for pod in members {
                if trial.place(pod.json, on: names) != nil {
                    placed.append(pod.key)
                    continue
                }
                if names.count == limit { break }
                let name = "new-\(group.id)-\(names.count)"
                trial.put(node: group.imagined(name))
                guard trial.place(pod.json, on: [name]) != nil else {
                    // What is on the other new nodes keeps it from this one.
                    trial.remove(node: name)
                    break
                }
                names.append(name)
                placed.append(pod.key)
            }
        }
        if placed.isEmpty { return (nil, refused) }
        let usage = names.map { trial.utilization(of: $0) }
        let waste = usage.reduce(0) { $0 + (1 - $1.cpu) + (1 - $1.memory) } / Double(names.count)
        return (Option(group: group, count: names.count, pods: placed, waste: waste), refused)
    }

    /// The new nodes, spread over groups that are alike if that is asked for: the smallest grows first.
    private static func balanced(
        _ best: Option, _ groups: [NodeGroup], _ closed: [String: String], _ options: AutoscalerOptions
    ) -> [Increase] {
        var alike = [best.group]
        if options.balancesSimilarGroups {
            alike += groups.filter { group in
                group.id != best.group.id && closed[group.id] == nil && group.targetSize < group.maxSize
                    && GroupLikeness.areAlike(group.template, best.group.template)
            }
        }
        var sizes = alike.map(\.targetSize)
        for _ in 0..<best.count {
            let open = alike.indices.filter { sizes[$0] < alike[$0].maxSize }
            guard let smallest = open.min(by: { sizes[$0] < sizes[$1] }) else { break }
            sizes[smallest] += 1
        }
        return alike.indices.filter { sizes[$0] > alike[$0].targetSize }.map {
            Increase(group: alike[$0].id, from: alike[$0].targetSize, to: sizes[$0], maxSize: alike[$0].maxSize)
        }
    }
}

/// Pods that are alike to the scheduler: of one controller, with equal specs and labels. The greatest first.
struct PodClasses {
    private(set) var classes: [[Pod]] = []

    init(_ pods: [Pod]) {
        var byClass: [String: Int] = [:]
        for pod in pods.sorted(by: Self.isGreater) {
            let owner = pod.controller?.uid ?? pod.uid
            var spec = pod.json["spec"] ?? .object
            // These differ between pods of one controller, and concern no node.
            for name in ["hostname", "volumes"] where spec[name] != nil && pod.controller != nil {
                if name == "volumes", Self.hasClaims(pod) { continue }
                spec[name] = nil
            }
            let key = "\(owner) \(pod.namespace) \(spec.text) \((pod.json["metadata", "labels"] ?? .object).text)"
            if let index = byClass[key] {
                classes[index].append(pod)
            } else {
                byClass[key] = classes.count
                classes.append([pod])
            }
        }
    }

    private static func hasClaims(_ pod: Pod) -> Bool {
        (pod.json["spec"]?["volumes"]?.elements ?? []).contains {
            $0["persistentVolumeClaim"] != nil || $0["ephemeral"] != nil
        }
    }

    /// More important pods first, then those that ask for more; by name, so that the order is always the same.
    private static func isGreater(_ left: Pod, _ right: Pod) -> Bool {
        let priorities = (left.json["spec"]?["priority"]?.int ?? 0, right.json["spec"]?["priority"]?.int ?? 0)
        if priorities.0 != priorities.1 { return priorities.0 > priorities.1 }
        let (a, b) = (left.requests, right.requests)
        if a.cpu != b.cpu { return a.cpu > b.cpu }
        if a.memory != b.memory { return a.memory > b.memory }
        return left.key < right.key
    }
}

extension Pod {
    /// What its containers ask for together: thousandths of a CPU, bytes.
    fileprivate var requests: (cpu: Int, memory: Int) {
        spec.containers.reduce((0, 0)) { sum, container in
            let asked = container.json["resources"]?["requests"]
            func amount(_ name: String) -> Quantity { asked?[name].flatMap { try? Quantity($0) } ?? .zero }
            return (sum.0 + amount("cpu").milliValue, sum.1 + amount("memory").value)
        }
    }
}

/// Whether groups make nodes that are as good as each other (the autoscaler project's `--balance-similar-node-groups`).
enum GroupLikeness {
    /// Capacity may differ by so much of it.
    private static let share = 0.05
    /// Labels that tell nodes or zones apart, and say nothing of what a node is.
    private static let ignored: Set<String> = [
        "kubernetes.io/hostname", "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone",
    ]

    static func areAlike(_ left: JSON, _ right: JSON) -> Bool {
        labels(left) == labels(right) && isClose(left, right, "capacity") && isClose(left, right, "allocatable")
    }
    private static func labels(_ node: JSON) -> [String: String] {
        (node["metadata", "labels"]?.stringMap ?? [:]).filter { !ignored.contains($0.key) }
    }
    private static func isClose(_ left: JSON, _ right: JSON, _ list: String) -> Bool {
        func amounts(_ node: JSON) -> [String: Double] {
            var amounts: [String: Double] = [:]
            for member in node["status", list]?.members ?? [] {
                amounts[member.name] = (try? Quantity(member.value)).map { Double($0.milliValue) } ?? 0
            }
            return amounts
        }
        let (a, b) = (amounts(left), amounts(right))
        guard Set(a.keys) == Set(b.keys) else { return false }
        return a.allSatisfy { name, amount in abs(amount - (b[name] ?? 0)) <= share * max(amount, b[name] ?? 0) }
    }
}
