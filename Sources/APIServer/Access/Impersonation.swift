import APIMachinery
import Basics
import HTTPMessages
import KubeAPI

/// Acting as somebody else (`kubectl --as`): what a request's headers ask for, and what its user must be let do for it.
struct Impersonation {
    /// Whom the request is then from.
    private(set) var user: UserInfo
    /// What must be allowed, all with the verb `impersonate`.
    private(set) var rights: [RequestAttributes] = []

    private static let extraPrefix = "impersonate-extra-"

    /// nil when nobody is to be acted as; throws 400 for headers that do not say who.
    init?(_ request: Request) throws {
        let headers = request.headers.filter { $0.name.hasPrefix("impersonate-") }
        guard !headers.isEmpty else { return nil }
        func values(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
        let name = values("impersonate-user").first ?? ""
        let groups = values("impersonate-group")
        let uid = values("impersonate-uid").first ?? ""
        let extra = headers.filter { $0.name.hasPrefix(Self.extraPrefix) }
        guard !name.isEmpty else {
            if groups.isEmpty, extra.isEmpty, uid.isEmpty { return nil }
            throw StatusError.badRequest(
                "requested \(headers.map { "\($0.name): \($0.value)" }) without impersonating a user")
        }
        user = UserInfo(name: name, uid: uid, groups: groups)
        if let (namespace, account) = ServiceAccountIdentity.parts(ofUserName: name) {
            ask("", "serviceaccounts", account, namespace: namespace)
            if groups.isEmpty { user.groups = ServiceAccountIdentity.groups(namespace) }
        } else {
            ask("", "users", name)
        }
        for group in groups { ask("", "groups", group) }
        let kind = "authentication.k8s.io"
        for (header, value) in extra {
            let encoded = header.dropFirst(Self.extraPrefix.count)
            let key = PercentEncoding.decode(encoded) ?? String(encoded)
            user.extra[key, default: []].append(value)
            ask(kind, "userextras", value, subresource: SubresourceName(rawValue: key))
        }
        if !uid.isEmpty { ask(kind, "uids", uid) }
        let (known, unknown) = (AccessControl.authenticated, "system:unauthenticated")
        if user.isAnonymous {
            if !user.groups.contains(unknown) { user.groups.append(unknown) }
        } else if !user.groups.contains(where: [known, unknown].contains) {
            user.groups.append(known)
        }
    }

    private mutating func ask(
        _ group: String, _ resource: String, _ name: String, namespace: String = "", subresource: SubresourceName? = nil
    ) {
        rights.append(
            RequestAttributes(
                verb: .other("impersonate"), group: group, version: group.isEmpty ? "" : "v1", resource: resource,
                subresource: subresource, namespace: namespace, name: name, path: "", isResourceRequest: true))
    }
}

extension AccessControl {
    /// As whom a user's request is to be served: himself, or whom he asks to act as and may. Throws 400 or 403.
    func actor(_ user: UserInfo, _ request: Request) async throws -> UserInfo {
        guard let impersonation = try Impersonation(request) else { return user }
        for right in impersonation.rights { try await check(user, right) }
        return impersonation.user
    }
}
