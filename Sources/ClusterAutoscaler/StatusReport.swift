import APIMachinery
import Basics

/// What the autoscaler tells of itself in the ConfigMap `kube-system/cluster-autoscaler-status`, in the shape in which the
/// autoscaler project writes it (version 1.30 and later).
struct StatusReport: Sendable {
    struct Group: Sendable {
        var id: String
        var target = 0
        var minSize = 0
        var maxSize = 0
        var ready = 0
        var notStarted = 0
        var unready = 0
        var unregistered = 0
        var longUnregistered = 0
        var isGrowing = false
        var pause: AutoscalerState.Pause?
        var candidates = 0
        var isHealthy = true
        var total: Int { ready + notStarted + unready }
    }
    static let name = "cluster-autoscaler-status"
    var groups: [Group]
    /// Nodes of no group are counted, too.
    var cluster: Group

    /// `told` keeps since when a status is.
    func text(_ now: Instant, _ told: (_ status: String, _ part: String, _ group: String) -> AutoscalerState.Lasting)
        -> String
    {
        func condition(_ part: String, _ group: String, _ content: JSON) -> JSON {
            var condition = content
            condition["lastProbeTime"] = JSON(now.rfc3339Nano)
            let since = told(content["status"]?.string ?? "", part, group).since
            condition["lastTransitionTime"] = JSON(since.rfc3339Nano)
            return condition
        }
        func parts(_ one: Group, _ id: String) -> [(String, JSON)] {
            [
                ("health", condition("health", id, health(one, isOfGroup: !id.isEmpty))),
                ("scaleUp", condition("scaleUp", id, scaleUp(one))),
                ("scaleDown", condition("scaleDown", id, scaleDown(one))),
            ]
        }
        var whole: JSON = .object
        for (name, part) in parts(cluster, "") { whole[name] = part }
        let all: JSON = [
            "time": JSON(now.goText), "autoscalerStatus": "Running", "clusterWide": whole,
            "nodeGroups": JSON(
                groups.map { group in
                    var entry: JSON = ["name": JSON(group.id)]
                    for (name, part) in parts(group, group.id) { entry[name] = part }
                    return entry
                }),
        ]
        return YAML.text(all)
    }

    private func health(_ group: Group, isOfGroup: Bool) -> JSON {
        var health: JSON = [
            "status": group.isHealthy ? "Healthy" : "Unhealthy",
            "nodeCounts": [
                "registered": [
                    "total": JSON(group.total), "ready": JSON(group.ready), "notStarted": JSON(group.notStarted),
                    "unready": ["total": JSON(group.unready), "resourceUnready": 0],
                ], "longUnregistered": JSON(group.longUnregistered), "unregistered": JSON(group.unregistered),
            ],
        ]
        if isOfGroup {
            health["cloudProviderTarget"] = JSON(group.target)
            health["minSize"] = JSON(group.minSize)
            health["maxSize"] = JSON(group.maxSize)
        }
        return health
    }
    private func scaleUp(_ group: Group) -> JSON {
        if let pause = group.pause {
            return [
                "status": "Backoff",
                "backoffInfo": ["errorCode": JSON(pause.code), "errorMessage": JSON(pause.reason)],
            ]
        }
        return ["status": group.isGrowing ? "InProgress" : "NoActivity"]
    }
    private func scaleDown(_ group: Group) -> JSON {
        group.candidates == 0
            ? ["status": "NoCandidates"] : ["status": "CandidatesPresent", "candidates": JSON(group.candidates)]
    }
}

extension Instant {
    /// As Go prints a time, such as `2026-01-02 03:04:05.000000006 +0000 UTC`.
    var goText: String {
        let parts = rfc3339Nano.dropLast().split(separator: "T")
        return "\(parts.joined(separator: " ")) +0000 UTC"
    }
}
