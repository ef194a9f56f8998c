import APIMachinery
import Basics

/// A token by which new nodes join, as a Secret of kube-system keeps it (`kubeadm token create`).
public struct BootstrapTokenSecret: Sendable {
    public static let namespace = "kube-system"
    public static let prefix = "bootstrap-token-"

    /// Six letters and digits, which may be told.
    public let identity: String
    /// Sixteen, which may not.
    public let secret: String
    /// nil: never; what cannot be read has passed.
    public let expires: Instant?
    public let provesWhoAsks: Bool
    public let signsClusterInfo: Bool
    /// Groups of its bearer beside `system:bootstrappers`; nil when one is none that a token may give.
    public let extraGroups: [String]?

    /// nil for other Secrets, and such as contradict themselves.
    public init?(_ object: JSON) {
        guard object.key.namespace == Self.namespace, object["type"]?.string == "bootstrap.kubernetes.io/token" else {
            return nil
        }
        func value(_ name: String) -> String {
            (object["data", name]?.string).flatMap { Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
                ?? ""
        }
        identity = value("token-id")
        secret = value("token-secret")
        guard !identity.isEmpty, !secret.isEmpty, object.key.name == Self.prefix + identity else { return nil }
        let expiration = value("expiration")
        expires = expiration.isEmpty ? nil : Instant(rfc3339: expiration) ?? .distantPast
        provesWhoAsks = value("usage-bootstrap-authentication") == "true"
        signsClusterInfo = value("usage-bootstrap-signing") == "true"
        let groups = Set(value("auth-extra-groups").split(separator: ",").map(String.init)).sorted()
        extraGroups = groups.allSatisfy(Self.isBootstrapGroup) ? groups : nil
    }

    public func hasExpired(_ now: Instant) -> Bool { expires.map { $0 <= now } ?? false }

    private static func isBootstrapGroup(_ name: String) -> Bool {
        name.utf8.count <= 278
            && name.wholeMatch(of: /system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]/) != nil
    }
}
