import APIMachinery

/// Everything known of PodTemplates.
enum PodTemplates {
    static let resource = Resource(
        "v1", "PodTemplate", plural: "podtemplates",
        columns: [
            .name,
            .text("Containers") { containers($0, "name") },
            .text("Images") { containers($0, "image") },
            .text("Pod Labels") { Cells.labels($0["template", "metadata", "labels"]) },
        ],
        prepareForCreate: Strategy.create(generation: true, status: nil),
        prepareForUpdate: { new, old in
            Strategy.setGeneration(&new, old, isChanged: new["template"] != old["template"])
        },
        setDefaults: { object in object.update("template") { $0.updateOrMake("spec", PodSpecDefaults.set) } },
        validate: validate, validateUpdate: { new, _ in validate(new) }, validateName: Validation.isDNS1123Subdomain,
        finalizerNames: .qualifiedWhenCreated,
        warnings: { new, old in
            if let old, old["metadata", "generation"] == new["metadata", "generation"] { return [] }
            var warnings = WarningCollector()
            PodWarnings.check(&warnings, new["template"] ?? .object, at: "template.")
            return warnings.sentences
        })

    private static func validate(_ object: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("template", object["template"] ?? .object) { PodTemplateRules.check(&$0, $1) }
        return checker.errors
    }

    private static func containers(_ object: JSON, _ field: String) -> String {
        (object["template", "spec", "containers"]?.elements ?? []).map { $0[field]?.string ?? "" }
            .joined(separator: ",")
    }
}
