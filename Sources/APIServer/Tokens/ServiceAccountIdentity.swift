import APIMachinery
import Basics
import HTTPMessages
import KubeAPI

/// Who the bearer of a service account's token is.
enum ServiceAccountIdentity {
    /// Something that is being deleted vouches for its tokens this long, so that a pod can end in order.
    static let deletionGraceSeconds: Int64 = 60

    private static let prefix = "system:serviceaccount:"
    static func userName(_ namespace: String, _ name: String) -> String { "\(prefix)\(namespace):\(name)" }
    static func groups(_ namespace: String) -> [String] {
        ["system:serviceaccounts", "system:serviceaccounts:\(namespace)"]
    }
    /// nil for users that are no service accounts.
    static func parts(ofUserName name: String) -> (namespace: String, name: String)? {
        guard name.hasPrefix(prefix) else { return nil }
        let parts = name.dropFirst(prefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// The user of sound claims; whether they hold has been checked.
    static func user(_ claims: JSON) -> UserInfo? {
        let identity: JSON = claims["kubernetes.io"] ?? .object
        guard let namespace = identity["namespace"]?.string, let name = identity["serviceaccount", "name"]?.string
        else { return nil }
        var user = UserInfo(
            name: userName(namespace, name), uid: identity["serviceaccount", "uid"]?.string ?? "",
            groups: groups(namespace) + ["system:authenticated"])
        let prefix = "authentication.kubernetes.io/"
        if let id = claims["jti"]?.string { user.extra[prefix + "credential-id"] = ["JTI=\(id)"] }
        for kind in ["pod", "node"] {
            guard let name = identity[kind, "name"]?.string else { continue }
            user.extra[prefix + "\(kind)-name"] = [name]
            if let uid = identity[kind, "uid"]?.string { user.extra[prefix + "\(kind)-uid"] = [uid] }
        }
        return user
    }
}

/// Knows the tokens that this server has signed for service accounts.
struct ServiceAccountAuthenticator: Authenticator {
    let registry: ResourceRegistry
    let cache: WatchCache
    let surroundings: Surroundings
    let tokens: ServiceAccountTokens
    let use: SecretTokenUse

    /// nil for other credentials; throws 401 for a token of ours that no longer holds.
    func authenticate(_ request: Request) async throws -> UserInfo? {
        guard let token = BearerToken.token(request), let claims = tokens.claims(of: token) else { return nil }
        if let claims = SecretTokenClaims(claims) {
            return try await user(claims, token: String(token), Instant(nanoseconds: surroundings.now()))
        }
        let now = surroundings.now() / 1_000_000_000
        guard let expires = claims["exp"]?.int, now < Int64(expires), let start = claims["nbf"]?.int,
            Int64(start) <= now,
            (claims["aud"]?.strings ?? []).contains(where: tokens.audiences.contains),
            let user = ServiceAccountIdentity.user(claims),
            try await isVouchedFor(claims["kubernetes.io"] ?? .object, now)
        else { throw AccessControl.unauthorized }
        return user
    }

    /// The account and what the token is bound to are still there, and are the same ones.
    private func isVouchedFor(_ identity: JSON, _ now: Int64) async throws -> Bool {
        let kinds = [
            ("serviceaccount", "serviceaccounts"), ("pod", "pods"), ("secret", "secrets"), ("node", "nodes"),
        ]
        let isOfPod = identity["pod"] != nil
        for (claim, plural) in kinds {
            // A pod's token tells its node, but does not hang on it.
            guard let reference = identity[claim], claim != "node" || !isOfPod else { continue }
            guard let resource = registry.resource(GroupResource(resource: plural)) else { return false }
            let key = Call.key(
                resource, namespace: identity["namespace"]?.string ?? "", name: reference["name"]?.string ?? "")
            guard let object = try await cache.newest(resource.groupResource, key)?.json,
                object["metadata", "uid"] == reference["uid"]
            else { return false }
            if let deleted = object["metadata", "deletionTimestamp"]?.string.flatMap({ Instant(rfc3339: $0) }),
                now > deleted.secondsSince1970 + ServiceAccountIdentity.deletionGraceSeconds
            {
                return false
            }
        }
        return true
    }
}
