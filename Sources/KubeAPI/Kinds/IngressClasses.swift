import APIMachinery

/// Everything known of IngressClasses.
enum IngressClasses {
    static let resource = Resource(
        "networking.k8s.io/v1", "IngressClass", plural: "ingressclasses", isNamespaced: false,
        columns: NetworkColumns.ingressClasses,
        prepareForCreate: Strategy.create(generation: true, status: nil),
        prepareForUpdate: Strategy.update(generation: true, status: false), setDefaults: setDefaults,
        validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            checker.immutable("spec.controller", new["spec", "controller"], old["spec", "controller"])
            return checker.errors + validate(new)
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    private static func setDefaults(_ ingressClass: inout JSON) {
        ingressClass.update("spec") { $0.update("parameters") { $0.setDefault("scope", "Cluster") } }
    }

    private static let maximumControllerName = 250

    private static func validate(_ ingressClass: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", ingressClass["spec"] ?? .object) { checker, spec in
            let controller = spec["controller"]?.string ?? ""
            if controller.utf8.count > maximumControllerName { checker.tooLong("controller", maximumControllerName) }
            checker.requireText("controller", of: spec, Validation.isDomainPrefixedPath)
            checker.inside("parameters", spec["parameters"]) { checkParameters(&$0, $1) }
        }
        return checker.errors
    }

    private static func checkParameters(_ checker: inout FieldChecker, _ parameters: JSON) {
        IngressRules.checkReference(&checker, parameters)
        checker.oneOf("scope", of: parameters, ["Cluster", "Namespace"])
        let scope = parameters["scope"]?.string
        if scope == "Namespace" {
            if parameters.lacks("namespace") {
                checker.required("namespace", "`parameters.scope` is set to 'Namespace'")
            } else {
                checker.check("namespace", of: parameters, Validation.isDNS1123Label)
            }
        } else if scope == "Cluster", parameters["namespace"] != nil {
            checker.forbidden("namespace", "`parameters.scope` is set to 'Cluster'")
        }
    }
}
