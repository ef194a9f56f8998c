import KubeAPI

extension AuthorizerChain {
    /// A cluster's rights beside its roles and its nodes': those of `loops`, and the pages that are open to anybody.
    public static func standard(loops: [LoopIdentity] = []) -> AuthorizerChain {
        AuthorizerChain([DeclaredRights(of: loops), OpenPages()])
    }
}

/// Lets members of these groups do everything, such as administrators and the server itself; a server asks it first,
/// whatever else decides.
public struct PrivilegedGroups: Authorizer {
    private let groups: Set<String>
    public init(_ groups: Set<String> = ["system:masters"]) { self.groups = groups }

    /// Whether Kubernetes keeps nothing from the user, whatever roles say.
    static func hasAll(_ user: UserInfo) -> Bool { user.groups.contains("system:masters") }

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

/// Lets everybody see whether the server is well, also while it has no roles yet.
public struct OpenPages: Authorizer {
    public init() {}

    private static let paths = ["/healthz", "/livez", "/readyz"]

    public func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        let isOpen =
            !attributes.isResourceRequest && [.get, .other("head")].contains(attributes.verb)
            && Self.paths.contains(attributes.path)
        return isOpen ? .allow() : .noOpinion()
    }

    public func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var rules = AccessRules()
        rules.paths = [.init(verbs: ["get"], paths: Self.paths)]
        return rules
    }
}
