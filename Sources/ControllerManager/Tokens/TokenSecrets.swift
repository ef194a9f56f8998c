import APIMachinery
import Basics
import KubeAPI

/// Signs tokens that hold for as long as the secret that they are kept in.
public protocol SecretTokenSigner: Sendable {
    func token(namespace: String, account: String, uid: String, secret: String) throws -> String
}

/// Secrets that hold a token of a service account, as they were made before tokens had an end (KEP-2799).
enum TokenSecrets {
    static let type = "kubernetes.io/service-account-token"
    /// On secrets: whose token it is.
    static let accountName = "kubernetes.io/service-account.name"
    static let accountUID = "kubernetes.io/service-account.uid"
    /// On secrets, as days ("2026-01-02"): when the token was last shown, and since when it is not taken any more.
    static let lastUsed = "kubernetes.io/legacy-token-last-used"
    static let invalidSince = "kubernetes.io/legacy-token-invalid-since"
    /// Since when the server has noted that tokens are shown.
    static let tracking = ObjectKey(
        namespace: "kube-system", name: "kube-apiserver-legacy-service-account-token-tracking")

    static func isOne(_ secret: JSON) -> Bool { secret["type"]?.string == type }
    static func account(of secret: JSON) -> ObjectKey? {
        secret["metadata", "annotations", accountName]?.string.flatMap { name in
            name.isEmpty ? nil : ObjectKey(namespace: secret.key.namespace, name: name)
        }
    }
    /// Whether a secret's account is this one, and no other of the same name.
    static func isOf(_ account: ServiceAccount, _ secret: JSON) -> Bool {
        let uid = secret["metadata", "annotations", accountUID]?.string ?? ""
        return uid.isEmpty || uid == account.uid
    }
    static func references(_ account: ServiceAccount) -> [JSON] { account.json["secrets"]?.elements ?? [] }

    /// The names of all secrets that a pod uses, wherever in its spec.
    static func names(in spec: JSON) -> Set<String> {
        var names: Set<String> = []
        collect(spec, "", &names)
        return names
    }
    private static let references: Set<String> = [
        "secretRef", "secretKeyRef", "nodePublishSecretRef", "secret", "imagePullSecrets",
    ]
    private static func collect(_ value: JSON, _ place: String, _ names: inout Set<String>) {
        if value.kind == .array {
            for element in value.elements { collect(element, place, &names) }
            return
        }
        for member in value.members {
            if member.name == "secretName" || member.name == "name" && references.contains(place),
                let name = member.value.string
            {
                names.insert(name)
            } else {
                collect(member.value, member.name, &names)
            }
        }
    }
}
