import APIMachinery

/// What `kubectl get` shows of HorizontalPodAutoscalers, as autoscaling/v2 has them.
enum AutoscalerColumns {
    static let all: [Resource.Column] = [
        .name,
        .text("Reference") { autoscaler in
            let target = autoscaler["spec", "scaleTargetRef"]
            return "\(target?["kind"]?.string ?? "")/\(target?["name"]?.string ?? "")"
        },
        .text("Targets", targets),
        .text("MinPods") { $0["spec", "minReplicas"]?.number ?? Cells.unset },
        .number("MaxPods") { $0["spec", "maxReplicas"]?.int ?? 0 },
        .number("Replicas") { $0["status", "currentReplicas"]?.int ?? 0 },
        .age,
    ]

    private static let shown = 2

    private static func targets(_ autoscaler: JSON) -> String {
        let specs = autoscaler["spec", "metrics"]?.elements ?? []
        if specs.isEmpty { return Cells.none }
        let statuses = autoscaler["status", "currentMetrics"]?.elements ?? []
        let texts = specs.enumerated().map { index, spec in
            target(spec, index < statuses.count ? statuses[index] : .object)
        }
        let text = texts.prefix(shown).joined(separator: ", ")
        return texts.count > shown ? "\(text) + \(texts.count - shown) more..." : text
    }

    private static func target(_ spec: JSON, _ status: JSON) -> String {
        let members = [
            "External": "external", "Pods": "pods", "Object": "object", "Resource": "resource",
            "ContainerResource": "containerResource",
        ]
        guard let member = members[spec["type"]?.string ?? ""] else { return "<unknown type>" }
        let target = spec[member, "target"]
        let current = status[member, "current"]
        func text(_ value: JSON?) -> String? { value?.string ?? value?.number }
        let unknown = "<unknown>"
        if member == "resource" || member == "containerResource" {
            let name = spec[member, "name"]?.string ?? ""
            if let wanted = text(target?["averageValue"]) {
                return "\(name): \(text(current?["averageValue"]) ?? unknown)/\(wanted)"
            }
            let now = text(current?["averageUtilization"]).map { "\($0)%" } ?? unknown
            let wanted = text(target?["averageUtilization"]).map { "\($0)%" } ?? "<auto>"
            return "\(name): \(now)/\(wanted)"
        }
        if let wanted = text(target?["averageValue"]) {
            return "\(text(current?["averageValue"]) ?? unknown)/\(wanted)" + (member == "pods" ? "" : " (avg)")
        }
        return "\(text(current?["value"]) ?? unknown)/\(text(target?["value"]) ?? "0")"
    }
}
