import APIMachinery
import Basics
import KubeAPI
import Synchronization

/// What the horizontal autoscaler thought at its last look at each autoscaler, for people who ask.
public final class ScalingExplainer: Sendable {
    private let answers = Mutex<[ObjectKey: JSON]>([:])

    public init() {}

    /// nil for one that was not looked at (yet, or here).
    public func explanation(_ key: ObjectKey) -> JSON? { answers.withLock { $0[key] } }
    /// The autoscalers of a target.
    public func autoscalers(ofKind kind: String, _ key: ObjectKey) -> [ObjectKey] {
        answers.withLock { answers in
            answers.filter { entry in
                entry.key.namespace == key.namespace && entry.value["target", "name"]?.string == key.name
                    && entry.value["target", "kind"]?.string?.lowercased() == kind.lowercased()
            }.map(\.key).sorted()
        }
    }

    func keep(_ answer: JSON, _ key: ObjectKey) { answers.withLock { $0[key] = answer } }
    func forget(_ key: ObjectKey) { answers.withLock { $0[key] = nil } }
}

/// One look, told: which metric asked for what, what the windows left of it, and which policy held it back.
struct ScalingExplanation {
    /// How many of the newest recommendations are shown.
    static let shownRecommendations = 20
    let json: JSON

    init(
        _ autoscaler: HorizontalPodAutoscaler, _ view: HorizontalView?, _ verdict: HorizontalVerdict,
        _ history: ScalingHistory, _ settings: HorizontalSettings
    ) {
        let rules = ReplicaRules(autoscaler, settings)
        var json: JSON = [
            "kind": "HorizontalPodAutoscaler", "namespace": JSON(autoscaler.namespace), "name": JSON(autoscaler.name),
            "target": autoscaler.json["spec", "scaleTargetRef"] ?? .object, "minReplicas": JSON(rules.least),
            "maxReplicas": JSON(rules.most),
        ]
        if let failure = verdict.failure { json["error"] = JSON(failure) }
        json["conditions"] = verdict.status.json["conditions"] ?? .array
        guard let view else {
            self.json = json
            return
        }
        let current = view.scale.replicas
        json["time"] = view.now.json
        json["currentReplicas"] = JSON(current)
        json["desiredReplicas"] = JSON(verdict.failure == nil ? verdict.rescale?.replicas ?? current : current)
        if let rescale = verdict.rescale { json["reason"] = JSON(rescale.reason) }
        json["metrics"] = JSON(
            zip(autoscaler.spec.metrics, verdict.proposals).map { metric, proposal -> JSON in
                var entry: JSON = ["spec": metric.json]
                entry["name"] = proposal.map { JSON($0.name) }
                entry["replicas"] = proposal.map { JSON($0.replicas) }
                entry["status"] = proposal?.status
                return entry
            })
        json["pods"] = JSON(view.pods.map(\.name))
        if let outcome = verdict.outcome {
            json["stabilizedReplicas"] = JSON(outcome.stabilized)
            json["limitedBy"] = outcome.isLimited ? JSON(outcome.limit.reason) : .null
        }
        if let behavior = rules.behavior {
            func bound(_ rules: ReplicaRules.Rules, isUp: Bool) -> JSON {
                let bound = ReplicaRules.bound(current, rules, history, view.uptime, isUp: isUp)
                return [
                    "stabilizationWindowSeconds": JSON(rules.windowSeconds),
                    "selectPolicy": JSON(rules.selection.rawValue),
                    "bound": JSON(isUp ? max(bound, current) : min(bound, current)),
                ]
            }
            json["scaleUp"] = bound(behavior.up, isUp: true)
            json["scaleDown"] = bound(behavior.down, isUp: false)
        }
        json["recommendations"] = JSON(
            history.recommendations.suffix(Self.shownRecommendations).map {
                ["replicas": JSON($0.replicas), "secondsAgo": JSON((view.uptime - $0.at) / 1_000_000_000)] as JSON
            })
        self.json = json
    }
}
