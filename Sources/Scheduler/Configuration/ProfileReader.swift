import APIMachinery
import KubeAPI

/// Reads one KubeSchedulerProfile: which plugins are used where, and with which arguments.
struct ProfileReader {
    typealias Fault = SchedulerConfiguration.Fault
    private let path: String

    init(_ path: String) { self.path = path }

    /// What is always used: it makes a scheduler one.
    private static let fixed: Set<String> = ["PrioritySort", "DefaultBinder", "SchedulingGates"]
    /// The points of Kubernetes' framework, and those at which our plugins do the work of each.
    private static let points: [String: Point] = [
        "multiPoint": .all, "preFilter": .filter, "filter": .filter, "postFilter": .postFilter, "preScore": .score,
        "score": .score, "reserve": .other, "permit": .other, "preBind": .preBind, "bind": .other, "postBind": .other,
        "queueSort": .other, "preEnqueue": .other,
    ]
    fileprivate enum Point { case all, filter, postFilter, score, preBind, other }

    func profile(_ json: JSON) throws(Fault) -> Profile {
        var profile = Profile()
        for member in json.members {
            switch member.name {
            case "schedulerName": profile.schedulerName = member.value.string ?? ""
            case "percentageOfNodesToScore":
                profile.percentageOfNodesToScore = try SchedulerConfiguration.percentage(
                    member.value, "\(path).percentageOfNodesToScore")
            case "plugins", "pluginConfig": continue
            default: throw Fault(path: "\(path).\(member.name)", reason: "unknown field")
            }
        }
        if profile.schedulerName.isEmpty { throw Fault(path: "\(path).schedulerName", reason: "Required value") }
        try configure(&profile, json["pluginConfig"])
        try choose(&profile, json["plugins"])
        return profile
    }

    // MARK: Which plugins

    private func choose(_ profile: inout Profile, _ plugins: JSON?) throws(Fault) {
        let all = profile
        let known = Set(all.names).union(Self.fixed)
        // What all points have in common comes first, so that a point can say otherwise.
        let members = (plugins?.members ?? []).sorted { $0.name == "multiPoint" && $1.name != "multiPoint" }
        for member in members {
            guard let point = Self.points[member.name] else {
                throw Fault(path: "\(path).plugins.\(member.name)", reason: "unknown field")
            }
            for entry in member.value["disabled"]?.elements ?? [] {
                let name = entry["name"]?.string ?? ""
                if name != "*", !known.contains(name) { throw unknown(member.name, "disabled", name) }
                profile.remove(point: point, name == "*" ? nil : name)
            }
            for entry in member.value["enabled"]?.elements ?? [] {
                let name = entry["name"]?.string ?? ""
                if !known.contains(name) { throw unknown(member.name, "enabled", name) }
                let weight = try entry["weight"].map { (json) throws(Fault) in
                    try SchedulerConfiguration.whole(json, "\(path).plugins.\(member.name).enabled.weight")
                }
                profile.add(name, from: all, point: point, weight: weight ?? 0)
            }
        }
    }
    private func unknown(_ point: String, _ list: String, _ name: String) -> Fault {
        Fault(path: "\(path).plugins.\(point).\(list)", reason: "plugin \"\(name)\" does not exist")
    }

    // MARK: With which arguments

    private func configure(_ profile: inout Profile, _ list: JSON?) throws(Fault) {
        var seen: Set<String> = []
        for (index, entry) in (list?.elements ?? []).enumerated() {
            let name = entry["name"]?.string ?? ""
            let here = "\(path).pluginConfig[\(index)]"
            if !seen.insert(name).inserted { throw Fault(path: here, reason: "Duplicate value: \"\(name)\"") }
            let reader = ArgumentReader("\(here).args", entry["args"] ?? .object)
            switch name {
            case "NodeAffinity": profile.replace(try reader.nodeAffinity())
            case "InterPodAffinity": profile.replace(try reader.interPodAffinity())
            case "PodTopologySpread": profile.replace(try reader.podTopologySpread())
            case "NodeResourcesFit": profile.replace(try reader.nodeResourcesFit())
            case "NodeResourcesBalancedAllocation": profile.replace(try reader.balancedAllocation())
            case "DefaultPreemption": profile.replace(try reader.preemption())
            case "VolumeBinding", "DynamicResources": continue
            default: throw Fault(path: "\(here).name", reason: "plugin \"\(name)\" does not exist")
            }
        }
    }
}

// MARK: - Lists of plugins

extension Profile {
    fileprivate var names: [String] {
        filters.map { type(of: $0).name } + postFilters.map { type(of: $0).name }
            + scores.map { type(of: $0.plugin).name } + preBinds.map { type(of: $0).name }
    }

    /// nil is all of them.
    fileprivate mutating func remove(point: ProfileReader.Point, _ name: String?) {
        func isMeant(_ other: String) -> Bool { name == nil || name == other }
        if point == .all || point == .filter { filters.removeAll { isMeant(type(of: $0).name) } }
        if point == .all || point == .postFilter { postFilters.removeAll { isMeant(type(of: $0).name) } }
        if point == .all || point == .score { scores.removeAll { isMeant(type(of: $0.plugin).name) } }
        if point == .all || point == .preBind { preBinds.removeAll { isMeant(type(of: $0).name) } }
    }

    /// Adds it last, or gives it another weight; without one it keeps its own.
    fileprivate mutating func add(_ name: String, from all: Profile, point: ProfileReader.Point, weight: Int) {
        if point == .all || point == .filter, !filters.contains(where: { type(of: $0).name == name }) {
            filters += all.filters.filter { type(of: $0).name == name }
        }
        if point == .all || point == .postFilter, !postFilters.contains(where: { type(of: $0).name == name }) {
            postFilters += all.postFilters.filter { type(of: $0).name == name }
        }
        if point == .all || point == .preBind, !preBinds.contains(where: { type(of: $0).name == name }) {
            preBinds += all.preBinds.filter { type(of: $0).name == name }
        }
        guard point == .all || point == .score else { return }
        if let index = scores.firstIndex(where: { type(of: $0.plugin).name == name }) {
            if weight > 0 { scores[index].weight = weight }
        } else {
            scores += all.scores.filter { type(of: $0.plugin).name == name }.map {
                ($0.plugin, weight > 0 ? weight : $0.weight)
            }
        }
    }

    /// Others look after these resources.
    mutating func ignore(_ resources: Set<String>) {
        guard var fit = filters.compactMap({ $0 as? NodeResourcesFit }).first else { return }
        fit.ignoredResources.formUnion(resources)
        replace(fit)
    }

    /// Puts it wherever one of its kind is.
    fileprivate mutating func replace<T: Sendable>(_ plugin: T) {
        filters = filters.map { $0 is T ? plugin as? any FilterPlugin ?? $0 : $0 }
        postFilters = postFilters.map { $0 is T ? plugin as? any PostFilterPlugin ?? $0 : $0 }
        scores = scores.map { ($0.plugin is T ? plugin as? any ScorePlugin ?? $0.plugin : $0.plugin, $0.weight) }
    }
}
