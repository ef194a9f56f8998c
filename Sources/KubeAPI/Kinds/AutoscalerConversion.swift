import APIMachinery

/// Between autoscaling/v1 and v2: v1 knows the processor's utilization alone; all else is text in annotations there, in the
/// forms that kube-apiserver writes, so that nothing is lost on the way there and back.
enum AutoscalerConversion {
    private static let metrics = "autoscaling.alpha.kubernetes.io/metrics"
    private static let currentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics"
    private static let conditions = "autoscaling.alpha.kubernetes.io/conditions"
    private static let behavior = "autoscaling.alpha.kubernetes.io/behavior"
    private static let all = [metrics, currentMetrics, conditions, behavior]

    /// Whether there are metrics beside the processor's utilization.
    static func notesMetrics(_ autoscaler: JSON) -> Bool {
        autoscaler["metadata", "annotations"]?[metrics]?.string?.isEmpty == false
    }

    static func processor(utilization: Int) -> JSON {
        [
            "type": "Resource",
            "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": JSON(utilization)]],
        ]
    }

    // MARK: v2 → v1

    static func first(_ autoscaler: JSON) -> JSON {
        var result = autoscaler
        result["apiVersion"] = "autoscaling/v1"
        var notes = plainNotes(autoscaler)
        let specs = autoscaler["spec", "metrics"]?.elements ?? []
        let ofProcessor = specs.filter(isProcessorUtilization)
        let others = specs.filter { !isProcessorUtilization($0) }
        if !others.isEmpty { notes[metrics] = JSON(others.map { source($0, MetricFields.toFirst) }).text }
        let statuses = autoscaler["status", "currentMetrics"]?.elements ?? []
        if !statuses.isEmpty { notes[currentMetrics] = JSON(statuses.map(firstStatus)).text }
        let states = autoscaler["status", "conditions"]?.elements ?? []
        if !states.isEmpty { notes[conditions] = JSON(states).text }
        if let rules = autoscaler["spec", "behavior"] { notes[behavior] = capitalized(rules).text }
        setNotes(&result, notes)
        result.update("spec") { spec in
            spec["metrics"] = nil
            spec["behavior"] = nil
            spec["targetCPUUtilizationPercentage"] = ofProcessor.first?["resource", "target", "averageUtilization"]
        }
        result.update("status") { status in
            status["currentMetrics"] = nil
            status["conditions"] = nil
            status.setDefault("currentReplicas", 0)
            let ofProcessor = statuses.last {
                $0["resource", "name"]?.string == "cpu" && $0["resource", "current", "averageUtilization"] != nil
            }
            status["currentCPUUtilizationPercentage"] = ofProcessor?["resource", "current", "averageUtilization"]
        }
        return result
    }

    private static func isProcessorUtilization(_ metric: JSON) -> Bool {
        metric["type"]?.string == "Resource" && metric["resource", "name"]?.string == "cpu"
            && metric["resource", "target", "averageUtilization"] != nil
    }

    // MARK: v1 → v2

    static func second(_ autoscaler: JSON) -> JSON {
        var result = autoscaler
        result["apiVersion"] = "autoscaling/v2"
        let notes = autoscaler["metadata", "annotations"]?.stringMap ?? [:]
        func noted(_ name: String) -> JSON? { notes[name].flatMap { try? JSON(parsing: Array($0.utf8)) } }
        var specs = noted(metrics).map { $0.elements.map { source($0, MetricFields.toSecond) } } ?? []
        if let utilization = autoscaler["spec", "targetCPUUtilizationPercentage"]?.int {
            specs.append(processor(utilization: utilization))
        }
        if specs.isEmpty { specs = [processor(utilization: 80)] }
        setNotes(&result, plainNotes(autoscaler))
        result.updateOrMake("spec") { spec in
            spec["targetCPUUtilizationPercentage"] = nil
            spec["metrics"] = JSON(specs)
            if let rules = noted(behavior), rules.isObject, !rules.isEmpty { spec["behavior"] = uncapitalized(rules) }
        }
        result.updateOrMake("status") { status in
            let utilization = status["currentCPUUtilizationPercentage"]
            status["currentCPUUtilizationPercentage"] = nil
            if let current = noted(currentMetrics), current.isArray {
                status["currentMetrics"] = JSON(current.elements.map(secondStatus))
            } else if let utilization {
                status["currentMetrics"] = [
                    ["type": "Resource", "resource": ["name": "cpu", "current": ["averageUtilization": utilization]]]
                ]
            } else {
                status["currentMetrics"] = .some(.null)
            }
            if status["currentReplicas"]?.int == 0 { status["currentReplicas"] = nil }
            if let states = noted(conditions), states.isArray { status["conditions"] = states }
        }
        return result
    }

    // MARK: Annotations

    private static func plainNotes(_ autoscaler: JSON) -> [String: String] {
        (autoscaler["metadata", "annotations"]?.stringMap ?? [:]).filter { !all.contains($0.key) }
    }
    private static func setNotes(_ autoscaler: inout JSON, _ notes: [String: String]) {
        autoscaler.updateOrMake("metadata") { metadata in
            metadata["annotations"] =
                notes.isEmpty ? nil : JSON(members: notes.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) })
        }
    }

    /// The annotation has Go's names of fields.
    private static func capitalized(_ value: JSON) -> JSON {
        renamed(value) { $0.prefix(1).uppercased() + $0.dropFirst() }
    }
    private static func uncapitalized(_ value: JSON) -> JSON {
        renamed(value) { $0.prefix(1).lowercased() + $0.dropFirst() }
    }
    private static func renamed(_ value: JSON, _ name: (String) -> String) -> JSON {
        if value.isArray { return JSON(value.elements.map { renamed($0, name) }) }
        guard value.isObject else { return value }
        // What Go writes as null is absent here.
        return JSON(
            members: value.members.filter { !$0.value.isNull }.map {
                (name: name($0.name), value: renamed($0.value, name))
            })
    }

    // MARK: Metrics

    /// How one version's metric source becomes the other's.
    private enum MetricFields { case toFirst, toSecond }

    private static let kinds = ["object", "pods", "resource", "containerResource", "external"]

    private static func source(_ metric: JSON, _ direction: MetricFields) -> JSON {
        var result: JSON = ["type": metric["type"] ?? ""]
        for kind in kinds {
            guard let value = metric[kind], value.isObject else { continue }
            result[kind] = direction == .toFirst ? firstSource(kind, value) : secondSource(kind, value)
        }
        return result
    }

    private static func firstSource(_ kind: String, _ source: JSON) -> JSON {
        let target = source["target"]
        var result: JSON = .object
        switch kind {
        case "object":
            result["target"] = source["describedObject"]
            result["metricName"] = source["metric", "name"]
            result["targetValue"] = target?["value"] ?? "0"
            result["selector"] = source["metric", "selector"]
            result["averageValue"] = target?["averageValue"]
        case "pods":
            result["metricName"] = source["metric", "name"]
            result["targetAverageValue"] = target?["averageValue"] ?? "0"
            result["selector"] = source["metric", "selector"]
        case "external":
            result["metricName"] = source["metric", "name"]
            result["metricSelector"] = source["metric", "selector"]
            result["targetValue"] = target?["value"]
            result["targetAverageValue"] = target?["averageValue"]
        default:
            result["name"] = source["name"]
            result["targetAverageUtilization"] = target?["averageUtilization"]
            result["targetAverageValue"] = target?["averageValue"]
            result["container"] = source["container"]
        }
        return result
    }

    private static func secondSource(_ kind: String, _ source: JSON) -> JSON {
        var result: JSON = .object
        var target: JSON = .object
        var metric: JSON = ["name": source["metricName"] ?? ""]
        metric["selector"] = source["selector"] ?? source["metricSelector"]
        switch kind {
        case "object":
            let average = source["averageValue"]
            target["type"] = average == nil ? "Value" : "AverageValue"
            let value = source["targetValue"]
            if average == nil || value != "0" { target["value"] = value }
            target["averageValue"] = average
            result["describedObject"] = source["target"]
            result["metric"] = metric
        case "pods":
            target = ["type": "AverageValue"]
            target["averageValue"] = source["targetAverageValue"]
            result["metric"] = metric
        case "external":
            target["type"] = source["targetValue"] == nil ? "AverageValue" : "Value"
            target["value"] = source["targetValue"]
            target["averageValue"] = source["targetAverageValue"]
            result["metric"] = metric
        default:
            target["type"] = source["targetAverageUtilization"] == nil ? "AverageValue" : "Utilization"
            target["averageValue"] = source["targetAverageValue"]
            target["averageUtilization"] = source["targetAverageUtilization"]
            result["name"] = source["name"]
            result["container"] = source["container"]
        }
        result["target"] = target
        return result
    }

    // MARK: What was measured

    private static func firstStatus(_ metric: JSON) -> JSON {
        var result: JSON = ["type": metric["type"] ?? ""]
        for kind in kinds {
            guard let value = metric[kind], value.isObject else { continue }
            let current = value["current"]
            var status: JSON = .object
            status["target"] = value["describedObject"]
            status["name"] = value["name"]
            status["container"] = value["container"]
            status["metricName"] = value["metric", "name"]
            status[kind == "external" ? "metricSelector" : "selector"] = value["metric", "selector"]
            status["currentAverageUtilization"] = current?["averageUtilization"]
            switch kind {
            case "object":
                status["currentValue"] = current?["value"] ?? "0"
                status["averageValue"] = current?["averageValue"]
            case "external":
                status["currentValue"] = current?["value"] ?? "0"
                status["currentAverageValue"] = current?["averageValue"]
            default: status["currentAverageValue"] = current?["averageValue"] ?? "0"
            }
            result[kind] = status
        }
        return result
    }

    private static func secondStatus(_ metric: JSON) -> JSON {
        var result: JSON = ["type": metric["type"] ?? ""]
        for kind in kinds {
            guard let value = metric[kind], value.isObject else { continue }
            var current: JSON = .object
            current["value"] = value["currentValue"]
            current["averageValue"] = value["currentAverageValue"] ?? value["averageValue"]
            current["averageUtilization"] = value["currentAverageUtilization"]
            var status: JSON = .object
            if let name = value["metricName"] {
                var identity: JSON = ["name": name]
                identity["selector"] = value["selector"] ?? value["metricSelector"]
                status["metric"] = identity
            }
            status["name"] = value["name"]
            status["current"] = current
            status["container"] = value["container"]
            status["describedObject"] = value["target"]
            result[kind] = status
        }
        return result
    }
}
