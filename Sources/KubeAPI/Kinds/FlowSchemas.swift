import APIMachinery

/// Everything known of FlowSchemas.
enum FlowSchemas {
    static let resource = Resource(
        "flowcontrol.apiserver.k8s.io/v1", "FlowSchema", plural: "flowschemas", isNamespaced: false,
        subresources: [.status("flowcontrol.apiserver.k8s.io/v1", "FlowSchema")], columns: columns,
        prepareForCreate: Strategy.create(generation: true, status: .object),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusAlone,
        setDefaults: { schema in
            schema.updateOrMake("spec") { spec in
                if spec["matchingPrecedence"]?.int ?? 0 == 0 { spec["matchingPrecedence"] = 1000 }
            }
        }, validate: validate, validateUpdate: { new, _ in validate(new) },
        validateStatusUpdate: { new, _ in FlowControlRules.conditions(new) },
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    private static let columns: [Resource.Column] = [
        .name,
        .text("PriorityLevel") { $0["spec", "priorityLevelConfiguration", "name"]?.string ?? "" },
        .number("MatchingPrecedence") { $0["spec", "matchingPrecedence"]?.int ?? 0 },
        .text("DistinguisherMethod") { $0["spec", "distinguisherMethod", "type"]?.string ?? Cells.none },
        .age,
        .text("MissingPL") { schema in
            let dangling = schema["status", "conditions"]?.elements.first { $0["type"]?.string == "Dangling" }
            return dangling?["status"]?.string ?? "?"
        },
    ]

    private static let maximumPrecedence = 10_000

    private static func validate(_ schema: JSON) -> [FieldError] {
        let name = schema["metadata", "name"]?.string ?? ""
        var checker = FieldChecker()
        checker.inside("spec", schema["spec"] ?? .object) { checker, spec in
            checkSpec(&checker, spec, name)
            if let fixed = FlowControlBootstrap.mandatorySchema(name), fixed["spec"] != schema["spec"] {
                checker.invalid(
                    "", spec, as: "FlowSchemaSpec", "spec of '\(name)' must equal the fixed value")
            }
        }
        return checker.errors + FlowControlRules.conditions(schema)
    }

    private static func checkSpec(_ checker: inout FieldChecker, _ spec: JSON, _ name: String) {
        let precedence = spec["matchingPrecedence"]?.int ?? 0
        if precedence <= 0 {
            checker.invalid("matchingPrecedence", spec["matchingPrecedence"], "must be a positive value")
        }
        if precedence > maximumPrecedence {
            checker.invalid(
                "matchingPrecedence", spec["matchingPrecedence"], "must not be greater than \(maximumPrecedence)")
        }
        if precedence == 1, name != "exempt" {
            checker.invalid(
                "matchingPrecedence", spec["matchingPrecedence"],
                "only the schema named 'exempt' may have matchingPrecedence 1")
        }
        if let method = spec["distinguisherMethod"], !["ByNamespace", "ByUser"].contains(method["type"]?.string ?? "") {
            checker.notSupported(
                "distinguisherMethod.type", InternalForms.of(method, "FlowDistinguisherMethod"),
                ["ByNamespace", "ByUser"])
        }
        if spec["priorityLevelConfiguration", "name"]?.string?.isEmpty ?? true {
            checker.required("priorityLevelConfiguration.name", "must reference a priority level")
        } else {
            checker.inside("priorityLevelConfiguration", spec["priorityLevelConfiguration"]) {
                $0.check("name", of: $1, Validation.isDNS1123Subdomain)
            }
        }
        checker.each("rules", of: spec) { FlowControlRules.check(&$0, rule: $1) }
    }
}
