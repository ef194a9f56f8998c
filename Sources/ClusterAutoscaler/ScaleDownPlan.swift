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
        /// Those that are ending already.
        var ending: [ObjectKey] = []
        var isReady: Bool
        /// Shares of CPU and memory that pods ask for.
        var cpu = 0.0
        var memory = 0.0
        var isEmpty: Bool { pods.isEmpty && ending.isEmpty }
    }
    /// Why a node must stay.
    enum Obstacle: Sendable, Equatable {
        case disabledByAnnotation, notUnderutilized, minimalSize, minimalResources, noPlaceToMovePods
        case unreadyDisabled, notLooked, receivesPods
        case blocked(pod: ObjectKey, DrainRules.Reason)

        /// As the autoscaler project calls it.
        var reason: String {
            switch self {
            case .disabledByAnnotation: "ScaleDownDisabledAnnotation"
            case .notUnderutilized: "NotUnderutilized"
            case .minimalSize: "NodeGroupMinSizeReached"
            case .minimalResources: "MinimalResourceLimitExceeded"
            case .noPlaceToMovePods: "NoPlaceToMovePods"
            case .unreadyDisabled: "ScaleDownUnreadyDisabled"
            case .notLooked, .receivesPods: "NotUnneededOtherReason"
            case .blocked: "BlockedByPod"
            }
        }
    }
    private(set) var unneeded: [Unneeded] = []
    private(set) var obstacles: [String: Obstacle] = [:]
    static let disabled = "cluster-autoscaler.kubernetes.io/scale-down-disabled"

    private struct Candidate {
        var node: Node
        var group: NodeGroup
        var moving: [Pod]
        var unneeded: Unneeded
    }

    /// `members` are the nodes of each group. Candidates of earlier looks come first, so that two of which only one can go
    /// do not take turns. On `leaving`
    /// nodes nobody can be put any more.
    init(
        _ nodes: [Node], _ pods: [Pod], _ trial: PlacementTrial, _ groups: [NodeGroup], members: [String: Set<String>],
        earlier: Set<String>, leaving: Set<String> = [], _ rules: DrainRules,
        _ options: AutoscalerOptions
    ) {
        var byNode: [String: [Pod]] = [:]
        for pod in pods where !pod.nodeName.isEmpty { byNode[pod.nodeName, default: []].append(pod) }
        var candidates: [Candidate] = []
        for group in groups {
            let own = options.options(of: group)
            for node in nodes where members[group.id]?.contains(node.name) == true {
                switch Self.judge(node, group, byNode[node.name] ?? [], trial, rules, own) {
                case .success(let candidate): candidates.append(candidate)
                case .failure(let refusal): obstacles[node.name] = refusal.obstacle
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
        choose(candidates, trial, nodes, leaving, options)
    }

    private struct Refusal: Error { var obstacle: Obstacle }

    private static func judge(
        _ node: Node, _ group: NodeGroup, _ pods: [Pod], _ trial: PlacementTrial, _ rules: DrainRules,
        _ options: AutoscalerOptions
    ) -> Result<Candidate, Refusal> {
        let isReady = node.isReady
        if node.json["metadata", "annotations", Self.disabled]?.string == "true" {
            return .failure(Refusal(obstacle: .disabledByAnnotation))
        }
        if !isReady, !options.isScaleDownOfUnreadyEnabled { return .failure(Refusal(obstacle: .unreadyDisabled)) }
        let left = pods.filter { pod in
            !pod.isTerminal
                && (options.ignoresDaemonSetsUtilization && pod.controller?.kind == "DaemonSet"
                    || options.ignoresMirrorPodsUtilization && DrainRules.isMirror(pod))
        }
        let (cpu, memory) = trial.utilization(of: node.name, leavingOut: left.map(\.json))
        if isReady, max(cpu, memory) >= options.scaleDownUtilizationThreshold {
            return .failure(Refusal(obstacle: .notUnderutilized))
        }
        var moving: [Pod] = []
        var ending: [ObjectKey] = []
        for pod in pods {
            switch rules.verdict(on: pod) {
            case .staysBehind: break
            case .moves: moving.append(pod)
            case .ends: ending.append(pod.key)
            case .blocks(let reason):
                guard options.fault == .movesTheUnmovable else {
                    return .failure(Refusal(obstacle: .blocked(pod: pod.key, reason)))
                }
                moving.append(pod)
            }
        }
        let unneeded = Unneeded(
            node: node.name, group: group.id, pods: moving.map(\.key), ending: ending, isReady: isReady, cpu: cpu,
            memory: memory)
        return .success(Candidate(node: node, group: group, moving: moving, unneeded: unneeded))
    }

    private mutating func choose(
        _ candidates: [Candidate], _ trial: PlacementTrial, _ nodes: [Node], _ leaving: Set<String>,
        _ options: AutoscalerOptions
    ) {
        var trial = trial
        var going: [String: Int] = [:]
        /// Nodes on which nobody can be put, as they go.
        var closed = leaving
        /// Nodes that are needed for pods of those that go.
        var receivers: Set<String> = []
        var looked = 0
        var (cores, memory) = nodes.reduce((0, 0)) { sum, node in
            let capacity = NodeGroup.capacity(of: node.json)
            return (sum.0 + capacity.cpu, sum.1 + capacity.memory)
        }
        for candidate in candidates {
            let (name, group) = (candidate.node.name, candidate.group)
            let counted = options.fault == .goesBelowMinimum ? 0 : going[group.id] ?? 0
            guard group.targetSize - counted > group.minSize else {
                obstacles[name] = .minimalSize
                continue
            }
            let capacity = NodeGroup.capacity(of: candidate.node.json)
            guard cores - capacity.cpu >= options.coresTotal.lowerBound * 1_000,
                memory - capacity.memory >= options.memoryTotal.lowerBound << 30
            else {
                obstacles[name] = .minimalResources
                continue
            }
            guard !receivers.contains(name) else {
                obstacles[name] = .receivesPods
                continue
            }
            if !candidate.moving.isEmpty {
                guard looked < options.scaleDownNonEmptyCandidates else {
                    obstacles[name] = .notLooked
                    continue
                }
                looked += 1
                guard let places = Self.move(candidate.moving, off: name, &trial, closed) else {
                    obstacles[name] = .noPlaceToMovePods
                    continue
                }
                receivers.formUnion(places)
            }
            closed.insert(name)
            cores -= capacity.cpu
            memory -= capacity.memory
            going[group.id, default: 0] += 1
            unneeded.append(candidate.unneeded)
        }
    }

    /// Where the pods find room; nil, and nothing is changed, if one finds none.
    private static func move(
        _ pods: [Pod], off node: String, _ trial: inout PlacementTrial, _ closed: Set<String>
    ) -> Set<String>? {
        var places: Set<String> = []
        var placed: [ObjectKey] = []
        let closed = closed.union([node])
        for pod in pods { trial.remove(pod: pod.key) }
        for pod in pods {
            guard let place = trial.place(trial.candidate(pod.json), except: closed) else {
                for key in placed { trial.remove(pod: key) }
                for pod in pods { trial.put(pod: pod.json) }
                return nil
            }
            placed.append(pod.key)
            places.insert(place)
        }
        return places
    }
}
