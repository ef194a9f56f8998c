import APIMachinery

/// Everything known of ResourceQuotas.
enum ResourceQuotas {
    static let resource = Resource(
        "v1", "ResourceQuota", plural: "resourcequotas", shortNames: ["quota"],
        subresources: [.status("v1", "ResourceQuota")],
        columns: [
            .name, .text("Request") { usage($0, ofLimits: false) }, .text("Limit") { usage($0, ofLimits: true) }, .age,
        ],
        prepareForCreate: { $0["status"] = .object },
        prepareForUpdate: Strategy.update(generation: false, status: true),
        prepareForStatusUpdate: { new, old in new.keep("spec", of: old) }, validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            let scopes = new["spec", "scopes"]
            if Set(scopes?.strings ?? []) != Set(old["spec", "scopes"]?.strings ?? []) {
                checker.invalid("spec.scopes", scopes, "field is immutable")
            }
            return validate(new) + checker.errors
        },
        validateStatusUpdate: { new, _ in
            var checker = FieldChecker()
            checker.inside("status", new["status"] ?? .object) { checker, status in
                for list in ["hard", "used"] { checkAmounts(&checker, list, status) }
            }
            return checker.errors
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        warnings: { new, old in old == nil ? ObjectWarnings.ofNewQuota(new) : [] })

    private static func usage(_ quota: JSON, ofLimits: Bool) -> String {
        let status = quota["status"] ?? .object
        return (status["hard"]?.members ?? []).sorted { $0.name < $1.name }
            .filter { $0.name.hasPrefix("limits.") == ofLimits }
            .map { member in
                let used = QuantityRules.quantity(status["used", member.name] ?? 0).text
                return "\(member.name): \(used)/\(QuantityRules.quantity(member.value).text)"
            }.joined(separator: ", ")
    }

    private static let counted: Set<String> = [
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
        "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
    ]
    private static let computed: Set<String> = [
        "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
    ]
    private static let standard: Set<String> = counted.union(computed).union([
        "ephemeral-storage", "requests.storage", "requests.ephemeral-storage", "limits.ephemeral-storage",
    ])
    private static func isStandard(_ name: String) -> Bool {
        standard.contains(name) || name.hasPrefix("hugepages-") || name.hasPrefix("requests.hugepages-")
    }

    private static func checkAmounts(_ checker: inout FieldChecker, _ list: String, _ holder: JSON) {
        for member in holder[list]?.members ?? [] {
            checker.inside("\(list)[\(member.name)]") { checker in
                QuantityRules.checkResourceName(&checker, member.name)
                if !member.name.contains("/"), !isStandard(member.name) {
                    checker.invalid("", JSON(member.name), "must be a standard resource for quota")
                }
                let quantity = QuantityRules.quantity(member.value)
                if quantity.isNegative { checker.invalid("", member.value, "must be greater than or equal to 0") }
                let isWhole = counted.contains(member.name) || QuantityRules.isExtended(member.name)
                if isWhole, !quantity.isWhole { checker.invalid("", member.value, "must be an integer") }
            }
        }
    }

    private static func validate(_ quota: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", quota["spec"] ?? .object) { checker, spec in
            checkAmounts(&checker, "hard", spec)
            let scopes = spec["scopes"]?.strings ?? []
            let names = (spec["hard"]?.members ?? []).map(\.name).sorted().filter(isStandard)
            for scope in scopes {
                if !knownScopes.contains(scope) { checker.invalid("scopes", spec["scopes"], "unsupported scope") }
                for name in names where !fits(scope, name) {
                    checker.invalid("scopes", spec["scopes"], "unsupported scope applied to resource")
                }
            }
            if isConflict(scopes) { checker.invalid("scopes", spec["scopes"], "conflicting scopes") }
            if let selector = spec["scopeSelector"] { checkSelector(&checker, selector, names, spec) }
        }
        return checker.errors
    }

    private static let knownScopes: Set<String> = [
        "Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "VolumeAttributesClass",
        "CrossNamespacePodAffinity",
    ]
    private static func isConflict(_ scopes: [String]) -> Bool {
        [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]].contains { pair in
            pair.allSatisfy(scopes.contains)
        }
    }
    /// Whether a scope says anything about a resource.
    private static func fits(_ scope: String, _ name: String) -> Bool {
        switch scope {
        case "BestEffort": name == "pods"
        case "VolumeAttributesClass": name == "persistentvolumeclaims" || name == "requests.storage"
        case let scope where knownScopes.contains(scope): name == "pods" || computed.contains(name)
        default: true
        }
    }

    private static let existsSentence =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
        + "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"

    private static func checkSelector(
        _ checker: inout FieldChecker, _ selector: JSON, _ names: [String], _ spec: JSON
    ) {
        let requirements = selector["matchExpressions"]?.elements ?? []
        let place = "scopeSelector.matchExpressions"
        for requirement in requirements {
            let scope = requirement["scopeName"]?.string ?? ""
            let operation = requirement["operator"]?.string ?? ""
            if !knownScopes.contains(scope) {
                checker.invalid("\(place).scopeName", JSON(scope), "unsupported scope")
            }
            for name in names where !fits(scope, name) {
                checker.invalid(place, selector, "unsupported scope applied to resource")
            }
            let hasNoValues =
                knownScopes.contains(scope) && scope != "PriorityClass" && scope != "VolumeAttributesClass"
            if hasNoValues, operation != "Exists" {
                checker.invalid("\(place).operator", JSON(operation), existsSentence)
            }
            let count = requirement["values"]?.count ?? 0
            switch operation {
            case "In", "NotIn":
                if count == 0 {
                    checker.required(
                        "\(place).values",
                        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
                }
            case "Exists", "DoesNotExist":
                if count > 0 {
                    checker.invalid(
                        "\(place).values", requirement["values"],
                        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")
                }
            default: checker.invalid("\(place).operator", JSON(operation), "not a valid selector operator")
            }
        }
        if isConflict(requirements.compactMap { $0["scopeName"]?.string }) {
            checker.invalid("scopeSelector.scopes", spec["scopes"], "conflicting scopes")
        }
    }
}
