/// Lets in members of these groups and users whose name begins so, for everything; and everybody for a few open pages.
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
        let first = attributes.path.split(separator: "/").first ?? ""
        return ["livez", "readyz", "healthz", "version", "openapi"].contains(first)
    }

    public func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> (allowed: Bool, reason: String) {
        if Self.isOpen(attributes) { return (true, "") }
        if user.groups.contains(where: groups.contains) { return (true, "") }
        return (userPrefixes.contains { user.name.hasPrefix($0) }, "")
    }
}
