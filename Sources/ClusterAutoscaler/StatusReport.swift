import APIMachinery
import Basics

/// What the autoscaler tells of itself in the ConfigMap `kube-system/cluster-autoscaler-status`, in the shape in which the
/// autoscaler project writes it (version 1.30 and later).
struct StatusReport: Sendable {
    struct Group: Sendable {
        var id: String
        var target: Int
        var minSize: Int
        var maxSize: Int
        var ready: Int
        var notStarted: Int
        var unready: Int
        var isGrowing: Bool
        var pause: AutoscalerState.Pause?
        var candidates: Int
        var total: Int { ready + notStarted + unready }
    }
    static let name = "cluster-autoscaler-status"
    var groups: [Group]
    var isHealthy: Bool

    private func health(_ groups: [Group], _ status: String) -> JSON {
        func sum(_ path: KeyPath<Group, Int>) -> JSON { JSON(groups.reduce(0) { $0 + $1[keyPath: path] }) }
        return [
            "status": JSON(status),
            "nodeCounts": [
                "registered": [
                    "total": sum(\.total), "ready": sum(\.ready), "notStarted": sum(\.notStarted),
                    "unready": ["total": sum(\.unready), "resourceUnready": 0],
                ], "longUnregistered": 0, "unregistered": 0,
            ],
        ]
    }
    private func scaleUp(_ groups: [Group]) -> JSON {
        if let paused = groups.first(where: { $0.pause != nil }), groups.count == 1, let pause = paused.pause {
            return [
                "status": "Backoff",
                "backoffInfo": ["errorCode": "cloudProviderError", "errorMessage": JSON(pause.reason)],
            ]
        }
        return ["status": groups.contains(where: \.isGrowing) ? "InProgress" : "NoActivity"]
    }
    private func scaleDown(_ groups: [Group]) -> JSON {
        let candidates = groups.reduce(0) { $0 + $1.candidates }
        return candidates == 0
            ? ["status": "NoCandidates"] : ["status": "CandidatesPresent", "candidates": JSON(candidates)]
    }

    func text(_ now: Instant) -> String {
        let all: JSON = [
            "time": JSON(now.rfc3339), "autoscalerStatus": "Running",
            "clusterWide": [
                "health": health(groups, isHealthy ? "Healthy" : "Unhealthy"), "scaleUp": scaleUp(groups),
                "scaleDown": scaleDown(groups),
            ],
            "nodeGroups": JSON(
                groups.map { group in
                    var health = health([group], group.unready == 0 ? "Healthy" : "Unhealthy")
                    health["cloudProviderTarget"] = JSON(group.target)
                    health["minSize"] = JSON(group.minSize)
                    health["maxSize"] = JSON(group.maxSize)
                    return [
                        "name": JSON(group.id), "health": health, "scaleUp": scaleUp([group]),
                        "scaleDown": scaleDown([group]),
                    ] as JSON
                }),
        ]
        return YAML.text(all)
    }
}
