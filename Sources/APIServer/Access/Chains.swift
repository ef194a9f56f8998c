import HTTPMessages
import APIMachinery

/// Finds out who asks; nil when the request shows no credentials this authenticator knows. Throws `StatusError` 401
/// for credentials that are wrong.
public protocol Authenticator: Sendable {
    func authenticate(_ request: Request) async throws -> UserInfo?
}

/// Several authenticators as one: the first that knows the credentials says who it is. What one of them finds wrong,
/// another may still know; if none does, the first fault counts.
public struct AuthenticatorChain: Authenticator {
    private let links: [any Authenticator]
    public init(_ links: [any Authenticator]) { self.links = links }

    public func authenticate(_ request: Request) async throws -> UserInfo? {
        var fault: (any Error)?
        for link in links {
            do {
                if let user = try await link.authenticate(request) { return user }
            } catch {
                fault = fault ?? error
            }
        }
        if let fault { throw fault }
        return nil
    }
}

/// What an authorizer says to a call.
public enum AccessDecision: Sendable, Equatable {
    case allow(reason: String = "")
    /// Nobody else is asked.
    case deny(reason: String)
    /// Another may know; the reason is told to the caller if none does.
    case noOpinion(reason: String = "")

    public var isAllowed: Bool { if case .allow = self { true } else { false } }
    public var reason: String {
        switch self {
        case .allow(let reason), .deny(let reason), .noOpinion(let reason): reason
        }
    }
}

/// Says whether someone may do something.
public protocol Authorizer: Sendable {
    func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision
    /// All that someone may do in a namespace, for a SelfSubjectRulesReview.
    func rules(for user: UserInfo, namespace: String) async -> AccessRules
}

/// Several authorizers as one: the first that allows or denies decides. Nobody's opinion is a refusal, for all the reasons
/// that were given.
public struct AuthorizerChain: Authorizer {
    private let links: [any Authorizer]
    public init(_ links: [any Authorizer]) { self.links = links }

    public func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        var reasons = ""
        for link in links {
            let decision = await link.authorize(user, attributes)
            guard case .noOpinion(let reason) = decision else { return decision }
            if !reason.isEmpty { reasons += reasons.isEmpty ? reason : "\n\(reason)" }
        }
        return .noOpinion(reason: reasons)
    }

    public func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var all = AccessRules()
        for link in links { all.add(await link.rules(for: user, namespace: namespace)) }
        return all
    }
}
