import APIMachinery
import KubeAPI
import Scheduler

/// How many new nodes of a group would take as many of the pods as it can take, each on the first with room (first fit, the
/// greatest first); and of each class that it cannot take why, by its first pod.
struct NodeEstimate {
    private(set) var option: ScaleUpPlan.Option?
    private(set) var refused: [ObjectKey: [String]] = [:]

    /// `classes` are candidates of the trial, none empty. With a limit of 0 only the reasons are looked for.
    init(_ classes: [[PlacementTrial.Candidate]], _ trial: PlacementTrial, _ group: NodeGroup, limit: Int) {
        guard group.hasTemplate else { return }
        var empty = trial
        let probe = "template-\(group.id)"
        empty.put(node: group.imagined(probe))
        var fitting: [[PlacementTrial.Candidate]] = []
        for members in classes {
            let reasons = empty.reasons(members[0], on: probe)
            if reasons.isEmpty { fitting.append(members) } else { refused[members[0].key] = reasons }
        }
        guard limit > 0, !fitting.isEmpty else { return }
        var trial = trial
        var names: [String] = []
        var placed: [ObjectKey] = []
        for members in fitting {
            // Where an earlier one of the class found no room, there is none for the next.
            var first = 0
            for pod in members {
                if let name = trial.place(pod, on: names[first...]) {
                    if pod.isIndependent, name != names[first] { first = names.firstIndex(of: name) ?? first }
                    placed.append(pod.key)
                    continue
                }
                if names.count == limit { break }
                let name = "new-\(group.id)-\(names.count)"
                trial.put(node: group.imagined(name))
                guard trial.place(pod, on: [name]) != nil else {
                    // What is on the other new nodes keeps it from this one.
                    trial.remove(node: name)
                    break
                }
                if pod.isIndependent { first = names.count }
                names.append(name)
                placed.append(pod.key)
            }
        }
        if placed.isEmpty { return }
        let usage = names.map { trial.utilization(of: $0) }
        let waste = usage.reduce(0) { $0 + (1 - $1.cpu) + (1 - $1.memory) } / Double(names.count)
        option = ScaleUpPlan.Option(group: group, count: names.count, pods: placed, waste: waste)
    }

    /// The group without what those of the daemons' pods need that its nodes would have.
    static func reduced(_ group: NodeGroup, by daemons: [JSON], _ trial: PlacementTrial) -> NodeGroup {
        guard !daemons.isEmpty, var free = group.template["status", "allocatable"] else { return group }
        var empty = trial
        let probe = "template-\(group.id)"
        empty.put(node: group.imagined(probe))
        var (cpu, memory, pods): (Int64, Int64, Int) = (0, 0, 0)
        for daemon in daemons where empty.reasons(empty.candidate(daemon), on: probe).isEmpty {
            let requests = PlacementTrial.requests(daemon)
            cpu += requests.cpu
            memory += requests.memory
            pods += 1
        }
        func lessen(_ name: String, _ amount: Quantity) {
            guard let there = free[name].flatMap({ try? Quantity($0) }) else { return }
            free[name] = JSON(max(there - amount, .zero).text)
        }
        lessen("cpu", Quantity(milli: Int(cpu)))
        lessen("memory", Quantity(Int(memory)))
        lessen("pods", Quantity(pods))
        var group = group
        group.template["status", "allocatable"] = free
        return group
    }
}
