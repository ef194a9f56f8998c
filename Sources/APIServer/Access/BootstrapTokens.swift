import APIMachinery
import HTTPMessages
import KubeAPI

/// Knows the tokens by which new nodes join: Secrets of kube-system that `kubeadm token create` makes.
struct BootstrapTokens: Authenticator {
    let cache: WatchCache
    let surroundings: Surroundings

    func authenticate(_ request: Request) async throws -> UserInfo? {
        guard let (identity, secret) = Self.parts(BearerToken.token(request)) else { return nil }
        let key = "\(BootstrapTokenSecret.namespace)/\(BootstrapTokenSecret.prefix)\(identity)"
        guard let object = try await cache.newest(PodReference.secrets, key)?.json, !object.isBeingDeleted,
            let token = BootstrapTokenSecret(object), token.provesWhoAsks, !token.hasExpired(surroundings.time),
            BearerToken.isEqual(Array(secret.utf8), Array(token.secret.utf8)), let groups = token.extraGroups
        else { return nil }
        return UserInfo(name: "system:bootstrap:\(identity)", groups: ["system:bootstrappers"] + groups)
    }

    /// `abcdef.0123456789abcdef`
    private static func parts(_ token: Substring?) -> (identity: String, secret: String)? {
        guard let token, token.utf8.count == 23, let match = token.wholeMatch(of: /([a-z0-9]{6})\.([a-z0-9]{16})/)
        else { return nil }
        return (String(match.1), String(match.2))
    }
}
