import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Scheduler

/// The cluster and its groups at one moment, as far as the autoscaler goes by it.
struct ClusterLook {
    let groups: [NodeGroup]
    let instances: [String: [NodeInstance]]
    let nodes: [Node]
    let pods: [Pod]

    /// Nodes of a group that are in the cluster, by group.
    var members: [String: Set<String>] {
        let known = Set(nodes.map(\.name))
        return instances.mapValues { Set($0.map(\.name).filter(known.contains)) }
    }
    func nodes(of group: String) -> [Node] {
        let names = members[group] ?? []
        return nodes.filter { names.contains($0.name) }
    }
    /// How many of a group were asked for and cannot be used yet: they are not in the cluster, or not ready for the first
    /// time.
    func upcoming(_ group: NodeGroup) -> Int {
        let usable = nodes(of: group.id).filter { !$0.isStarting }.count
        let going = (instances[group.id] ?? []).filter { $0.state == .deleting }.count
        return max(0, group.targetSize - usable - going)
    }

    /// Pods for which a node would have to be made: told that they fit nowhere, for long enough, and worth it.
    func unschedulable(_ now: Instant, _ options: AutoscalerOptions) -> [Pod] {
        pods.filter { pod in
            guard pod.nodeName.isEmpty, pod.isActive, let condition = pod.condition("PodScheduled"),
                condition["status"]?.string == "False", condition["reason"]?.string == "Unschedulable",
                (pod.json["spec"]?["priority"]?.int ?? 0) >= options.expendablePodsPriorityCutoff,
                (pod.json["status", "nominatedNodeName"]?.string ?? "").isEmpty
            else { return false }
            let created = pod.metadata.creationTimestamp.flatMap { Instant(rfc3339: $0) } ?? now
            return now - created >= options.newPodScaleUpDelay
        }
    }

    /// Whether so many nodes are not ready that something else must be wrong.
    func isHealthy(_ options: AutoscalerOptions) -> Bool {
        let unready = nodes.filter { !$0.isReady && !$0.isStarting }.count
        return unready <= options.okTotalUnreadyCount
            || unready * 100 <= options.maxTotalUnreadyPercentage * nodes.count
    }
}

extension Node {
    /// Whether it has never been ready since it came: it is still starting. Its condition then dates from its first moments.
    var isStarting: Bool {
        guard !isReady else { return false }
        let condition = (json["status"]?["conditions"]?.elements ?? []).first { $0["type"]?.string == "Ready" }
        guard let created = metadata.creationTimestamp.flatMap({ Instant(rfc3339: $0) }),
            let changed = condition?["lastTransitionTime"]?.string.flatMap({ Instant(rfc3339: $0) })
        else { return true }
        return changed - created < Self.statusDelay
    }
    /// How long after its creation a node may say for the first time how it is.
    private static let statusDelay = Duration.seconds(120)

    func hasTaint(_ key: String) -> Bool {
        (json["spec"]?["taints"]?.elements ?? []).contains { $0["key"]?.string == key }
    }
}
