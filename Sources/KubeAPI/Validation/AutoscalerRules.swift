import APIMachinery

/// What may stand in a HorizontalPodAutoscaler, as autoscaling/v2 has it.
enum AutoscalerRules {
    private static let longestWindowSeconds = 3600
    private static let longestPeriodSeconds = 1800

    static func errors(_ autoscaler: JSON, old: JSON?) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", autoscaler["spec"] ?? .object) { check(&$0, $1, old: old?["spec"]) }
        return checker.errors
    }

    static func statusErrors(_ autoscaler: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("status", autoscaler["status"]) { checker, status in
            for field in ["currentReplicas", "desiredReplicas"] { checker.nonNegative(field, of: status) }
        }
        return checker.errors
    }

    private static func check(_ checker: inout FieldChecker, _ spec: JSON, old: JSON?) {
        let least = old?["minReplicas"]?.int == 0 ? 0 : 1
        let minimum = spec["minReplicas"]
        if let minimum, minimum.int ?? 0 < least {
            checker.invalid("minReplicas", minimum, "must be greater than or equal to \(least)")
        }
        let maximum = spec["maxReplicas"]?.int ?? 0
        if maximum == 0 {
            checker.required("maxReplicas", "must be set and greater than 0")
        } else if maximum < 0 {
            checker.invalid("maxReplicas", spec["maxReplicas"], "must be greater than or equal to 1")
        }
        if let minimum = minimum?.int, maximum < minimum {
            checker.invalid(
                "maxReplicas", spec["maxReplicas"] ?? 0, "must be greater than or equal to `minReplicas`")
        }
        checker.inside("scaleTargetRef", spec["scaleTargetRef"] ?? .object) { checker, target in
            let before = old?["scaleTargetRef"]
            // What was taken once is not looked at again.
            let isKnown = before?["apiVersion"] == target["apiVersion"] && before?["kind"] == target["kind"]
            checkReference(
                &checker, target, mayLackGroup: target["kind"]?.string == "ReplicationController",
                skipsVersion: before != nil && isKnown)
        }
        checker.each("metrics", of: spec) { checkMetric(&$0, $1) }
        let types = (spec["metrics"]?.elements ?? []).map { $0["type"]?.string ?? "" }
        if minimum?.int == 0, !types.contains("Object"), !types.contains("External") {
            checker.forbidden(
                "metrics", "must specify at least one Object or External metric to support scaling to zero replicas")
        }
        checker.inside("behavior", spec["behavior"]) { checker, behavior in
            for direction in ["scaleUp", "scaleDown"] {
                checker.inside(direction, behavior[direction]) { checkRules(&$0, $1) }
            }
        }
    }

    private static func checkReference(
        _ checker: inout FieldChecker, _ reference: JSON, mayLackGroup: Bool, skipsVersion: Bool
    ) {
        checker.requireText("kind", of: reference, Validation.isPathSegment)
        checker.requireText("name", of: reference, Validation.isPathSegment)
        if skipsVersion { return }
        let version = reference["apiVersion"]?.string ?? ""
        let slashes = version.count { $0 == "/" }
        if slashes > 1 {
            checker.invalid("apiVersion", JSON(version), "unexpected GroupVersion string: \(version)")
        } else if !mayLackGroup, slashes == 0 || version.hasPrefix("/") {
            checker.invalid("apiVersion", JSON(version), "apiVersion must specify API group")
        }
    }

    // MARK: Metrics

    private static let kinds = [
        ("Object", "object"), ("External", "external"), ("Pods", "pods"), ("Resource", "resource"),
        ("ContainerResource", "containerResource"),
    ]
    private static let types = kinds.map(\.0).sorted()

    private static func checkMetric(_ checker: inout FieldChecker, _ metric: JSON) {
        let type = metric["type"]?.string ?? ""
        if type.isEmpty { checker.required("type", "must specify a metric source type") }
        if !types.contains(type) { checker.notSupported("type", JSON(type), types) }
        let present = kinds.map(\.1).filter { metric[$0] != nil }
        if let first = present.first {
            checker.inside(first, metric[first]) { checkSource(&$0, $1, first) }
        }
        guard let own = kinds.first(where: { $0.0 == type })?.1 else {
            return checker.notSupported("type", JSON(type), types)
        }
        if metric[own] == nil { checker.required(own, "must populate information for the given metric source") }
        if present.count != 1 {
            for other in present where other != own {
                checker.forbidden(other, "must populate the given metric source only")
            }
        }
    }

    private static func checkSource(_ checker: inout FieldChecker, _ source: JSON, _ kind: String) {
        let target = source["target"] ?? .object
        let (value, average) = (target["value"], target["averageValue"])
        switch kind {
        case "object":
            checker.inside("describedObject", source["describedObject"] ?? .object) {
                checkReference(&$0, $1, mayLackGroup: true, skipsVersion: false)
            }
            checkIdentity(&checker, source)
            checkTarget(&checker, target)
            if value == nil, average == nil {
                checker.required("target.averageValue", "must set either a target value or averageValue")
            }
        case "external":
            checkIdentity(&checker, source)
            checkTarget(&checker, target)
            if value == nil, average == nil {
                checker.required(
                    "target.averageValue", "must set either a target value for metric or a per-pod target")
            }
            if value != nil, average != nil {
                checker.forbidden("target.value", "may not set both a target value for metric and a per-pod target")
            }
        case "pods":
            checkIdentity(&checker, source)
            checkTarget(&checker, target)
            if average == nil {
                checker.required("target.averageValue", "must specify a positive target averageValue")
            }
        default: checkResource(&checker, source, target, isContainers: kind == "containerResource")
        }
    }

    private static func checkResource(
        _ checker: inout FieldChecker, _ source: JSON, _ target: JSON, isContainers: Bool
    ) {
        if source.lacks("name") {
            checker.required("name", "must specify a resource name")
        } else if isContainers {
            checker.inside("name") {
                QuantityRules.checkContainerResourceName(&$0, source["name"]?.string ?? "")
            }
        }
        if isContainers {
            if source.lacks("container") {
                checker.required("container", "must specify a container")
            } else {
                checker.check("container", of: source, Validation.isDNS1123Label)
            }
        }
        checkTarget(&checker, target)
        let (utilization, average) = (target["averageUtilization"], target["averageValue"])
        if utilization == nil, average == nil {
            checker.required(
                "target.averageUtilization", "must set either a target raw value or a target utilization")
        }
        if utilization != nil, average != nil {
            checker.forbidden(
                "target.averageValue", "may not set both a target raw value and a target utilization")
        }
    }

    private static func checkIdentity(_ checker: inout FieldChecker, _ source: JSON) {
        checker.inside("metric", source["metric"] ?? .object) { checker, metric in
            if metric.lacks("name") {
                checker.required("name", "must specify a metric name")
            } else {
                checker.check("name", of: metric, Validation.isPathSegment)
            }
        }
    }

    private static func checkTarget(_ checker: inout FieldChecker, _ target: JSON) {
        checker.inside("target") { checker in
            if target.lacks("type") { checker.required("type", "must specify a metric target type") }
            if !["Utilization", "Value", "AverageValue"].contains(target["type"]?.string ?? "") {
                checker.invalid("type", target["type"] ?? "", "must be either Utilization, Value, or AverageValue")
            }
            for field in ["value", "averageValue"] {
                if let quantity = target[field], QuantityRules.quantity(quantity) <= .zero {
                    checker.invalid(field, quantity, "must be positive")
                }
            }
            if let utilization = target["averageUtilization"], utilization.int ?? 0 < 1 {
                checker.invalid("averageUtilization", utilization, "must be greater than 0")
            }
        }
    }

    // MARK: Behavior

    private static func checkRules(_ checker: inout FieldChecker, _ rules: JSON) {
        if let window = rules["stabilizationWindowSeconds"], let seconds = window.int {
            if seconds < 0 {
                checker.invalid("stabilizationWindowSeconds", window, "must be greater than or equal to zero")
            }
            if seconds > longestWindowSeconds {
                checker.invalid(
                    "stabilizationWindowSeconds", window, "must be less than or equal to \(longestWindowSeconds)")
            }
        }
        checker.oneOf("selectPolicy", of: rules, ["Disabled", "Max", "Min"], mayBeAbsent: true)
        if rules["policies"]?.isEmpty ?? true { checker.required("policies", "must specify at least one Policy") }
        checker.each("policies", of: rules) { checker, policy in
            if !["Pods", "Percent"].contains(policy["type"]?.string ?? "") {
                checker.notSupported("type", policy["type"] ?? "", ["Percent", "Pods"])
            }
            for field in ["value", "periodSeconds"] where policy[field]?.int ?? 0 <= 0 {
                checker.invalid(field, policy[field] ?? 0, "must be greater than zero")
            }
            if let period = policy["periodSeconds"], period.int ?? 0 > longestPeriodSeconds {
                checker.invalid("periodSeconds", period, "must be less than or equal to \(longestPeriodSeconds)")
            }
        }
        if let tolerance = rules["tolerance"], QuantityRules.quantity(tolerance).isNegative {
            checker.invalid("tolerance", tolerance, "must be greater than or equal to 0")
        }
    }
}
