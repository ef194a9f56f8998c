import APIMachinery

/// Whether rules are within others, compared right by right, as Kubernetes does before anyone may hand rights on.
enum RoleCover {
    /// What `wanted` has and `held` has not, as rules of one right each.
    static func missing(in held: [RoleRule], of wanted: [RoleRule]) -> [RoleRule] {
        wanted.flatMap(singleRights).filter { right in !held.contains { covers($0, right) } }
    }

    private static func singleRights(_ rule: RoleRule) -> [RoleRule] {
        var rights: [RoleRule] = []
        for group in rule.groups {
            for resource in rule.resources {
                for verb in rule.verbs {
                    let right = RoleRule(verbs: [verb], groups: [group], resources: [resource])
                    if rule.names.isEmpty { rights.append(right) }
                    for name in rule.names {
                        var named = right
                        named.names = [name]
                        rights.append(named)
                    }
                }
            }
        }
        for path in rule.paths { rights += rule.verbs.map { RoleRule(verbs: [$0], paths: [path]) } }
        return rights
    }

    /// Whether a rule has a single right.
    private static func covers(_ rule: RoleRule, _ right: RoleRule) -> Bool {
        func has(_ words: [String], _ wanted: [String]) -> Bool {
            words.contains("*") || wanted.allSatisfy(words.contains)
        }
        return has(rule.verbs, right.verbs) && has(rule.groups, right.groups)
            && right.resources.allSatisfy { hasResource(rule, $0) }
            && (rule.names.isEmpty || !right.names.isEmpty && right.names.allSatisfy(rule.names.contains))
            && right.paths.allSatisfy { path in rule.paths.contains { RoleRights.covers($0, path) } }
    }

    private static func hasResource(_ rule: RoleRule, _ resource: String) -> Bool {
        if rule.resources.contains("*") || rule.resources.contains(resource) { return true }
        guard let slash = resource.firstIndex(of: "/") else { return false }
        return rule.resources.contains("*\(resource[slash...])")
    }

    /// Rights on the same objects as one rule with all their verbs.
    static func compact(_ rights: [RoleRule]) -> [RoleRule] {
        var compacted: [RoleRule] = []
        var places: [RoleRule: Int] = [:]
        for right in rights {
            var subject = right
            subject.verbs = []
            if right.paths.isEmpty, let place = places[subject] {
                compacted[place].verbs += right.verbs
            } else {
                places[subject] = compacted.count
                compacted.append(right)
            }
        }
        return compacted
    }

    /// Kubernetes' words for a user who would hand on rights that he has not; nil when there are none.
    static func refusal(_ user: UserInfo, held: (rules: [RoleRule], missing: [String]), granting rules: [RoleRule])
        -> String?
    {
        let missing = missing(in: held.rules, of: rules)
        guard !missing.isEmpty else { return nil }
        let lines = Set(compact(missing).map(text)).sorted()
        let groups = user.groups.map(quoted).joined(separator: " ")
        var words =
            "user \(quoted(user.name)) (groups=[\(groups)]) is attempting to grant RBAC permissions not currently "
            + "held:\n\(lines.joined(separator: "\n"))"
        if let first = held.missing.first {
            words += "; resolution errors: [\(held.missing.count == 1 ? first : held.missing.joined(separator: ", "))]"
        }
        return words
    }

    private static func quoted(_ word: String) -> String { JSON(word).text }

    private static func text(_ rule: RoleRule) -> String {
        let parts = [
            ("APIGroups", rule.groups), ("Resources", rule.resources), ("NonResourceURLs", rule.paths),
            ("ResourceNames", rule.names), ("Verbs", rule.verbs),
        ].filter { !$0.1.isEmpty }.map { "\($0.0):[\($0.1.map(quoted).joined(separator: " "))]" }
        return "{\(parts.joined(separator: ", "))}"
    }
}
