import APIMachinery
import KubeAPI

/// One rule of a role, as it is written.
struct RoleRule: Sendable, Hashable {
    var verbs: [String] = []
    var groups: [String] = []
    /// With what is below them: "pods", "pods/log", "*/scale", "*".
    var resources: [String] = []
    /// Empty for all.
    var names: [String] = []
    /// Paths outside the API; a star at the end stands for the rest.
    var paths: [String] = []

    init(
        verbs: [String] = [], groups: [String] = [], resources: [String] = [], names: [String] = [],
        paths: [String] = []
    ) {
        self.verbs = verbs
        self.groups = groups
        self.resources = resources
        self.names = names
        self.paths = paths
    }

    /// rbac.authorization.k8s.io/v1 PolicyRule.
    init(_ json: JSON) {
        func words(_ field: String) -> [String] { json[field]?.strings ?? [] }
        self.init(
            verbs: words("verbs"), groups: words("apiGroups"), resources: words("resources"),
            names: words("resourceNames"), paths: words("nonResourceURLs"))
    }

    /// The rules of a Role or ClusterRole.
    static func all(of role: JSON) -> [RoleRule] { (role["rules"]?.elements ?? []).map { RoleRule($0) } }

    var json: JSON {
        var json: JSON = ["verbs": JSON(verbs)]
        for (field, words) in [
            ("apiGroups", groups), ("resources", resources), ("resourceNames", names), ("nonResourceURLs", paths),
        ] where !words.isEmpty { json[field] = JSON(words) }
        return json
    }
}

/// What a role allows, made ready for the question: what it names is found by one look into a table.
struct RoleRights: Sendable {
    let rules: [RoleRule]
    private struct Place: Hashable {
        var group: String
        var resource: String
        var subresource: SubresourceName?
    }
    private struct Right {
        var verbs: Set<Verb>
        var names: Set<String>

        func allows(_ verb: Verb, _ name: String) -> Bool {
            (verbs.contains(verb) || verbs.contains(.other("*"))) && (names.isEmpty || names.contains(name))
        }
    }
    private var byPlace: [Place: [Right]] = [:]
    /// Those with a star for the group or the resource.
    private var wide: [(place: Place, right: Right)] = []
    private var paths: [(path: String, right: Right)] = []

    init(_ rules: [RoleRule]) {
        self.rules = rules
        for rule in rules {
            let right = Right(verbs: Set(rule.verbs.map { Verb(rawValue: $0) }), names: Set(rule.names))
            paths += rule.paths.map { ($0, Right(verbs: right.verbs, names: [])) }
            for group in rule.groups {
                for resource in rule.resources {
                    let place = Self.place(group, resource)
                    if group == "*" || place.resource == "*" {
                        wide.append((place, right))
                    } else {
                        byPlace[place, default: []].append(right)
                    }
                }
            }
        }
    }

    private static func place(_ group: String, _ path: String) -> Place {
        let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        return Place(
            group: group, resource: parts.first.map { String($0) } ?? "",
            subresource: parts.count > 1 ? SubresourceName(rawValue: String(parts[1])) : nil)
    }

    func allows(_ call: RequestAttributes) -> Bool {
        guard call.isResourceRequest else {
            return paths.contains { $0.right.allows(call.verb, "") && Self.covers($0.path, call.path) }
        }
        let name = call.namedObject
        let asked = Place(group: call.group, resource: call.resource, subresource: call.subresource)
        if let rights = byPlace[asked], rights.contains(where: { $0.allows(call.verb, name) }) { return true }
        return wide.contains { place, right in
            (place.group == "*" || place.group == asked.group)
                && (place.resource == "*"
                    ? place.subresource == nil || place.subresource == asked.subresource
                    : place.resource == asked.resource && place.subresource == asked.subresource)
                && right.allows(call.verb, name)
        }
    }

    /// Whether a path of a rule, with a star at its end or not, stands for another.
    static func covers(_ pattern: String, _ path: String) -> Bool {
        if pattern == path { return true }
        guard pattern.utf8.last == UInt8(ascii: "*") else { return false }
        var beginning = Substring(pattern)
        while beginning.utf8.last == UInt8(ascii: "*") { beginning.removeLast() }
        return path.hasPrefix(beginning)
    }
}
