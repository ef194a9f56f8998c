import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Scheduler

/// The cluster and its groups at one moment, as far as the autoscaler goes by it.
struct ClusterLook {
    enum Standing: Equatable { case ready, starting, unready }

    /// With a template each, if there is any.
    private(set) var groups: [NodeGroup]
    /// By their nodes' names, where they have one.
    let instances: [String: [NodeInstance]]
    let nodes: [Node]
    let pods: [Pod]
    let now: Instant
    /// The group of each node that is in the cluster and of one.
    let groupOf: [String: String]
    private let byGroup: [String: [Node]]
    private let standings: [String: Standing]

    init(
        groups: [NodeGroup], instances told: [String: [NodeInstance]], nodes: [Node], pods: [Pod], now: Instant,
        _ options: AutoscalerOptions
    ) {
        let taints = NodeTaints(options)
        var byProvider: [String: String] = [:]
        for node in nodes {
            if let id = node.json["spec", "providerID"]?.string, !id.isEmpty { byProvider[id] = node.name }
        }
        let instances = told.mapValues { list in
            list.map { NodeInstance(name: byProvider[$0.name] ?? $0.name, state: $0.state) }
        }
        var groupOf: [String: String] = [:]
        for (group, list) in instances { for instance in list { groupOf[instance.name] = group } }
        let known = Set(nodes.map(\.name))
        groupOf = groupOf.filter { known.contains($0.key) }
        let byGroup = Dictionary(grouping: nodes.filter { groupOf[$0.name] != nil }) { groupOf[$0.name] ?? "" }
        var standings: [String: Standing] = [:]
        for node in nodes {
            let group = groups.first { $0.id == groupOf[node.name] }
            let limit = (group.map { options.options(of: $0) } ?? options).maxNodeStartupTime
            standings[node.name] =
                node.isReady && !taints.isStarting(node)
                ? .ready : node.isStarting(now, limit) || taints.isStarting(node) ? .starting : .unready
        }
        self.instances = instances
        self.nodes = nodes
        self.pods = pods
        self.now = now
        self.groupOf = groupOf
        self.byGroup = byGroup
        self.standings = standings
        self.groups = groups
        for index in groups.indices {
            // What a node turned out to be is more than what it was to be.
            if let real = byGroup[groups[index].id]?.first(where: { standings[$0.name] == .ready }) {
                self.groups[index].template = taints.template(of: real.json)
            } else {
                self.groups[index].template = taints.template(of: groups[index].template)
            }
        }
    }

    /// Nodes of a group that are in the cluster, by group.
    var members: [String: Set<String>] { byGroup.mapValues { Set($0.map(\.name)) } }
    func nodes(of group: String) -> [Node] { byGroup[group] ?? [] }
    func standing(_ node: String) -> Standing { standings[node] ?? .unready }

    /// Instances that are no node of the cluster, and should be one some day.
    func unregistered(_ group: String) -> [String] {
        (instances[group] ?? []).filter { groupOf[$0.name] == nil && ($0.state == .creating || $0.state == .running) }
            .map(\.name)
    }
    func failures(_ group: String) -> [(name: String, code: String, message: String)] {
        (instances[group] ?? []).compactMap {
            if case .failed(let code, let message) = $0.state { ($0.name, code, message) } else { nil }
        }
    }

    /// How many of a group were asked for and cannot be used yet: they are not in the cluster, or not ready for the first
    /// time.
    func upcoming(_ group: NodeGroup) -> Int {
        let going = Set((instances[group.id] ?? []).filter { $0.state == .deleting }.map(\.name))
        let usable = nodes(of: group.id).filter { standing($0.name) != .starting && !going.contains($0.name) }.count
        return max(0, group.targetSize - usable - failures(group.id).count)
    }
    /// How many of a group were asked for and are nowhere, not even as an instance with a name.
    func nameless(_ group: NodeGroup) -> Int {
        max(0, group.targetSize - (instances[group.id] ?? []).filter { $0.state != .deleting }.count)
    }

    /// Pods for which a node would have to be made: told that they fit nowhere, for long enough, and worth it.
    func unschedulable(_ options: AutoscalerOptions) -> [Pod] {
        pods.filter { pod in
            guard pod.nodeName.isEmpty, pod.isActive, let condition = pod.condition("PodScheduled"),
                condition["status"]?.string == "False", condition["reason"]?.string == "Unschedulable",
                !pod.isExpendable(options), pod.controller?.kind != "DaemonSet",
                (pod.json["status", "nominatedNodeName"]?.string ?? "").isEmpty
            else { return false }
            let created = pod.metadata.creationTimestamp.flatMap { Instant(rfc3339: $0) } ?? now
            return now - created >= options.newPodScaleUpDelay
        }
    }

    /// Whether so many nodes are not ready that something else must be wrong.
    func isHealthy(_ options: AutoscalerOptions) -> Bool { isHealthy(nodes, options) }
    /// The same of one group.
    func isHealthy(_ group: NodeGroup, _ options: AutoscalerOptions) -> Bool { isHealthy(nodes(of: group.id), options) }
    private func isHealthy(_ nodes: [Node], _ options: AutoscalerOptions) -> Bool {
        let unready = nodes.filter { standing($0.name) == .unready }.count
        return unready <= options.okTotalUnreadyCount
            || unready * 100 <= options.maxTotalUnreadyPercentage * nodes.count
    }
}

extension Pod {
    /// Of so little priority that no node is kept or made for it.
    func isExpendable(_ options: AutoscalerOptions) -> Bool {
        (json["spec"]?["priority"]?.int ?? 0) < options.expendablePodsPriorityCutoff
    }
}

extension Node {
    var isReady: Bool {
        (json["status"]?["conditions"]?.elements ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
    }
    /// Whether it has never been ready since it came, and came no longer ago than that: its condition then dates from its first
    /// moments.
    func isStarting(_ now: Instant, _ limit: Duration) -> Bool {
        guard !isReady else { return false }
        let condition = (json["status"]?["conditions"]?.elements ?? []).first { $0["type"]?.string == "Ready" }
        guard let created = metadata.creationTimestamp.flatMap({ Instant(rfc3339: $0) }) else { return true }
        guard now - created < limit else { return false }
        guard let changed = condition?["lastTransitionTime"]?.string.flatMap({ Instant(rfc3339: $0) }) else {
            return true
        }
        return changed - created < Self.statusDelay
    }
    /// How long after its creation a node may say for the first time how it is.
    private static let statusDelay = Duration.seconds(120)

    func hasTaint(_ key: String) -> Bool {
        (json["spec"]?["taints"]?.elements ?? []).contains { $0["key"]?.string == key }
    }
}
