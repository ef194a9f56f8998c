import APIMachinery
import Basics
import KubeAPI
import Synchronization

/// What a token says that is kept in a secret.
struct SecretTokenClaims {
    var namespace: String
    var account: String
    var uid: String
    var secret: String

    /// nil for claims of other tokens, and for those that contradict themselves.
    init?(_ claims: JSON) {
        let prefix = "kubernetes.io/serviceaccount/"
        func text(_ name: String) -> String? {
            claims[prefix + name]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard claims["iss"]?.string == ServiceAccountTokens.secretIssuer, let namespace = text("namespace"),
            let secret = text("secret.name"), let account = text("service-account.name"),
            let uid = text("service-account.uid"),
            claims["sub"]?.string == ServiceAccountIdentity.userName(namespace, account)
        else { return nil }
        self.namespace = namespace
        self.account = account
        self.uid = uid
        self.secret = secret
    }

    var user: UserInfo {
        UserInfo(
            name: ServiceAccountIdentity.userName(namespace, account), uid: uid,
            groups: ServiceAccountIdentity.groups(namespace) + ["system:authenticated"])
    }
}

/// Which secrets' tokens were shown, until their labels say so: on what day each was last (KEP-2799).
final class SecretTokenUse: Sendable {
    /// Further ones are noted when they are shown again.
    private static let limit = 10_000
    static let lastUsed = "kubernetes.io/legacy-token-last-used"
    static let invalidSince = "kubernetes.io/legacy-token-invalid-since"
    static let tracking = "kube-apiserver-legacy-service-account-token-tracking"

    private let shown = Mutex<[ObjectKey: (uid: String, day: String)]>([:])

    /// The secret's token was shown now; nothing is noted twice a day.
    func note(_ secret: JSON, _ now: Instant) {
        let days = [now, now + .seconds(86_400)].map(Self.day)
        if let last = secret["metadata", "labels", Self.lastUsed]?.string, days.contains(last) { return }
        shown.withLock { shown in
            if shown.count < Self.limit { shown[secret.key] = (secret.uid, days[0]) }
        }
    }

    /// What the labels of secrets do not say yet; each is given out once.
    func take() -> [(key: ObjectKey, patch: JSON)] {
        shown.withLock { shown in
            defer { shown = [:] }
            return shown.map { key, use in
                (key, ["metadata": ["uid": JSON(use.uid), "labels": [Self.lastUsed: JSON(use.day)]]])
            }
        }
    }

    /// Such as "2026-01-02".
    static func day(_ instant: Instant) -> String { String(instant.rfc3339.prefix(10)) }
}

extension ServiceAccountAuthenticator {
    /// The secret still has this token, and its account is still the same one.
    func user(_ claims: SecretTokenClaims, token: String, _ now: Instant) async throws -> UserInfo {
        guard let secret = try await newest("secrets", claims.namespace, claims.secret), !secret.isBeingDeleted,
            let stored = secret["data", "token"]?.string.flatMap({ Base64.decode($0) }),
            BearerToken.isEqual(Array(token.utf8), stored),
            let account = try await newest("serviceaccounts", claims.namespace, claims.account),
            !account.isBeingDeleted, account.uid == claims.uid
        else { throw AccessControl.unauthorized }
        use.note(secret, now)
        if let since = secret["metadata", "labels", SecretTokenUse.invalidSince]?.string, !since.isEmpty {
            throw AccessControl.unauthorized
        }
        return claims.user
    }

    private func newest(_ plural: String, _ namespace: String, _ name: String) async throws -> JSON? {
        guard let resource = registry.resource(GroupResource(resource: plural)) else { return nil }
        return try await cache.newest(
            resource.groupResource, Call.key(resource, namespace: namespace, name: name))?.json
    }
}

extension ClusterServer {
    /// Since when the use of tokens in secrets is noted, and which were used since the last look.
    func keepTokenUse() async throws {
        let api = ownClient
        let today = SecretTokenUse.day(Instant(nanoseconds: surroundings.now()))
        let key = ObjectKey(namespace: "kube-system", name: SecretTokenUse.tracking)
        do {
            var map = try await api.get(ConfigMap.resource, key)
            if Instant(rfc3339: "\(map["data", "since"]?.string ?? "")T00:00:00Z") == nil {
                map["data", "since"] = JSON(today)
                _ = try await api.update(ConfigMap.resource, map, subresource: nil)
            }
        } catch let error as StatusError where error.code == 404 {
            _ = try await api.create(
                ConfigMap.resource,
                [
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": ["name": JSON(key.name), "namespace": JSON(key.namespace)],
                    "data": ["since": JSON(today)],
                ])
        }
        for (key, patch) in tokenUse.take() {
            do {
                _ = try await api.patch(Secret.resource, key, .merge, patch, subresource: nil)
            } catch let error as StatusError where error.code == 404 || error.code == 409 {}
        }
    }
}
