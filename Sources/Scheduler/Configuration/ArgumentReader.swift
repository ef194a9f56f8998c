import APIMachinery
import KubeAPI

/// Reads the arguments of plugins, as their types in kubescheduler.config.k8s.io/v1 have them.
struct ArgumentReader {
    typealias Fault = SchedulerConfiguration.Fault
    private let path: String
    private let args: JSON

    init(_ path: String, _ args: JSON) {
        self.path = path
        self.args = args
    }

    private func check(_ known: Set<String>) throws(Fault) {
        for member in args.members where !known.contains(member.name) {
            if member.name == "apiVersion" || member.name == "kind" { continue }
            throw Fault(path: "\(path).\(member.name)", reason: "unknown field")
        }
    }

    func nodeAffinity() throws(Fault) -> NodeAffinity {
        try check(["addedAffinity"])
        return NodeAffinity(added: args["addedAffinity"])
    }

    func interPodAffinity() throws(Fault) -> InterPodAffinity {
        try check(["hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods"])
        var plugin = InterPodAffinity()
        if let weight = args["hardPodAffinityWeight"] {
            guard let number = weight.int, (0...100).contains(number) else {
                throw Fault(
                    path: "\(path).hardPodAffinityWeight",
                    reason: "Invalid value: \(weight.text): not in valid range [0, 100]")
            }
            plugin.hardPodAffinityWeight = number
        }
        plugin.ignoresPreferencesOfOthers = args["ignorePreferredTermsOfExistingPods"]?.bool ?? false
        return plugin
    }

    func podTopologySpread() throws(Fault) -> PodTopologySpread {
        try check(["defaultConstraints", "defaultingType"])
        var plugin = PodTopologySpread()
        let constraints = args["defaultConstraints"]?.elements ?? []
        switch args["defaultingType"]?.string ?? "System" {
        case "System":
            if !constraints.isEmpty {
                throw Fault(
                    path: "\(path).defaultingType",
                    reason: "Invalid value: \"System\": when .defaultConstraints are not empty")
            }
        case "List":
            plugin.defaults = constraints
            plugin.isSystemDefaulted = false
        case let other:
            throw Fault(
                path: "\(path).defaultingType",
                reason: "Unsupported value: \"\(other)\": supported values: \"System\", \"List\"")
        }
        for (index, constraint) in constraints.enumerated() {
            let here = "\(path).defaultConstraints[\(index)]"
            if constraint["maxSkew"]?.int ?? 0 <= 0 {
                throw Fault(
                    path: "\(here).maxSkew",
                    reason: "Invalid value: \(constraint["maxSkew"]?.text ?? "0"): not in valid range (0, inf)")
            }
            if constraint["topologyKey"]?.string ?? "" == "" {
                throw Fault(path: "\(here).topologyKey", reason: "Required value: can not be empty")
            }
            if !["DoNotSchedule", "ScheduleAnyway"].contains(constraint["whenUnsatisfiable"]?.string ?? "") {
                throw Fault(
                    path: "\(here).whenUnsatisfiable",
                    reason: "Unsupported value: \(constraint["whenUnsatisfiable"]?.text ?? "\"\""): supported values: "
                        + "\"DoNotSchedule\", \"ScheduleAnyway\"")
            }
            if constraint["labelSelector"] != nil {
                throw Fault(
                    path: "\(here).labelSelector",
                    reason: "Forbidden: constraint must not define a selector, as they deduced for each pod")
            }
        }
        return plugin
    }

    func nodeResourcesFit() throws(Fault) -> NodeResourcesFit {
        try check(["ignoredResources", "ignoredResourceGroups", "scoringStrategy"])
        var plugin = NodeResourcesFit()
        plugin.ignoredResources = Set(args["ignoredResources"]?.strings ?? [])
        plugin.ignoredResourceGroups = Set(args["ignoredResourceGroups"]?.strings ?? [])
        guard let strategy = args["scoringStrategy"] else { return plugin }
        let here = "\(path).scoringStrategy"
        if let list = strategy["resources"], list.count > 0 { plugin.scoring.resources = try resources(list, here) }
        let shape = strategy["requestedToCapacityRatio"]?["shape"]
        switch strategy["type"]?.string ?? "LeastAllocated" {
        case "LeastAllocated": plugin.scoring.strategy = .leastAllocated
        case "MostAllocated": plugin.scoring.strategy = .mostAllocated
        case "RequestedToCapacityRatio":
            plugin.scoring.strategy = .requestedToCapacityRatio(
                try points(shape, "\(here).requestedToCapacityRatio.shape"))
        case let other:
            throw Fault(
                path: "\(here).type",
                reason: "Unsupported value: \"\(other)\": supported values: \"LeastAllocated\", \"MostAllocated\", "
                    + "\"RequestedToCapacityRatio\"")
        }
        return plugin
    }

    private func resources(_ list: JSON, _ here: String) throws(Fault) -> [ResourceScoring.Resource] {
        var resources: [ResourceScoring.Resource] = []
        for (index, element) in list.elements.enumerated() {
            let name = element["name"]?.string ?? ""
            let weight = element["weight"]?.int ?? 1
            if !(1...100).contains(weight) {
                throw Fault(
                    path: "\(here).resources[\(index)].weight",
                    reason: "Invalid value: \(weight): resource weight of \(name) not in valid range (0, 100]")
            }
            resources.append(ResourceScoring.Resource(name: name, weight: weight))
        }
        return resources
    }

    private func points(_ shape: JSON?, _ here: String) throws(Fault) -> [ResourceScoring.Point] {
        var points: [ResourceScoring.Point] = []
        for (index, element) in (shape?.elements ?? []).enumerated() {
            let utilization = element["utilization"]?.int ?? 0
            let score = element["score"]?.int ?? 0
            if let last = points.last, utilization <= last.utilization {
                throw Fault(
                    path: "\(here)[\(index)].utilization",
                    reason: "Invalid value: \(utilization): values must be sorted in increasing order")
            }
            if !(0...100).contains(utilization) {
                throw Fault(
                    path: "\(here)[\(index)].utilization",
                    reason: "Invalid value: \(utilization): not in valid range [0, 100]")
            }
            if !(0...10).contains(score) {
                throw Fault(
                    path: "\(here)[\(index)].score", reason: "Invalid value: \(score): not in valid range [0, 10]")
            }
            points.append(ResourceScoring.Point(utilization: utilization, score: score * 10))
        }
        if points.isEmpty {
            throw Fault(path: here, reason: "Required value: at least one point must be specified")
        }
        return points
    }

    func balancedAllocation() throws(Fault) -> NodeResourcesBalancedAllocation {
        try check(["resources"])
        var plugin = NodeResourcesBalancedAllocation()
        let names = (args["resources"]?.elements ?? []).compactMap { $0["name"]?.string }
        if !names.isEmpty { plugin.resources = names }
        return plugin
    }

    func preemption() throws(Fault) -> DefaultPreemption {
        try check(["minCandidateNodesPercentage", "minCandidateNodesAbsolute"])
        var plugin = DefaultPreemption()
        if let share = args["minCandidateNodesPercentage"] {
            guard let number = share.int, (0...100).contains(number) else {
                throw Fault(
                    path: "\(path).minCandidateNodesPercentage",
                    reason: "Invalid value: \(share.text): not in valid range [0, 100]")
            }
            plugin.leastCandidatesPercentage = number
        }
        if let least = args["minCandidateNodesAbsolute"] {
            plugin.leastCandidates = try SchedulerConfiguration.whole(least, "\(path).minCandidateNodesAbsolute")
        }
        if plugin.leastCandidatesPercentage == 0, plugin.leastCandidates == 0 {
            throw Fault(
                path: "\(path).minCandidateNodesPercentage",
                reason: "Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute")
        }
        return plugin
    }
}
