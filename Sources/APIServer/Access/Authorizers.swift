import KubeAPI

extension AuthorizerChain {
    /// A cluster's rights until it has roles of its own: those of `loops` and of nodes, and what anybody may read.
    public static func standard(loops: [LoopIdentity] = [], nodes: PermissionSet = PermissionSet()) -> AuthorizerChain {
        AuthorizerChain([DeclaredRights(of: loops), NodeRights(nodes), BasicRights()])
    }
}

/// Lets members of these groups do everything, such as administrators and the server itself; a server asks it first,
/// whatever else decides.
public struct PrivilegedGroups: Authorizer {
    private let groups: Set<String>
    public init(_ groups: Set<String> = ["system:masters"]) { self.groups = groups }

    public func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        user.groups.contains(where: groups.contains) ? .allow() : .noOpinion()
    }

    public func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var rules = AccessRules()
        guard user.groups.contains(where: groups.contains) else { return rules }
        rules.resources = [AccessRule(verbs: ["*"], groups: ["*"], resources: ["*"])]
        rules.paths = [.init(verbs: ["*"], paths: ["*"])]
        return rules
    }
}

/// Lets each loop do what it declares, by its user's name.
public struct DeclaredRights: Authorizer {
    private let rights: [String: PermissionSet]
    public init(of loops: [LoopIdentity]) {
        rights = Dictionary(loops.map { ($0.userName, $0.permissions) }) { $0.union($1) }
    }

    public func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        guard attributes.isResourceRequest, let rights = rights[user.name], rights.allows(attributes.permission) else {
            return .noOpinion()
        }
        return .allow()
    }

    public func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var rules = AccessRules()
        rules.resources = rights[user.name]?.rules ?? []
        return rules
    }
}

/// Lets nodes do what nodes do. A node is who is in the group of nodes and has a node's name.
public struct NodeRights: Authorizer {
    private let rights: PermissionSet
    public init(_ rights: PermissionSet) { self.rights = rights }

    private static func isNode(_ user: UserInfo) -> Bool {
        user.groups.contains(NodeUser.group) && user.name.utf8.count > NodeUser.prefix.utf8.count
            && user.name.hasPrefix(NodeUser.prefix)
    }

    public func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        guard attributes.isResourceRequest, Self.isNode(user), rights.allows(attributes.permission) else {
            return .noOpinion()
        }
        return .allow()
    }

    public func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var rules = AccessRules()
        if Self.isNode(user) { rules.resources = rights.rules }
        return rules
    }
}

/// How Kubernetes names nodes as users.
enum NodeUser {
    static let group = "system:nodes"
    static let prefix = "system:node:"
}

/// Lets everybody read a few open pages, and whoever is known look which APIs there are and ask about himself.
public struct BasicRights: Authorizer {
    public init() {}

    /// What anyone may read: health, version and API description.
    private static let openPages = ["livez", "readyz", "healthz", "version", "openapi"]
    /// Kubernetes' roles system:discovery and system:service-account-issuer-discovery.
    private static let discoveryPages = ["api", "apis", ".well-known", "openid"]
    /// What asks about oneself (Kubernetes' role system:basic-user).
    private static let selfReviews = [
        "authentication.k8s.io": ["selfsubjectreviews"],
        "authorization.k8s.io": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    ]
    private static let readingMethods: [Verb] = [.get, .other("head")]

    public func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        let isKnown = user.groups.contains(AccessControl.authenticated)
        if attributes.isResourceRequest {
            let isSelfReview =
                attributes.verb == .create && attributes.subresource == nil
                && Self.selfReviews[attributes.group]?.contains(attributes.resource) == true
            return isKnown && isSelfReview ? .allow() : .noOpinion()
        }
        guard Self.readingMethods.contains(attributes.verb) else { return .noOpinion() }
        let root = attributes.path.split(separator: "/").first.map(String.init) ?? ""
        let isOpen = Self.openPages.contains(root) || isKnown && Self.discoveryPages.contains(root)
        return isOpen ? .allow() : .noOpinion()
    }

    public func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var rules = AccessRules()
        rules.paths = [.init(verbs: ["get"], paths: Self.openPages.map { "/\($0)*" })]
        guard user.groups.contains(AccessControl.authenticated) else { return rules }
        rules.resources = Self.selfReviews.sorted { $0.key < $1.key }.map { group, resources in
            AccessRule(verbs: ["create"], groups: [group], resources: resources)
        }
        rules.paths.append(.init(verbs: ["get"], paths: Self.discoveryPages.map { "/\($0)*" }))
        return rules
    }
}
