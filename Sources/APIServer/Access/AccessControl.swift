import HTTPMessages
import APIMachinery

/// Who asks, and whether they may: one door for the cluster's API and for whatever else the process serves.
public struct AccessControl: Sendable {
    private let authenticator: any Authenticator
    public let authorizer: any Authorizer
    private let letsAnonymousIn: Bool

    public init(authenticator: any Authenticator, authorizer: any Authorizer, letsAnonymousIn: Bool = true) {
        self.authenticator = authenticator
        self.authorizer = authorizer
        self.letsAnonymousIn = letsAnonymousIn
    }

    /// Who asks: whom the credentials show, or nobody known where there are none. Throws 401 for credentials that are
    /// wrong, or that nobody knows.
    public func identify(_ request: Request) async throws -> UserInfo {
        guard var user = try await authenticator.authenticate(request) else {
            if !letsAnonymousIn || request.header("authorization") != nil { throw Self.unauthorized }
            return .anonymous
        }
        if !user.groups.contains(Self.authenticated) { user.groups.append(Self.authenticated) }
        return user
    }

    /// Throws 403 unless the user may.
    func check(_ user: UserInfo, _ attributes: RequestAttributes) async throws {
        try check(await authorizer.authorize(user, attributes), user, attributes)
    }
    /// The same by a decision that was asked for already.
    func check(_ decision: AccessDecision, _ user: UserInfo, _ attributes: RequestAttributes) throws {
        if decision.isAllowed { return }
        let reason = decision.reason
        guard attributes.isResourceRequest else {
            throw StatusError(
                code: 403, reason: .forbidden,
                message: "forbidden: User \"\(user.name)\" cannot \(attributes.verb) path \"\(attributes.path)\""
                    + (reason.isEmpty ? "" : ": \(reason)"))
        }
        throw StatusError.forbidden(
            user.name, to: attributes.permission, namespace: attributes.namespace, reason: reason)
    }

    static let unauthorized = StatusError(code: 401, reason: .unauthorized, message: "Unauthorized")
    /// The group of whoever is known.
    static let authenticated = "system:authenticated"
}
