import APIMachinery
import Basics
import HTTPMessages
import KubeAPI

/// Knows the tokens by which new nodes join: Secrets of kube-system that `kubeadm token create` makes.
struct BootstrapTokens: Authenticator {
    private static let group = "system:bootstrappers"
    let cache: WatchCache
    let surroundings: Surroundings

    func authenticate(_ request: Request) async throws -> UserInfo? {
        guard let (identity, secret) = Self.parts(BearerToken.token(request)),
            let object = try await cache.newest(PodReference.secrets, "kube-system/bootstrap-token-\(identity)")?.json,
            !object.isBeingDeleted, object["type"]?.string == "bootstrap.kubernetes.io/token"
        else { return nil }
        func value(_ name: String) -> String {
            (object["data", name]?.string).flatMap { Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
                ?? ""
        }
        guard BearerToken.isEqual(Array(secret.utf8), Array(value("token-secret").utf8)),
            value("token-id") == identity, value("usage-bootstrap-authentication") == "true",
            !isExpired(value("expiration"))
        else { return nil }
        let extra = value("auth-extra-groups").split(separator: ",").map(String.init)
        guard extra.allSatisfy(Self.isBootstrapGroup) else { return nil }
        return UserInfo(name: "system:bootstrap:\(identity)", groups: [Self.group] + Set(extra).sorted())
    }

    /// `abcdef.0123456789abcdef`
    private static func parts(_ token: Substring?) -> (identity: String, secret: String)? {
        guard let token, token.utf8.count == 23 else { return nil }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 6,
            parts.joined().utf8.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            })
        else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    private func isExpired(_ text: String) -> Bool {
        if text.isEmpty { return false }
        // What cannot be read does not hold.
        guard let time = Instant(rfc3339: text) else { return true }
        return time <= surroundings.time
    }

    private static func isBootstrapGroup(_ name: String) -> Bool {
        let prefix = "\(group):"
        guard name.hasPrefix(prefix), let last = name.utf8.last else { return false }
        let rest = name.dropFirst(prefix.count).utf8
        func isPlain(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let marks = [UInt8(ascii: ":"), UInt8(ascii: "-")]
        return rest.first.map(isPlain) == true && isPlain(last) && rest.allSatisfy { isPlain($0) || marks.contains($0) }
            && rest.count <= 257
    }
}
