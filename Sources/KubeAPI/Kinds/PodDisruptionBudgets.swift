import APIMachinery

/// Everything known of PodDisruptionBudgets.
enum PodDisruptionBudgets {
    static let resource = Resource(
        "policy/v1", "PodDisruptionBudget", plural: "poddisruptionbudgets", shortNames: ["pdb"],
        subresources: [.status("policy/v1", "PodDisruptionBudget")],
        columns: [
            .name,
            .text("Min Available") { share($0["spec", "minAvailable"]) },
            .text("Max Unavailable") { share($0["spec", "maxUnavailable"]) },
            .number("Allowed Disruptions", "integer") { $0["status", "disruptionsAllowed"]?.int ?? 0 },
            .age,
        ],
        allowsUnconditionalUpdate: false,
        prepareForCreate: Strategy.create(generation: true, status: emptyStatus),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, validate: validate,
        validateUpdate: { new, _ in validate(new) },
        validateStatusUpdate: { new, _ in
            var checker = FieldChecker()
            checker.inside("status", new["status"] ?? .object) { checker, status in
                ConditionRules.check(&checker, status)
                for field in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
                    checker.nonNegative(field, of: status)
                }
            }
            return checker.errors
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    private static let emptyStatus: JSON = [
        "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0,
    ]

    private static func share(_ value: JSON?) -> String { value?.string ?? value?.number ?? "N/A" }

    private static func validate(_ budget: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let spec = budget["spec"] ?? .object
        if spec["minAvailable"] != nil, spec["maxUnavailable"] != nil {
            checker.invalid(
                "spec", spec, as: "PodDisruptionBudgetSpec", "minAvailable and maxUnavailable cannot be both set")
        }
        checker.inside("spec", spec) { checker, spec in
            for field in ["minAvailable", "maxUnavailable"] {
                ShareRules.check(&checker, field, spec[field])
                ShareRules.checkAtMostAll(&checker, field, spec[field])
            }
            checker.labelSelector("selector", spec["selector"])
            checker.oneOf(
                "unhealthyPodEvictionPolicy", of: spec, ["AlwaysAllow", "IfHealthyBudget"], mayBeAbsent: true)
        }
        return checker.errors
    }
}
