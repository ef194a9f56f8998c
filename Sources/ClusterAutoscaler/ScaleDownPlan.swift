import APIMachinery
import Basics
import KubeAPI
import Scheduler

/// Which nodes nobody needs: those with little on them, of which all that must live on would find room elsewhere.
struct ScaleDownPlan {
    struct Unneeded: Sendable, Equatable {
        var node: String
        var group: String
        /// Those that must find another node; none for an empty node.
        var pods: [ObjectKey]
        var isReady: Bool
    }
    /// Why a node must stay.
    enum Obstacle: Sendable, Equatable {
        case disabledByAnnotation, notUnderutilized, minimalSize, noPlaceToMovePods
        case blocked(pod: ObjectKey, DrainRules.Reason)
    }
    private(set) var unneeded: [Unneeded] = []
    private(set) var obstacles: [String: Obstacle] = [:]
    static let disabled = "cluster-autoscaler.kubernetes.io/scale-down-disabled"

    /// `members` are the nodes of each group. Candidates of earlier looks come first, so that two of which only one can go
    /// do not take turns.
    init(
        _ nodes: [Node], _ pods: [Pod], _ trial: PlacementTrial, _ groups: [NodeGroup], members: [String: Set<String>],
        earlier: Set<String>, _ rules: DrainRules, _ options: AutoscalerOptions
    ) {
        var byNode: [String: [Pod]] = [:]
        for pod in pods where !pod.nodeName.isEmpty { byNode[pod.nodeName, default: []].append(pod) }
        var candidates: [(node: Node, group: NodeGroup, moving: [Pod])] = []
        for group in groups {
            let own = nodes.filter { members[group.id]?.contains($0.name) == true }
            for node in own {
                if node.json["metadata", "annotations", Self.disabled]?.string == "true" {
                    obstacles[node.name] = .disabledByAnnotation
                } else if node.isReady, Self.isUsed(trial.utilization(of: node.name), options) {
                    obstacles[node.name] = .notUnderutilized
                } else if let blocked = Self.obstacle(byNode[node.name] ?? [], rules) {
                    obstacles[node.name] = blocked
                } else {
                    let moving = (byNode[node.name] ?? []).filter { rules.verdict(on: $0) == .moves }
                    candidates.append((node, group, moving))
                }
            }
        }
        candidates.sort { left, right in
            let (a, b) = (earlier.contains(left.node.name), earlier.contains(right.node.name))
            if left.moving.isEmpty != right.moving.isEmpty { return left.moving.isEmpty }
            if a != b { return a }
            return left.moving.count != right.moving.count
                ? left.moving.count < right.moving.count : left.node.name < right.node.name
        }
        var trial = trial
        var going: [String: Int] = [:]
        for (node, group, moving) in candidates {
            guard group.targetSize - (going[group.id] ?? 0) > group.minSize else {
                obstacles[node.name] = .minimalSize
                continue
            }
            // A copy, given up if somebody finds no room.
            var without = trial
            without.remove(node: node.name)
            for pod in moving { without.remove(pod: pod.key) }
            guard moving.allSatisfy({ without.place($0.json) != nil }) else {
                obstacles[node.name] = .noPlaceToMovePods
                continue
            }
            trial = without
            going[group.id, default: 0] += 1
            unneeded.append(
                Unneeded(node: node.name, group: group.id, pods: moving.map(\.key), isReady: node.isReady))
        }
    }

    private static func isUsed(_ share: (cpu: Double, memory: Double), _ options: AutoscalerOptions) -> Bool {
        max(share.cpu, share.memory) >= options.scaleDownUtilizationThreshold
    }
    private static func obstacle(_ pods: [Pod], _ rules: DrainRules) -> Obstacle? {
        for pod in pods {
            if case .blocks(let reason) = rules.verdict(on: pod) { return .blocked(pod: pod.key, reason) }
        }
        return nil
    }
}

extension Node {
    var isReady: Bool {
        (json["status"]?["conditions"]?.elements ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
    }
}
