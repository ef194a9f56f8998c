import APIMachinery

/// Everything known of HorizontalPodAutoscalers, which are stored as autoscaling/v2 and served in v1 too.
enum HorizontalPodAutoscalers {
    static let resource = Resource(
        "autoscaling/v2", "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers", shortNames: ["hpa"],
        categories: ["all"], subresources: [.status("autoscaling/v2", "HorizontalPodAutoscaler")],
        columns: AutoscalerColumns.all,
        prepareForCreate: Strategy.create(generation: false, status: emptyStatus),
        prepareForUpdate: Strategy.update(generation: false, status: true), prepareForStatusUpdate: keepSpec,
        setDefaults: setDefaults, validate: { AutoscalerRules.errors($0, old: nil) },
        validateUpdate: { AutoscalerRules.errors($0, old: $1) },
        validateStatusUpdate: { new, _ in AutoscalerRules.statusErrors(new) },
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    /// The same objects as autoscaling/v1 shows them: what it has no fields for is in annotations.
    static let firstVersion = Resource(
        "autoscaling/v1", "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers", shortNames: ["hpa"],
        categories: ["all"], subresources: [.status("autoscaling/v1", "HorizontalPodAutoscaler")],
        columns: AutoscalerColumns.all.map { column in
            Resource.Column(
                column.name, column.type, format: column.format, priority: column.priority, help: column.help
            ) { column.cellAt(conversion.store($0), $1) }
        },
        prepareForCreate: { autoscaler in
            autoscaler["status"] = ["currentReplicas": 0, "desiredReplicas": 0]
        },
        prepareForUpdate: Strategy.update(generation: false, status: true), prepareForStatusUpdate: keepSpec,
        setDefaults: { autoscaler in
            let hasMetrics = AutoscalerConversion.notesMetrics(autoscaler)
            autoscaler.updateOrMake("spec") { spec in
                spec.setDefault("minReplicas", 1)
                if !hasMetrics { spec.setDefault("targetCPUUtilizationPercentage", 80) }
            }
        },
        validate: { AutoscalerRules.errors(conversion.store($0), old: nil) },
        validateUpdate: { AutoscalerRules.errors(conversion.store($0), old: conversion.store($1)) },
        validateStatusUpdate: { new, _ in AutoscalerRules.statusErrors(new) },
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated, conversion: conversion)

    private static let conversion = VersionConversion(
        serve: { AutoscalerConversion.first($0) }, store: { AutoscalerConversion.second($0) })

    private static let emptyStatus: JSON = ["desiredReplicas": 0, "currentMetrics": .null]

    private static let keepSpec: Strategy.Update = { new, old in new.keep("spec", of: old) }

    private static func setDefaults(_ autoscaler: inout JSON) {
        autoscaler.updateOrMake("spec") { spec in
            spec.setDefault("minReplicas", 1)
            if spec["metrics"]?.isEmpty ?? true { spec["metrics"] = [AutoscalerConversion.processor(utilization: 80)] }
            spec.update("behavior") { behavior in
                behavior.updateOrMake("scaleUp") { rules in
                    rules.setDefault("stabilizationWindowSeconds", 0)
                    setRules(&rules, [("Pods", 4), ("Percent", 100)])
                }
                behavior.updateOrMake("scaleDown") { setRules(&$0, [("Percent", 100)]) }
            }
        }
    }
    private static func setRules(_ rules: inout JSON, _ policies: [(type: String, value: Int)]) {
        rules.setDefault("selectPolicy", "Max")
        rules.setDefault(
            "policies",
            JSON(policies.map { ["type": JSON($0.type), "value": JSON($0.value), "periodSeconds": 15] as JSON }))
    }
}
