import APIMachinery
import Basics
import KubeAPI

/// What an autoscaler's status says after a look.
struct VerticalReport {
    var policy: VerticalPolicy
    var recommendations: [(name: String, amounts: ContainerAggregate.Recommendation)] = []
    /// nil when nothing was measured.
    var confidence: Double?
    var podCount = 0
    /// Why its target cannot be used.
    var fault: String?

    /// The status, with times of transitions as they were where nothing changed.
    func status(of autoscaler: JSON, _ now: Instant) -> JSON {
        let old = autoscaler["status"]
        var status = JSON.object
        if !recommendations.isEmpty {
            status["recommendation"] = ["containerRecommendations": JSON(recommendations.map { container($0) })]
        }
        status["conditions"] = JSON(
            conditions.map { condition in
                let before = (old?["conditions"]?.elements ?? []).first { $0["type"] == condition["type"] }
                var condition = condition
                condition["lastTransitionTime"] =
                    before?["status"] == condition["status"]
                    ? before?["lastTransitionTime"] ?? now.json : now.json
                return condition
            })
        status["observedGeneration"] = autoscaler["metadata", "generation"]
        return status
    }

    private func container(_ one: (name: String, amounts: ContainerAggregate.Recommendation)) -> JSON {
        let names = policy.resources(of: one.name)
        func amounts(_ part: KeyPath<ContainerAggregate.Bounds, Int>) -> ResourceAmounts {
            ResourceAmounts([
                "cpu": Quantity(milli: one.amounts.processor[keyPath: part]),
                "memory": Quantity(one.amounts.memory[keyPath: part], format: .binarySI),
            ]).only(names)
        }
        func bounded(_ part: KeyPath<ContainerAggregate.Bounds, Int>) -> JSON {
            policy.bounded(amounts(part), of: one.name).amounts.json
        }
        return [
            "containerName": JSON(one.name), "target": bounded(\.target), "lowerBound": bounded(\.lower),
            "upperBound": bounded(\.upper), "uncappedTarget": amounts(\.target).json,
        ]
    }

    /// In the order of their types.
    private var conditions: [JSON] {
        var conditions: [JSON] = []
        func add(_ type: String, _ isTrue: Bool, _ reason: String = "", _ message: String = "") {
            var condition: JSON = ["type": JSON(type), "status": isTrue ? "True" : "False"]
            if !reason.isEmpty { condition["reason"] = JSON(reason) }
            if !message.isEmpty { condition["message"] = JSON(message) }
            conditions.append(condition)
        }
        if policy.mode == .auto {
            add(
                "ConfigDeprecated", true, "UpdateMode",
                "The update mode Auto is deprecated: use Recreate, Initial or InPlaceOrRecreate")
        }
        if let fault { add("ConfigUnsupported", true, "", fault) }
        let noPods = "No pods match this VPA object"
        if let confidence {
            add(
                "LowConfidence", confidence < 1, confidence < 1 ? "ShortHistory" : "",
                confidence < 1 ? "The recommendation is made of less than a day of measurements" : "")
        }
        if podCount == 0 { add("NoPodsMatched", true, "NoPodsMatched", noPods) }
        let isProvided = !recommendations.isEmpty
        let lacksPods = !isProvided && podCount == 0
        add("RecommendationProvided", isProvided, lacksPods ? "NoPodsMatched" : "", lacksPods ? noPods : "")
        return conditions
    }
}
