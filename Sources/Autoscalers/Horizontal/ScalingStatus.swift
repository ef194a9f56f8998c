import APIMachinery
import Basics
import KubeAPI

/// The status of an autoscaler while it is being written.
struct ScalingStatus: Sendable, Equatable {
    private(set) var json: JSON

    init(_ autoscaler: HorizontalPodAutoscaler) { json = autoscaler.json["status"] ?? .object }

    /// The time of change moves with the status alone.
    mutating func set(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String, _ now: Instant) {
        var conditions = json["conditions"]?.elements ?? []
        let index = conditions.firstIndex { $0["type"]?.string == type }
        let status = isTrue ? "True" : "False"
        var condition: JSON = ["type": JSON(type), "status": JSON(status)]
        let before = index.map { conditions[$0] }
        condition["lastTransitionTime"] =
            before?["status"]?.string == status ? before?["lastTransitionTime"] : now.json
        condition["reason"] = JSON(reason)
        condition["message"] = JSON(message)
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        json["conditions"] = JSON(conditions)
    }

    mutating func remove(_ type: String) {
        guard let conditions = json["conditions"]?.elements else { return }
        let rest = conditions.filter { $0["type"]?.string != type }
        if rest.count != conditions.count { json["conditions"] = JSON(rest) }
    }

    func isTrue(_ type: String) -> Bool {
        (json["conditions"]?.elements ?? []).contains {
            $0["type"]?.string == type && $0["status"]?.string == "True"
        }
    }

    /// `metrics` are null where none were looked at.
    mutating func setCounts(current: Int, desired: Int, metrics: JSON, scaledAt: Instant? = nil) {
        var new: JSON = ["currentReplicas": JSON(current), "desiredReplicas": JSON(desired)]
        new["lastScaleTime"] = scaledAt?.json ?? json["lastScaleTime"]
        new["currentMetrics"] = metrics
        new["conditions"] = json["conditions"]
        json = new
    }
    var desired: Int { json["desiredReplicas"]?.int ?? 0 }
}
