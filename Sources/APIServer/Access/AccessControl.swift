import HTTPMessages
import APIMachinery

/// Who asks, and whether they may: one door for the cluster's API and for whatever else the process serves.
public struct AccessControl: Sendable {
    private let authenticator: any Authenticator
    public let authorizer: any Authorizer

    public init(authenticator: any Authenticator, authorizer: any Authorizer) {
        self.authenticator = authenticator
        self.authorizer = authorizer
    }

    /// Who asks: whom the credentials show, or nobody known where there are none. Throws 401 for credentials that are
    /// wrong, or that nobody knows.
    public func identify(_ request: Request) async throws -> UserInfo {
        guard var user = try await authenticator.authenticate(request) else {
            if request.header("authorization") != nil { throw Self.unauthorized }
            return .anonymous
        }
        if !user.groups.contains(Self.authenticated) { user.groups.append(Self.authenticated) }
        return user
    }

    /// Throws 403, or 401 for somebody unknown, unless the user may.
    func check(_ user: UserInfo, _ attributes: RequestAttributes) async throws {
        let reason: String
        switch await authorizer.authorize(user, attributes) {
        case .allow: return
        case .deny(let why), .noOpinion(let why): reason = why
        }
        if user.isAnonymous { throw Self.unauthorized }
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
