/// Lets in members of these groups and users whose name begins so, for everything; whoever is known, to look around; and
/// everybody for a few open pages.
public struct AllowGroups: Authorizer {
    private let groups: Set<String>
    private let userPrefixes: [String]

    public init(groups: Set<String> = ["system:masters"], userPrefixes: [String] = ["system:loop:", "system:node:"]) {
        self.groups = groups
        self.userPrefixes = userPrefixes
    }

    /// What anyone may read: health, version and API description.
    static func isOpen(_ attributes: RequestAttributes) -> Bool {
        guard !attributes.isResourceRequest, attributes.verb == "get" || attributes.verb == "head" else { return false }
        return openPages.contains(root(attributes))
    }
    private static let openPages = ["livez", "readyz", "healthz", "version", "openapi"]
    /// Kubernetes' roles system:discovery and system:service-account-issuer-discovery.
    private static let discoveryPages = ["api", "apis", ".well-known", "openid"]
    /// What asks about oneself (Kubernetes' role system:basic-user).
    private static let selfReviews = [
        "authentication.k8s.io": ["selfsubjectreviews"],
        "authorization.k8s.io": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    ]

    private static func root(_ attributes: RequestAttributes) -> String {
        attributes.path.split(separator: "/").first.map(String.init) ?? ""
    }

    /// What whoever is known may do: look which APIs there are, and ask about himself.
    private static func isBasic(_ attributes: RequestAttributes) -> Bool {
        if attributes.isResourceRequest {
            return attributes.verb == "create" && attributes.subresource.isEmpty
                && selfReviews[attributes.group]?.contains(attributes.resource) == true
        }
        return ["get", "head"].contains(attributes.verb) && discoveryPages.contains(root(attributes))
    }

    private func allowsAll(_ user: UserInfo) -> Bool {
        user.groups.contains(where: groups.contains) || userPrefixes.contains { user.name.hasPrefix($0) }
    }

    public func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> (allowed: Bool, reason: String) {
        if Self.isOpen(attributes) || allowsAll(user) { return (true, "") }
        return (user.groups.contains("system:authenticated") && Self.isBasic(attributes), "")
    }

    public func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var rules = AccessRules()
        if allowsAll(user) {
            rules.resources = [.init(verbs: ["*"], groups: ["*"], resources: ["*"])]
            rules.paths = [.init(verbs: ["*"], paths: ["*"])]
            return rules
        }
        rules.paths = [.init(verbs: ["get"], paths: Self.openPages.map { "/\($0)*" })]
        guard user.groups.contains("system:authenticated") else { return rules }
        rules.resources = Self.selfReviews.sorted { $0.key < $1.key }.map { group, resources in
            .init(verbs: ["create"], groups: [group], resources: resources)
        }
        rules.paths.append(.init(verbs: ["get"], paths: Self.discoveryPages.map { "/\($0)*" }))
        return rules
    }
}
