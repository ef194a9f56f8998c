import APIMachinery

/// Everything known of ReplicationControllers.
enum ReplicationControllers {
    static let resource = Resource(
        "v1", "ReplicationController", plural: "replicationcontrollers", shortNames: ["rc"], categories: ["all"],
        subresources: [.scale, .status("v1", "ReplicationController")],
        columns: [
            .name,
            .number("Desired", "integer") { $0["spec", "replicas"]?.int ?? 0 },
            .number("Current", "integer") { $0["status", "replicas"]?.int ?? 0 },
            .number("Ready", "integer") { $0["status", "readyReplicas"]?.int ?? 0 },
            .age,
            .text("Containers", priority: 1) { Cells.containers($0, "name") },
            .text("Images", priority: 1) { Cells.containers($0, "image") },
            .text("Selector", priority: 1) { Cells.labels($0["spec", "selector"]) },
        ],
        prepareForCreate: Strategy.create(generation: true, status: ["replicas": 0]),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: { new, _ in validate(new) },
        validateStatusUpdate: { new, _ in
            PodTemplateRules.checkStatus(
                new["status"] ?? .object, counts: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"])
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        selectableFields: ["status.replicas": { $0["status", "replicas"]?.number ?? "0" }],
        warnings: { new, old in PodWarnings.ofWorkload(new, old) })

    private static func setDefaults(_ controller: inout JSON) {
        let labels = controller["spec", "template", "metadata", "labels"]
        controller.updateOrMake("spec") { spec in
            spec.setDefault("replicas", 1)
            if let labels, spec["selector"]?.isEmpty ?? true { spec["selector"] = labels }
            spec.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) }
        }
        if let labels, controller["metadata", "labels"]?.isEmpty ?? true {
            controller.set(["metadata", "labels"], to: labels)
        }
    }

    private static func validate(_ controller: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", controller["spec"] ?? .object) { checker, spec in
            checker.nonNegative("minReadySeconds", of: spec)
            let selector = spec["selector"]?.stringMap ?? [:]
            if selector.isEmpty { checker.required("selector") }
            checker.nonNegative("replicas", of: spec)
            guard let template = spec["template"] else { return checker.required("template") }
            checker.inside("template") { checker in
                let labels = template["metadata", "labels"]
                let given = labels?.stringMap ?? [:]
                if !selector.allSatisfy({ given[$0.key] == $0.value }) {
                    checker.invalid("metadata.labels", labels, "`selector` does not match template `labels`")
                }
                PodTemplateRules.check(&checker, template)
                PodTemplateRules.checkRunsForEver(
                    &checker, template["spec"] ?? .object, kind: "ReplicationController")
            }
        }
        return checker.errors
    }
}
