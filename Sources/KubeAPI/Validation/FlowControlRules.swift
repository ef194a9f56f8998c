import APIMachinery

/// What may stand in the rules of a FlowSchema, and in the conditions of both kinds of flow control.
enum FlowControlRules {
    private static let verbs = [
        "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch",
    ]

    static func conditions(_ object: JSON) -> [FieldError] {
        var checker = FieldChecker()
        var seen: Set<String> = []
        checker.inside("status", object["status"]) { checker, status in
            checker.each("conditions", of: status) { checker, condition in
                let type = condition["type"]?.string ?? ""
                if !seen.insert(type).inserted { checker.duplicate("type", JSON(type)) }
                if type.isEmpty { checker.required("type") }
            }
        }
        return checker.errors
    }

    static func check(_ checker: inout FieldChecker, rule: JSON) {
        if rule["subjects"]?.isEmpty ?? true {
            checker.required("subjects", "subjects must contain at least one value")
        }
        checker.each("subjects", of: rule) { checkSubject(&$0, $1) }
        if rule["resourceRules"]?.isEmpty ?? true, rule["nonResourceRules"]?.isEmpty ?? true {
            checker.required("", "at least one of resourceRules and nonResourceRules has to be non-empty")
        }
        checker.each("resourceRules", of: rule) { checkResources(&$0, $1) }
        checker.each("nonResourceRules", of: rule) { checkPaths(&$0, $1) }
    }

    // MARK: Subjects

    private static let members = [("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group")]

    private static func checkSubject(_ checker: inout FieldChecker, _ subject: JSON) {
        let kind = subject["kind"]?.string ?? ""
        guard let own = members.first(where: { $0.0 == kind })?.1 else {
            return checker.notSupported("kind", JSON(kind), ["Group", "ServiceAccount", "User"])
        }
        if let named = subject[own] {
            checker.inside(own, named) { checkNamed(&$0, $1, kind) }
        } else {
            checker.required(own, "\(own) is required when subject kind is '\(kind)'")
        }
        for (other, member) in members where member != own && subject[member] != nil {
            checker.forbidden(member, "\(member) is forbidden when subject kind is not '\(other)'")
        }
    }

    private static func checkNamed(_ checker: inout FieldChecker, _ named: JSON, _ kind: String) {
        guard kind == "ServiceAccount" else { return checker.requireText("name", of: named) }
        if named["name"]?.string == "*" {
            // All accounts of the namespace.
        } else {
            checker.requireText("name", of: named, Validation.isDNS1123Subdomain)
        }
        if named.lacks("namespace") {
            checker.required("namespace", "must specify namespace for service account")
        } else {
            checker.check("namespace", of: named, Validation.isDNS1123Label)
        }
    }

    // MARK: What is asked

    /// The words of a list in which `*` stands alone.
    private static func checkWords(
        _ checker: inout FieldChecker, _ rule: JSON, _ field: String, whenEmpty: String, _ others: String,
        known: [String]? = nil
    ) {
        let words = rule[field]?.strings ?? []
        if words.isEmpty {
            checker.required(field, whenEmpty)
        } else if words.contains("*") {
            if words.count > 1 {
                checker.invalid(field, rule[field], "if '*' is present, must not specify other \(others)")
            }
        } else if let known, !words.allSatisfy(known.contains) {
            checker.notSupported(field, rule[field], known)
        }
    }

    private static func checkResources(_ checker: inout FieldChecker, _ rule: JSON) {
        checkWords(
            &checker, rule, "verbs", whenEmpty: "verbs must contain at least one value", "verbs", known: verbs)
        checkWords(
            &checker, rule, "apiGroups", whenEmpty: "resource rules must supply at least one api group", "api groups")
        checkWords(
            &checker, rule, "resources", whenEmpty: "resource rules must supply at least one resource", "resources")
        let namespaces = rule["namespaces"]?.strings ?? []
        if namespaces.isEmpty, rule["clusterScope"]?.bool == true { return }
        checkWords(
            &checker, rule, "namespaces",
            whenEmpty: "resource rules that are not cluster scoped must supply at least one namespace", "namespaces")
        guard !namespaces.contains("*") else { return }
        checker.each("namespaces", of: rule) { checker, namespace in
            for sentence in Validation.isDNS1123Label(namespace.string ?? "") {
                checker.invalid(
                    "", namespace, "each member of this list must be '*' or a DNS-1123 label; \(sentence)")
            }
        }
    }

    private static func checkPaths(_ checker: inout FieldChecker, _ rule: JSON) {
        checkWords(
            &checker, rule, "verbs", whenEmpty: "verbs must contain at least one value", "verbs", known: verbs)
        checkWords(
            &checker, rule, "nonResourceURLs", whenEmpty: "nonResourceURLs must contain at least one value",
            "non-resource URLs")
        guard rule["nonResourceURLs"]?.strings.contains("*") == false else { return }
        checker.each("nonResourceURLs", of: rule) { checker, path in
            if let sentence = wrong(path.string ?? "") { checker.invalid("", path, sentence) }
        }
    }

    private static func wrong(_ path: String) -> String? {
        if path.isEmpty { return "must not be empty" }
        if path == "/" { return nil }
        if !path.hasPrefix("/") { return "must start with slash" }
        if path.contains(" ") { return "must not contain white-space" }
        if path.contains("//") { return "must not contain double slash" }
        let stars = path.count { $0 == "*" }
        return stars > 1 || stars == 1 && !path.hasSuffix("/*") ? "wildcard can only do suffix matching" : nil
    }
}
