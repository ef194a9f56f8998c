import APIMachinery
import HTTPMessages

/// Which requests are audited, and how much of them is kept (audit.k8s.io/v1 Policy). The first rule that fits decides.
public struct AuditPolicy: Sendable {
    public enum Level: String, Sendable, Comparable {
        case none = "None", metadata = "Metadata", request = "Request", requestResponse = "RequestResponse"
        private var rank: Int {
            switch self {
            case .none: 0
            case .metadata: 1
            case .request: 2
            case .requestResponse: 3
            }
        }
        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
    }

    /// One rule; an empty list fits everything.
    struct Rule: Sendable {
        var level: Level
        var users: [String] = []
        var userGroups: [String] = []
        var verbs: [String] = []
        /// Group, resources (`pods`, `pods/status`, `*/status`, `*`) and names.
        var resources: [(group: String, resources: [String], names: [String])] = []
        var namespaces: [String] = []
        var nonResourceURLs: [String] = []
        var omitStages: [String] = []
    }

    var rules: [Rule]
    var omitStages: [String] = []

    /// Metadata of every write and of reads of Secrets; nothing else.
    public static let standard = AuditPolicy(rules: [
        Rule(level: .metadata, verbs: ["create", "update", "patch", "delete", "deletecollection"]),
        Rule(level: .metadata, verbs: ["get", "list", "watch"], resources: [("", ["secrets", "secrets/*"], [])]),
    ])

    init(rules: [Rule]) { self.rules = rules }

    /// Reads a policy; throws a sentence about what is wrong with it.
    public init(_ policy: JSON) throws {
        guard policy["kind"]?.string == "Policy", policy["apiVersion"]?.string == "audit.k8s.io/v1" else {
            throw AuditPolicyError(reason: "an audit policy must be of kind Policy in audit.k8s.io/v1")
        }
        omitStages = policy["omitStages"]?.strings ?? []
        rules = try (policy["rules"]?.elements ?? []).enumerated().map { index, rule in
            guard let level = Level(rawValue: rule["level"]?.string ?? "") else {
                throw AuditPolicyError(
                    reason: "rules[\(index)].level must be None, Metadata, Request or RequestResponse")
            }
            return Rule(
                level: level, users: rule["users"]?.strings ?? [], userGroups: rule["userGroups"]?.strings ?? [],
                verbs: rule["verbs"]?.strings ?? [],
                resources: (rule["resources"]?.elements ?? []).map {
                    ($0["group"]?.string ?? "", $0["resources"]?.strings ?? [], $0["resourceNames"]?.strings ?? [])
                },
                namespaces: rule["namespaces"]?.strings ?? [],
                nonResourceURLs: rule["nonResourceURLs"]?.strings ?? [], omitStages: rule["omitStages"]?.strings ?? [])
        }
        guard !rules.isEmpty else { throw AuditPolicyError(reason: "an audit policy needs at least one rule") }
    }

    /// How much is kept of a request, and at which stages nothing is.
    func decide(_ attributes: RequestAttributes, _ user: UserInfo?) -> (level: Level, omitStages: [String]) {
        guard let rule = rules.first(where: { Self.fits($0, attributes, user) }) else { return (.none, []) }
        return (rule.level, omitStages + rule.omitStages)
    }

    private static func fits(_ rule: Rule, _ attributes: RequestAttributes, _ user: UserInfo?) -> Bool {
        if !rule.users.isEmpty, !rule.users.contains(user?.name ?? "") { return false }
        if !rule.userGroups.isEmpty, !rule.userGroups.contains(where: { user?.groups.contains($0) == true }) {
            return false
        }
        if !rule.verbs.isEmpty, !rule.verbs.contains(attributes.verb) { return false }
        if !rule.namespaces.isEmpty || !rule.resources.isEmpty {
            guard attributes.isResourceRequest else { return false }
            if !rule.namespaces.isEmpty, !rule.namespaces.contains(attributes.namespace) { return false }
            return rule.resources.isEmpty || rule.resources.contains { fits($0, attributes) }
        }
        guard !rule.nonResourceURLs.isEmpty else { return true }
        return !attributes.isResourceRequest
            && rule.nonResourceURLs.contains { url in
                url == attributes.path || (url.hasSuffix("*") && attributes.path.hasPrefix(url.dropLast()))
            }
    }

    private static func fits(
        _ wanted: (group: String, resources: [String], names: [String]), _ attributes: RequestAttributes
    ) -> Bool {
        guard wanted.group == attributes.group else { return false }
        guard !wanted.resources.isEmpty else { return true }
        let combined =
            attributes.subresource.isEmpty ? attributes.resource : "\(attributes.resource)/\(attributes.subresource)"
        let isNamed = wanted.names.isEmpty || wanted.names.contains(attributes.name)
        return isNamed
            && wanted.resources.contains { resource in
                resource == "*" || resource == combined
                    || (!attributes.subresource.isEmpty
                        && (resource == "*/\(attributes.subresource)" || resource == "\(attributes.resource)/*"))
            }
    }
}

/// What is wrong with an audit policy.
public struct AuditPolicyError: Error, Sendable, CustomStringConvertible {
    public var reason: String
    public var description: String { reason }
}
