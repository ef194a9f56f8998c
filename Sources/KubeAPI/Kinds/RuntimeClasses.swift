import APIMachinery

/// Everything known of RuntimeClasses.
enum RuntimeClasses {
    static let resource = Resource(
        "node.k8s.io/v1", "RuntimeClass", plural: "runtimeclasses", isNamespaced: false,
        columns: [.name, .text("Handler") { $0["handler"]?.string ?? "" }, .age],
        allowsUnconditionalUpdate: false, setDefaults: setDefaults, validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            checker.immutable("handler", new["handler"], old["handler"])
            return checker.errors
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        warnings: { new, _ in ObjectWarnings.ofRuntimeClass(new) })

    private static func setDefaults(_ runtimeClass: inout JSON) {
        runtimeClass.update("scheduling") { scheduling in
            scheduling.updateEach("tolerations") { if $0.lacks("operator") { $0["operator"] = "Equal" } }
        }
    }

    private static func validate(_ runtimeClass: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.requireText("handler", of: runtimeClass, Validation.isDNS1123Label)
        checker.inside("overhead", runtimeClass["overhead"]) { checker, overhead in
            QuantityRules.checkContainer(&checker, ["limits": overhead["podFixed"] ?? .object], claimNames: [])
        }
        checker.inside("scheduling", runtimeClass["scheduling"]) { checker, scheduling in
            checker.labels("nodeSelector", scheduling["nodeSelector"])
            SchedulingRules.checkTolerations(&checker, scheduling)
            var seen: Set<String> = []
            checker.each("tolerations", of: scheduling) { checker, toleration in
                let shown = InternalForms.of(toleration, "Toleration")
                if !seen.insert(shown.text).inserted { checker.duplicate("", shown) }
            }
        }
        return checker.errors
    }
}
