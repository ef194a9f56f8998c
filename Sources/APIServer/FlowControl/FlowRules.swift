import APIMachinery
import KubeAPI

/// A FlowSchema made ready for the question whether a request is one of its.
struct FlowRules: Sendable {
    let name: String
    let uid: String
    let level: String
    let precedence: Int
    /// What tells flows of the schema apart; nil: it is one flow.
    enum Distinguisher: Sendable { case user, namespace }
    let distinguisher: Distinguisher?
    private let rules: [Rule]

    private struct Rule: Sendable {
        var users: Set<String>
        var groups: Set<String>
        /// Namespaces all of whose accounts are meant, as the beginning of their users' names.
        var accountPrefixes: [String]
        var isForAll: Bool
        var calls: [ResourceRule]
        var paths: [PathRule]
    }
    private struct Words: Sendable {
        let isAny: Bool
        let words: Set<String>
        init(_ list: JSON?) {
            words = Set(list?.strings ?? [])
            isAny = words.contains("*")
        }
        func has(_ word: String) -> Bool { isAny || words.contains(word) }
    }
    private struct ResourceRule: Sendable {
        var verbs: Words
        var groups: Words
        var resources: Words
        var namespaces: Words
        var isClusterScoped: Bool
    }
    private struct PathRule: Sendable {
        var verbs: Words
        var isAny: Bool
        var paths: [String]
    }

    init(_ schema: JSON) {
        name = schema["metadata", "name"]?.string ?? ""
        uid = schema.uid
        level = schema["spec", "priorityLevelConfiguration", "name"]?.string ?? ""
        precedence = schema["spec", "matchingPrecedence"]?.int ?? 0
        distinguisher =
            switch schema["spec", "distinguisherMethod", "type"]?.string {
            case "ByUser": .user
            case "ByNamespace": .namespace
            default: nil
            }
        rules = (schema["spec", "rules"]?.elements ?? []).map(Self.rule)
    }

    private static func rule(_ json: JSON) -> Rule {
        var rule = Rule(users: [], groups: [], accountPrefixes: [], isForAll: false, calls: [], paths: [])
        for subject in json["subjects"]?.elements ?? [] {
            switch subject["kind"]?.string {
            case "User": rule.users.insert(subject["user", "name"]?.string ?? "")
            case "Group": rule.groups.insert(subject["group", "name"]?.string ?? "")
            case "ServiceAccount":
                let namespace = subject["serviceAccount", "namespace"]?.string ?? ""
                let name = subject["serviceAccount", "name"]?.string ?? ""
                let prefix = "system:serviceaccount:\(namespace):"
                if name == "*" { rule.accountPrefixes.append(prefix) } else { rule.users.insert(prefix + name) }
            default: break
            }
        }
        rule.isForAll = rule.users.contains("*") || rule.groups.contains("*")
        rule.calls = (json["resourceRules"]?.elements ?? []).map { call in
            ResourceRule(
                verbs: Words(call["verbs"]), groups: Words(call["apiGroups"]), resources: Words(call["resources"]),
                namespaces: Words(call["namespaces"]), isClusterScoped: call["clusterScope"]?.bool == true)
        }
        rule.paths = (json["nonResourceRules"]?.elements ?? []).map { page in
            let paths = page["nonResourceURLs"]?.strings ?? []
            return PathRule(verbs: Words(page["verbs"]), isAny: paths.contains("*"), paths: paths)
        }
        return rule
    }

    func match(_ user: UserInfo, _ attributes: RequestAttributes) -> Bool {
        rules.contains { Self.isMeant(user, $0) && Self.matches(attributes, $0) }
    }

    private static func isMeant(_ user: UserInfo, _ rule: Rule) -> Bool {
        rule.isForAll || rule.users.contains(user.name) || user.groups.contains(where: rule.groups.contains)
            || rule.accountPrefixes.contains { user.name.hasPrefix($0) }
    }

    private static func matches(_ attributes: RequestAttributes, _ rule: Rule) -> Bool {
        let verb = attributes.verb.rawValue
        guard attributes.isResourceRequest else {
            return rule.paths.contains { page in
                page.verbs.has(verb) && (page.isAny || page.paths.contains { covers($0, attributes.path) })
            }
        }
        let resource = attributes.subresource.map { "\(attributes.resource)/\($0)" } ?? attributes.resource
        return rule.calls.contains { call in
            call.verbs.has(verb) && call.resources.has(resource) && call.groups.has(attributes.group)
                && (attributes.namespace.isEmpty ? call.isClusterScoped : call.namespaces.has(attributes.namespace))
        }
    }

    /// A path, or what is below it.
    private static func covers(_ rule: String, _ path: String) -> Bool {
        if rule == path { return true }
        var prefix = rule.hasSuffix("*") ? String(rule.dropLast()) : rule
        if !prefix.hasSuffix("/") { prefix += "/" }
        return path.hasPrefix(prefix)
    }

    /// A number for the flow that a request belongs to, by which it finds its queues (FNV-1a).
    func flow(_ user: UserInfo, _ attributes: RequestAttributes) -> UInt64 {
        let other =
            switch distinguisher {
            case .user: user.name
            case .namespace: attributes.namespace
            case nil: ""
            }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        for byte in other.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
