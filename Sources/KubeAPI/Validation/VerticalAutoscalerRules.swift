import APIMachinery

/// What may stand in a VerticalPodAutoscaler: its published schema, and what the autoscaler project's admission refuses.
enum VerticalAutoscalerRules {
    static let modes = ["Off", "Initial", "Recreate", "InPlaceOrRecreate", "InPlace", "Auto"]
    private static let resources = ["cpu", "memory"]
    /// Parts that are behind feature gates, off by default: what is there already may stay.
    private static let perAutoscaler = [
        "oomBumpUpRatio", "oomMinBumpUp", "memoryAggregationIntervalSeconds", "memoryAggregationIntervalCount",
    ]

    static func errors(_ autoscaler: JSON, old: JSON?) -> [FieldError] {
        var checker = FieldChecker()
        let spec = autoscaler["spec"] ?? .object
        checker.inside("spec") { checker in
            if let target = spec["targetRef"], !target.isNull {
                checker.inside("targetRef") { checker in
                    for field in ["kind", "name"] where target[field]?.string == nil { checker.required(field) }
                }
            } else {
                checker.required("targetRef")
            }
            checker.inside("updatePolicy", spec["updatePolicy"]) { checkUpdates(&$0, $1, old?["spec", "updatePolicy"]) }
            checker.inside("resourcePolicy", spec["resourcePolicy"]) { checker, policy in
                let before = old?["spec", "resourcePolicy"]?["containerPolicies"]?.elements ?? []
                checker.each("containerPolicies", of: policy) { check(&$0, policy: $1, before: before) }
            }
            if spec["startupBoost"] != nil, old?["spec", "startupBoost"] == nil { forbidBoost(&checker) }
            let recommenders = spec["recommenders"]?.count ?? 0
            checker.each("recommenders", of: spec) { $0.requireText("name", of: $1) }
            if recommenders > 1 { checker.tooMany("recommenders", recommenders, 1) }
        }
        return checker.errors
    }

    static func statusErrors(_ autoscaler: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("status", autoscaler["status"]) { checker, status in
            checker.nonNegative("observedGeneration", of: status)
            checker.inside("recommendation", status["recommendation"]) { checker, recommendation in
                checker.each("containerRecommendations", of: recommendation) { checker, one in
                    if one["target"] == nil { checker.required("target") }
                }
            }
        }
        return checker.errors
    }

    static func warnings(_ autoscaler: JSON, _ old: JSON?) -> [String] {
        var warnings: [String] = []
        let policy = autoscaler["spec", "updatePolicy"]
        if policy?["updateMode"]?.string == "Auto" {
            let others = modes.filter { $0 != "Auto" }.sorted().joined(separator: " ")
            warnings.append(
                "spec.updatePolicy: \"Auto\" mode is deprecated and will be removed in a future API version. Use explicit "
                    + "update modes like: [\(others)]. See https://github.com/kubernetes/autoscaler/issues/8424 for more "
                    + "details.")
        }
        return warnings
    }

    // MARK: Updates

    private static func checkUpdates(_ checker: inout FieldChecker, _ policy: JSON, _ old: JSON?) {
        if let mode = policy["updateMode"]?.string {
            if !modes.contains(mode) { checker.notSupported("updateMode", JSON(mode), modes) }
            if mode == "InPlace", old?["updateMode"]?.string != "InPlace" {
                checker.forbidden(
                    "updateMode",
                    "in order to use UpdateMode InPlace, you must enable feature gate InPlace in the admission-controller args"
                )
            }
        } else {
            checker.required("updateMode", "updateMode is required if UpdatePolicy is used")
        }
        if let least = policy["minReplicas"]?.int, least <= 0 {
            checker.invalid("minReplicas", JSON(least), "minReplicas has to be positive")
        }
        if policy["evictAfterOOMSeconds"] != nil, old?["evictAfterOOMSeconds"] == nil {
            forbidPerAutoscaler(&checker, "evictAfterOOMSeconds")
        }
        checker.each("evictionRequirements", of: policy) { checker, requirement in
            if requirement["resources"] == nil { checker.required("resources") }
            checker.oneOf(
                "changeRequirement", of: requirement, ["TargetHigherThanRequests", "TargetLowerThanRequests"])
        }
    }

    private static func forbidPerAutoscaler(_ checker: inout FieldChecker, _ field: String) {
        checker.forbidden(field, "not supported when feature flag PerVPAConfig is disabled")
    }
    private static func forbidBoost(_ checker: inout FieldChecker) {
        checker.forbidden(
            "startupBoost",
            "in order to use startupBoost, you must enable feature gate CPUStartupBoost in the admission-controller args"
        )
    }

    // MARK: Containers

    private static func check(_ checker: inout FieldChecker, policy: JSON, before: [JSON]) {
        if (policy["containerName"]?.string ?? "").isEmpty { checker.required("containerName") }
        checker.oneOf("mode", of: policy, ["Auto", "Off"], mayBeAbsent: true)
        let most = policy["maxAllowed"] ?? .object
        for member in policy["minAllowed"]?.members ?? [] {
            checkResolution(&checker, "minAllowed[\(member.name)]", member.name, member.value)
            guard let bound = most[member.name] else { continue }
            let (lower, upper) = (QuantityRules.quantity(member.value), QuantityRules.quantity(bound))
            if upper < lower {
                checker.invalid(
                    "maxAllowed[\(member.name)]", upper.json,
                    "max resource for \(member.name) is lower than min of \"\(lower.text)\"")
            }
        }
        for member in most.members {
            checkResolution(&checker, "maxAllowed[\(member.name)]", member.name, member.value)
        }
        checker.oneOf("controlledValues", of: policy, ["RequestsAndLimits", "RequestsOnly"], mayBeAbsent: true)
        if policy["mode"]?.string == "Off", policy["controlledValues"]?.string == "RequestsAndLimits" {
            checker.forbidden(
                "controlledValues", "controlledValues shouldn't be specified if container scaling mode is off")
        }
        for (index, name) in (policy["controlledResources"]?.strings ?? []).enumerated()
        where !resources.contains(name) {
            // What was taken once stays.
            if before.contains(where: { $0["controlledResources"]?.strings.contains(name) == true }) { continue }
            checker.notSupported("controlledResources[\(index)]", JSON(name), resources)
        }
        for field in perAutoscaler where policy[field] != nil && !before.contains(where: { $0[field] != nil }) {
            forbidPerAutoscaler(&checker, field)
        }
        if policy["startupBoost"] != nil, !before.contains(where: { $0["startupBoost"] != nil }) {
            forbidBoost(&checker)
        }
    }

    private static func checkResolution(_ checker: inout FieldChecker, _ field: String, _ name: String, _ value: JSON) {
        let quantity = QuantityRules.quantity(value)
        if name == "cpu", Quantity(milli: quantity.milliValue) != quantity {
            checker.invalid(field, quantity.json, "must be a whole number of milli CPUs")
        } else if name == "memory", !quantity.isWhole {
            checker.invalid(field, quantity.json, "must be a whole number of bytes")
        }
    }
}
