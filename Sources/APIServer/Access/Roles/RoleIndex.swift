import APIMachinery
import KubeAPI

/// Which roles a user has, by the user: kept up to date object by object, so that a question looks at the bindings of
/// whom it is about and at no other.
struct RoleIndex: Sendable {
    /// A role or a binding; the namespace is empty for those of the cluster.
    struct Name: Hashable, Sendable {
        var namespace: String
        var name: String
    }
    /// Service accounts are users.
    private enum Subject: Hashable {
        case user(String)
        case group(String)
    }
    /// Where somebody has rights; the namespace is empty for the whole cluster.
    private struct Place: Hashable {
        var subject: Subject
        var namespace: String
    }
    private struct Grant {
        var binding: Name
        var role: Name
        /// How Kubernetes says why something is allowed.
        var reason: String
    }
    private var roles: [Name: RoleRights] = [:]
    private var places: [Name: [Place]] = [:]
    private var grants: [Place: [Grant]] = [:]

    static let resources: Set<GroupResource> = [.roles, .clusterRoles, .roleBindings, .clusterRoleBindings]

    // MARK: What changes

    /// Takes an object as it is now; nil when it is gone. Its key is `[namespace/]name`.
    mutating func set(_ resource: GroupResource, _ key: String, _ object: JSON?) {
        let parts = key.split(separator: "/", maxSplits: 1).map { String($0) }
        let name = Name(namespace: parts.count > 1 ? parts[0] : "", name: parts.last ?? "")
        switch resource {
        case .roles, .clusterRoles: roles[name] = object.map { RoleRights(RoleRule.all(of: $0)) }
        default: setBinding(name, object)
        }
    }

    /// Takes all objects of a resource in the place of those that were there.
    mutating func replace(_ resource: GroupResource, _ objects: [(key: String, object: JSON)]) {
        let isNamespaced = resource == .roles || resource == .roleBindings
        if resource == .roles || resource == .clusterRoles {
            roles = roles.filter { $0.key.namespace.isEmpty == isNamespaced }
        } else {
            for name in Array(places.keys) where name.namespace.isEmpty != isNamespaced { setBinding(name, nil) }
        }
        for (key, object) in objects { set(resource, key, object) }
    }

    private mutating func setBinding(_ name: Name, _ binding: JSON?) {
        for place in places.removeValue(forKey: name) ?? [] {
            grants[place]?.removeAll { $0.binding == name }
            if grants[place]?.isEmpty == true { grants[place] = nil }
        }
        guard let binding else { return }
        let kind = binding["roleRef", "kind"]?.string ?? ""
        let role = Name(
            namespace: kind == "ClusterRole" ? "" : name.namespace, name: binding["roleRef", "name"]?.string ?? "")
        let shownName = name.namespace.isEmpty ? name.name : "\(name.name)/\(name.namespace)"
        let shown =
            "RBAC: allowed by \(name.namespace.isEmpty ? "ClusterRoleBinding" : "RoleBinding") \"\(shownName)\" of "
            + "\(kind) \"\(role.name)\" to "
        for subject in binding["subjects"]?.elements ?? [] {
            guard let (who, text) = Self.subject(subject, in: name.namespace) else { continue }
            let place = Place(subject: who, namespace: name.namespace)
            guard places[name]?.contains(place) != true else { continue }
            places[name, default: []].append(place)
            grants[place, default: []].append(Grant(binding: name, role: role, reason: shown + text))
        }
    }

    private static func subject(_ subject: JSON, in namespace: String) -> (Subject, String)? {
        let name = subject["name"]?.string ?? ""
        switch subject["kind"]?.string ?? "" {
        case "User": return (.user(name), "User \"\(name)\"")
        case "Group": return (.group(name), "Group \"\(name)\"")
        case "ServiceAccount":
            let given = subject["namespace"]?.string ?? ""
            let home = given.isEmpty ? namespace : given
            if home.isEmpty { return nil }
            return (.user(ServiceAccountIdentity.userName(home, name)), "ServiceAccount \"\(name)/\(home)\"")
        default: return nil
        }
    }

    // MARK: What is asked

    /// Calls `body` with each role that the user has there, nil for one that is missing, until it gives false.
    private func visit(_ user: UserInfo, _ namespace: String, _ body: (Grant, RoleRights?) -> Bool) {
        for scope in namespace.isEmpty ? [""] : ["", namespace] {
            var subject = Subject.user(user.name)
            var nextGroup = user.groups.startIndex
            while true {
                for grant in grants[Place(subject: subject, namespace: scope)] ?? [] {
                    guard body(grant, roles[grant.role]) else { return }
                }
                guard nextGroup < user.groups.endIndex else { break }
                subject = .group(user.groups[nextGroup])
                nextGroup += 1
            }
        }
    }

    func authorize(_ user: UserInfo, _ attributes: RequestAttributes) -> AccessDecision {
        var allowed: AccessDecision?
        var missing: [String] = []
        visit(user, attributes.isResourceRequest ? attributes.namespace : "") { grant, role in
            guard let role else {
                let words = Self.notFound(grant.role)
                if !missing.contains(words) { missing.append(words) }
                return true
            }
            if role.allows(attributes) { allowed = .allow(reason: grant.reason) }
            return allowed == nil
        }
        if let allowed { return allowed }
        guard let first = missing.first else { return .noOpinion() }
        return .noOpinion(reason: "RBAC: \(missing.count == 1 ? first : "[\(missing.joined(separator: ", "))]")")
    }

    /// All rules that the user has there.
    func rules(of user: UserInfo, namespace: String) -> (rules: [RoleRule], missing: [String]) {
        var rules: [RoleRule] = []
        var missing: [String] = []
        visit(user, namespace) { grant, role in
            if let role { rules += role.rules } else { missing.append(Self.notFound(grant.role)) }
            return true
        }
        return (rules, missing)
    }

    /// The rules of the role that a binding in a namespace (empty: of the cluster) refers to; nil when it is missing.
    func rules(ofRole role: Name) -> [RoleRule]? { roles[role]?.rules }

    static func notFound(_ role: Name) -> String {
        "\(role.namespace.isEmpty ? "clusterrole" : "role").\(GroupResource.roles.group) \"\(role.name)\" not found"
    }
}

extension GroupResource {
    static let roles = GroupResource(group: "rbac.authorization.k8s.io", resource: "roles")
    static let clusterRoles = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
    static let roleBindings = GroupResource(group: "rbac.authorization.k8s.io", resource: "rolebindings")
    static let clusterRoleBindings = GroupResource(
        group: "rbac.authorization.k8s.io", resource: "clusterrolebindings")
}
