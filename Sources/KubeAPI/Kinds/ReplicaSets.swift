import APIMachinery

/// Everything known of ReplicaSets.
enum ReplicaSets {
    static let resource = Resource(
        "apps/v1", "ReplicaSet", plural: "replicasets", shortNames: ["rs"], categories: ["all"],
        subresources: [.scale, .status("apps/v1", "ReplicaSet")],
        columns: WorkloadColumns.replicaSets,
        prepareForCreate: Strategy.create(generation: true, status: ["replicas": 0]),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            checker.immutable("spec.selector", new["spec", "selector"], old["spec", "selector"])
            return validate(new) + checker.errors
        },
        validateStatusUpdate: { new, _ in
            PodTemplateRules.checkStatus(
                new["status"] ?? .object,
                counts: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas"])
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        selectableFields: ["status.replicas": { $0["status", "replicas"]?.number ?? "0" }],
        warnings: { new, old in PodWarnings.ofWorkload(new, old) })

    private static func setDefaults(_ replicaSet: inout JSON) {
        replicaSet.updateOrMake("spec") { spec in
            spec.setDefault("replicas", 1)
            spec.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) }
        }
    }

    private static func validate(_ replicaSet: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", replicaSet["spec"] ?? .object) { checker, spec in
            checker.nonNegative("replicas", of: spec)
            checker.nonNegative("minReadySeconds", of: spec)
            PodTemplateRules.checkSelectorAndTemplate(&checker, spec)
        }
        return checker.errors
    }
}
