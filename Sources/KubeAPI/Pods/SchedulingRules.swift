import APIMachinery

/// What a pod says of where it may run: affinity, tolerations, topology spread.
enum SchedulingRules {
    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    static func checkAffinity(_ checker: inout FieldChecker, _ affinity: JSON) {
        checker.inside("nodeAffinity", affinity["nodeAffinity"]) { checker, affinity in
            checker.inside(required, affinity[required]) { checkNodeSelector(&$0, $1) }
            checker.each(preferred, of: affinity) { checker, term in
                checkWeight(&checker, term)
                checker.inside("preference", term["preference"]) { checkNodeTerm(&$0, $1) }
            }
        }
        for kind in ["podAffinity", "podAntiAffinity"] {
            checker.inside(kind, affinity[kind]) { checker, affinity in
                checker.each(required, of: affinity) { checkPodTerm(&$0, $1) }
                checker.each(preferred, of: affinity) { checker, term in
                    checkWeight(&checker, term)
                    checker.inside("podAffinityTerm", term["podAffinityTerm"]) { checkPodTerm(&$0, $1) }
                }
            }
        }
    }

    /// A node selector, as in node affinity and in persistent volumes.
    static func checkNodeSelector(_ checker: inout FieldChecker, _ selector: JSON) {
        if selector["nodeSelectorTerms"]?.count ?? 0 == 0 {
            return checker.required("nodeSelectorTerms", "must have at least one node selector term")
        }
        checker.each("nodeSelectorTerms", of: selector) { checkNodeTerm(&$0, $1) }
    }

    private static func checkNodeTerm(_ checker: inout FieldChecker, _ term: JSON) {
        checker.each("matchExpressions", of: term) { $0.labelRequirement($1, true) }
        checker.each("matchFields", of: term) { checker, requirement in
            switch requirement["operator"]?.string ?? "" {
            case "In", "NotIn":
                if requirement["values"]?.count != 1 {
                    checker.required(
                        "values",
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
                }
            default: checker.invalid("operator", requirement["operator"] ?? "", "not a valid selector operator")
            }
            if requirement["key"]?.string != "metadata.name" {
                checker.invalid("key", requirement["key"] ?? "", "not a valid field selector key")
            } else {
                checker.each("values", of: requirement) {
                    $0.check("", $1.string ?? "", Validation.isDNS1123Subdomain)
                }
            }
        }
    }

    private static func checkWeight(_ checker: inout FieldChecker, _ term: JSON) {
        if !(1...100).contains(term["weight"]?.int ?? 0) {
            checker.invalid("weight", term["weight"] ?? 0, "must be in the range 1-100")
        }
    }

    private static func checkPodTerm(_ checker: inout FieldChecker, _ term: JSON) {
        checker.labelSelector("labelSelector", term["labelSelector"])
        checker.labelSelector("namespaceSelector", term["namespaceSelector"])
        for name in term["namespaces"]?.strings ?? [] {
            checker.check("namespace", name, Validation.isDNS1123Label)
        }
        for field in ["matchLabelKeys", "mismatchLabelKeys"] { checkLabelKeys(&checker, field, term) }
        let others = Set(term["mismatchLabelKeys"]?.strings ?? [])
        checker.each("matchLabelKeys", of: term) { checker, key in
            if others.contains(key.string ?? "") {
                checker.invalid("", key, "exists in both matchLabelKeys and mismatchLabelKeys")
            }
        }
        if term.lacks("topologyKey") { checker.required("topologyKey", "can not be empty") }
        checker.check("topologyKey", term["topologyKey"]?.string ?? "", Validation.isQualifiedName)
    }

    private static func checkLabelKeys(
        _ checker: inout FieldChecker, _ field: String, _ term: JSON, forbidsSelected: Bool = false
    ) {
        guard term[field]?.count ?? 0 > 0 else { return }
        guard let selector = term["labelSelector"] else {
            return checker.forbidden(field, "must not be specified when labelSelector is not set")
        }
        let selected = Set(forbidsSelected ? selector["matchLabels"]?.members.map(\.name) ?? [] : [])
        checker.each(field, of: term) { checker, key in
            checker.check("", key.string ?? "", Validation.isQualifiedName)
            if selected.contains(key.string ?? "") {
                checker.invalid("", key, "exists in both \(field) and labelSelector")
            }
        }
    }

    static func checkTolerations(_ checker: inout FieldChecker, _ spec: JSON) {
        checker.each("tolerations", of: spec) { checker, toleration in
            checker.check("key", of: toleration, Validation.isQualifiedName)
            let word = toleration["operator"]?.string ?? ""
            if toleration.lacks("key"), word != "Exists" {
                checker.invalid(
                    "operator", JSON(word),
                    "operator must be Exists when `key` is empty, which means \"match all values and all keys\"")
            }
            if toleration["tolerationSeconds"] != nil, toleration["effect"]?.string != "NoExecute" {
                checker.invalid(
                    "effect", toleration["effect"] ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set")
            }
            let value = toleration["value"]?.string ?? ""
            switch word {
            case "Equal", "":
                let wrong = Validation.isLabelValue(value)
                if !wrong.isEmpty { checker.invalid("operator", JSON(value), wrong.joined(separator: ";")) }
            case "Exists":
                if !value.isEmpty {
                    checker.invalid("operator", JSON(value), "value must be empty when `operator` is 'Exists'")
                }
            // Comparisons are known and not yet allowed.
            case "Lt", "Gt": checker.notSupported("operator", JSON(word), ["Equal", "Exists", "Lt", "Gt"])
            default: checker.notSupported("operator", JSON(word), ["Equal", "Exists"])
            }
            checker.oneOf("effect", of: toleration, taintEffects, mayBeAbsent: true)
        }
    }

    static let taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

    static func checkSpread(_ checker: inout FieldChecker, _ spec: JSON) {
        var seen: [String] = (spec["topologySpreadConstraints"]?.elements ?? []).map(spreadIdentity)
        checker.each("topologySpreadConstraints", of: spec) { checker, constraint in
            seen.removeFirst()
            if constraint["maxSkew"]?.int ?? 0 <= 0 {
                checker.invalid("maxSkew", constraint["maxSkew"] ?? 0, "must be greater than zero")
            }
            if constraint.lacks("topologyKey") { checker.required("topologyKey", "can not be empty") }
            let action = constraint["whenUnsatisfiable"]?.string ?? ""
            if !["DoNotSchedule", "ScheduleAnyway"].contains(action) {
                checker.notSupported("whenUnsatisfiable", JSON(action), ["DoNotSchedule", "ScheduleAnyway"])
            }
            if seen.contains(spreadIdentity(constraint)) {
                checker.duplicate("{topologyKey, whenUnsatisfiable}", JSON(spreadIdentity(constraint)))
            }
            if let minimum = constraint["minDomains"] {
                if minimum.int ?? 0 <= 0 { checker.invalid("minDomains", minimum, "must be greater than zero") }
                if action != "DoNotSchedule" {
                    checker.invalid(
                        "minDomains", minimum,
                        "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \(action)")
                }
            }
            for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
                checker.oneOf(policy, of: constraint, ["Honor", "Ignore"], mayBeAbsent: true)
            }
            checkLabelKeys(&checker, "matchLabelKeys", constraint, forbidsSelected: true)
            checker.labelSelector("labelSelector", constraint["labelSelector"])
        }
    }

    private static func spreadIdentity(_ constraint: JSON) -> String {
        "{\(constraint["topologyKey"]?.string ?? ""), \(constraint["whenUnsatisfiable"]?.string ?? "")}"
    }
}
