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
            let before = checker.errors.count
            checker.requireText("controller", of: spec, Validation.isDomainPrefixedPath)
            if checker.errors.count == before { checkPath(&checker, controller) }
            checker.inside("parameters", spec["parameters"]) { checkParameters(&$0, $1) }
        }
        return checker.errors
    }

    private static func checkPath(_ checker: inout FieldChecker, _ controller: String) {
        let path = controller.drop { $0 != "/" }.dropFirst()
        let isOne = path.utf8.allSatisfy { byte in
            0x61...0x7A ~= byte | 0x20 || 0x30...0x39 ~= byte || "/-._~%!$&'()*+,;=:".utf8.contains(byte)
        }
        if !isOne {
            checker.invalid(
                "controller", JSON(String(path)),
                #"Invalid path (regex used for validation is '[A-Za-z0-9/\-._~%!$&'()*+,;=:]+')"#)
        }
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
