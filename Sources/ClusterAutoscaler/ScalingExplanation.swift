import APIMachinery
import Basics
import Synchronization

/// What the autoscaler thought of its groups at the last look, for people.
public final class NodeScalingExplainer: Sendable {
    /// Nodes, and kinds of pods, of one group that are told.
    private static let limit = 200
    private struct Look: Sendable {
        var groups: [JSON] = []
    }
    private let last = Mutex(Look())

    public init() {}

    /// nil for a group that nobody knows.
    public func explanation(_ group: String) -> JSON? {
        last.withLock { $0.groups.first { $0["group"]?.string == group } }
    }
    /// All groups.
    public func explanations() -> [JSON] { last.withLock { $0.groups } }

    func note(_ look: ClusterLook, _ decision: AutoscalerCore.Decision, _ core: AutoscalerCore) {
        let groups = look.groups.map { Self.explanation($0, look, decision, core) }
        last.withLock { $0.groups = groups }
    }

    private static func explanation(
        _ group: NodeGroup, _ look: ClusterLook, _ decision: AutoscalerCore.Decision, _ core: AutoscalerCore
    ) -> JSON {
        let nodes = look.nodes(of: group.id)
        func count(_ standing: ClusterLook.Standing) -> JSON {
            JSON(nodes.filter { look.standing($0.name) == standing }.count)
        }
        var answer: JSON = [
            "group": JSON(group.id), "lookedAt": JSON(look.now.rfc3339), "minSize": JSON(group.minSize),
            "maxSize": JSON(group.maxSize), "targetSize": JSON(group.targetSize),
            "nodes": [
                "ready": count(.ready), "starting": count(.starting), "unready": count(.unready),
                "unregistered": JSON(look.unregistered(group.id).count),
            ], "upcoming": JSON(decision.upcoming[group.id] ?? 0), "isClusterHealthy": JSON(decision.isHealthy),
            "scaleUp": scaleUp(group, look, decision, core), "scaleDown": scaleDown(group, look, decision, core),
        ]
        if let price = group.hourlyPrice { answer["hourlyPrice"] = JSON(price) }
        return answer
    }

    private static func scaleUp(
        _ group: NodeGroup, _ look: ClusterLook, _ decision: AutoscalerCore.Decision, _ core: AutoscalerCore
    ) -> JSON {
        var answer: JSON = .object
        let plan = decision.scaleUp
        if let increase = plan?.increases.first(where: { $0.group == group.id }) {
            answer["increase"] = ["from": JSON(increase.from), "to": JSON(increase.to)]
        }
        answer["heldBackBy"] = plan?.refusals[group.id].map { JSON($0) }
        if let pause = core.state.pause(of: group.id, look.now) {
            answer["backoff"] = [
                "until": JSON(pause.until.rfc3339), "failures": JSON(pause.failures), "errorCode": JSON(pause.code),
                "errorMessage": JSON(pause.reason),
            ]
        }
        answer["pods"] = JSON(
            (plan?.judgements ?? []).filter { $0.group == group.id }.prefix(limit).map { judgement -> JSON in
                [
                    "pod": JSON(judgement.pod.description), "alike": JSON(judgement.count),
                    "fits": JSON(judgement.reasons.isEmpty), "reasons": JSON(judgement.reasons.map { JSON($0) }),
                ]
            })
        return answer
    }

    private static func scaleDown(
        _ group: NodeGroup, _ look: ClusterLook, _ decision: AutoscalerCore.Decision, _ core: AutoscalerCore
    ) -> JSON {
        var answer: JSON = .object
        answer["heldBackBy"] = decision.heldBack.map { JSON($0) }
        answer["nodes"] = JSON(
            look.nodes(of: group.id).prefix(limit).map { node -> JSON in
                var entry: JSON = ["node": JSON(node.name)]
                if core.leaving[node.name] != nil {
                    entry["state"] = "beingRemoved"
                } else if let since = core.state.unneededSince[node.name] {
                    entry["state"] = "unneeded"
                    entry["since"] = JSON(since.rfc3339)
                } else {
                    entry["state"] = look.standing(node.name) == .starting ? "starting" : "needed"
                }
                if let obstacle = decision.scaleDown?.obstacles[node.name] {
                    entry["reason"] = JSON(obstacle.reason)
                    if case .blocked(let pod, let reason) = obstacle {
                        entry["pod"] = JSON(pod.description)
                        entry["podReason"] = JSON(reason.rawValue)
                    }
                }
                return entry
            })
        return answer
    }
}
