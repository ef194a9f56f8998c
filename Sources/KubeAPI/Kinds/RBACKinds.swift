import APIMachinery

/// Everything known of Roles, ClusterRoles and their bindings. Their names may be what a path may have ("system:node").
enum RBACKinds {
    static let group = "rbac.authorization.k8s.io"
    private static let apiVersion = group + "/v1"

    static let roles = Resource(
        apiVersion, "Role", plural: "roles", columns: [.name, .createdAt],
        validate: { checkRules($0, isNamespaced: true) },
        validateUpdate: { new, _ in checkRules(new, isNamespaced: true) })

    static let clusterRoles = Resource(
        apiVersion, "ClusterRole", plural: "clusterroles", isNamespaced: false, columns: [.name, .createdAt],
        validate: validateClusterRole, validateUpdate: { new, _ in validateClusterRole(new) })

    static let roleBindings = Resource(
        apiVersion, "RoleBinding", plural: "rolebindings", columns: bindingColumns, setDefaults: setBindingDefaults,
        validate: { checkBinding($0, isNamespaced: true) },
        validateUpdate: { new, old in checkBinding(new, isNamespaced: true) + checkReference(new, old) })

    static let clusterRoleBindings = Resource(
        apiVersion, "ClusterRoleBinding", plural: "clusterrolebindings", isNamespaced: false,
        columns: bindingColumns, setDefaults: setBindingDefaults, validate: { checkBinding($0, isNamespaced: false) },
        validateUpdate: { new, old in checkBinding(new, isNamespaced: false) + checkReference(new, old) })

    private static let bindingColumns: [Resource.Column] = [
        .name,
        .text("Role") { "\($0["roleRef", "kind"]?.string ?? "")/\($0["roleRef", "name"]?.string ?? "")" },
        .age,
        .text("Users", priority: 1) { subjects($0, "User") },
        .text("Groups", priority: 1) { subjects($0, "Group") },
        .text("ServiceAccounts", priority: 1) { subjects($0, "ServiceAccount") },
    ]
    private static func subjects(_ binding: JSON, _ kind: String) -> String {
        (binding["subjects"]?.elements ?? []).filter { $0["kind"]?.string == kind }.map { subject in
            let name = subject["name"]?.string ?? ""
            return kind == "ServiceAccount" ? "\(subject["namespace"]?.string ?? "")/\(name)" : name
        }.joined(separator: ", ")
    }

    private static func setBindingDefaults(_ binding: inout JSON) {
        binding.updateOrMake("roleRef") { if $0.lacks("apiGroup") { $0["apiGroup"] = JSON(group) } }
        binding.updateEach("subjects") { subject in
            let isPerson = ["User", "Group"].contains(subject["kind"]?.string ?? "")
            if isPerson, subject.lacks("apiGroup") { subject["apiGroup"] = JSON(group) }
        }
    }

    // MARK: Rules

    private static func checkRules(_ role: JSON, isNamespaced: Bool) -> [FieldError] {
        var checker = FieldChecker()
        checker.each("rules", of: role) { checker, rule in
            func isEmpty(_ field: String) -> Bool { rule[field]?.isEmpty ?? true }
            if isEmpty("verbs") { checker.required("verbs", "verbs must contain at least one value") }
            if !isEmpty("nonResourceURLs") {
                let urls = rule["nonResourceURLs"]
                if isNamespaced {
                    checker.invalid("nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs")
                }
                if !isEmpty("apiGroups") || !isEmpty("resources") || !isEmpty("resourceNames") {
                    checker.invalid(
                        "nonResourceURLs", urls,
                        "rules cannot apply to both regular resources and non-resource URLs")
                }
                return
            }
            if isEmpty("apiGroups") {
                checker.required("apiGroups", "resource rules must supply at least one api group")
            }
            if isEmpty("resources") {
                checker.required("resources", "resource rules must supply at least one resource")
            }
        }
        return checker.errors
    }

    private static func validateClusterRole(_ role: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("aggregationRule", role["aggregationRule"]) { checker, rule in
            if rule["clusterRoleSelectors"]?.isEmpty ?? true {
                checker.required(
                    "clusterRoleSelectors",
                    "at least one clusterRoleSelector required if aggregationRule is non-nil")
            }
            checker.each("clusterRoleSelectors", of: rule) { checker, selector in
                checker.labelSelector("", selector)
                if !PodTemplateRules.isReadable(selector) { checker.invalid("", .null, "invalid label selector.") }
            }
        }
        return checkRules(role, isNamespaced: false) + checker.errors
    }

    private static func checkBinding(_ binding: JSON, isNamespaced: Bool) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("roleRef", binding["roleRef"] ?? .object) { checker, reference in
            if reference["apiGroup"]?.string != group {
                checker.notSupported("apiGroup", reference["apiGroup"], [group])
            }
            let kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]
            if !kinds.contains(reference["kind"]?.string ?? "") {
                checker.notSupported("kind", reference["kind"], kinds)
            }
            checker.requireText("name", of: reference, Validation.isPathSegment)
        }
        checker.each("subjects", of: binding) { checkSubject(&$0, $1, isNamespaced: isNamespaced) }
        return checker.errors
    }

    private static func checkSubject(_ checker: inout FieldChecker, _ subject: JSON, isNamespaced: Bool) {
        checker.requireText("name", of: subject)
        let apiGroup = subject["apiGroup"]?.string ?? ""
        switch subject["kind"]?.string ?? "" {
        case "ServiceAccount":
            checker.check("name", of: subject, Validation.isDNS1123Subdomain)
            if !apiGroup.isEmpty { checker.notSupported("apiGroup", subject["apiGroup"], [""]) }
            if !isNamespaced, subject.lacks("namespace") { checker.required("namespace") }
        case "User", "Group":
            if apiGroup != group { checker.notSupported("apiGroup", subject["apiGroup"], [group]) }
        default: checker.notSupported("kind", subject["kind"], ["ServiceAccount", "User", "Group"])
        }
    }

    private static func checkReference(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        if new["roleRef"] != old["roleRef"] {
            checker.invalid("roleRef", new["roleRef"], as: "RoleRef", "cannot change roleRef")
        }
        return checker.errors
    }
}
