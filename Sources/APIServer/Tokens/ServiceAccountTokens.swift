import APIMachinery
import Basics
import Crypto
import FoundationEssentials
import KubeAPI

/// Signs the tokens of service accounts, and knows its own again: JSON Web Tokens (RFC 7519) signed with ES256
/// (RFC 7518 section 3.4).
public struct ServiceAccountTokens: Sendable {
    /// Longer texts are not looked at.
    static let lengthLimit = 16 << 10

    public let issuer: String
    /// Whom a token that names no audience is for: this API server.
    public let audiences: [String]
    private let key: P256.Signing.PrivateKey
    private let keyID: String
    private let header: String

    /// `privateKeyPEM` is a P-256 key. Throws when it cannot be read.
    public init(privateKeyPEM: String, issuer: String = ClusterNetwork.standard.issuer) throws {
        key = try P256.Signing.PrivateKey(pemRepresentation: privateKeyPEM)
        self.issuer = issuer
        audiences = [issuer]
        keyID = Base64URL.encode(Array(SHA256.hash(data: key.publicKey.derRepresentation)))
        header = Base64URL.encode((["alg": "ES256", "kid": JSON(keyID)] as JSON).bytes)
    }

    /// The token that says these claims.
    func sign(_ claims: JSON) throws -> String {
        let signed = header + "." + Base64URL.encode(claims.bytes)
        let signature = try key.signature(for: Array(signed.utf8))
        return signed + "." + Base64URL.encode(Array(signature.rawRepresentation))
    }

    /// Who signs tokens that are kept in secrets, as their claims say it.
    static let secretIssuer = "kubernetes/serviceaccount"

    /// A token without an end, which holds while the secret that it is kept in has it.
    public func secretToken(namespace: String, account: String, uid: String, secret: String) throws -> String {
        try sign([
            "iss": JSON(Self.secretIssuer),
            "kubernetes.io/serviceaccount/namespace": JSON(namespace),
            "kubernetes.io/serviceaccount/secret.name": JSON(secret),
            "kubernetes.io/serviceaccount/service-account.name": JSON(account),
            "kubernetes.io/serviceaccount/service-account.uid": JSON(uid),
            "sub": JSON(ServiceAccountIdentity.userName(namespace, account)),
        ])
    }

    /// The claims of a token that this key has signed, of one that is kept in a secret too; nil for any other text.
    /// Whether they still hold is not looked at.
    func claims(of token: some StringProtocol) -> JSON? {
        guard token.utf8.count <= Self.lengthLimit else { return nil }
        let parts = String(token).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == header, let signature = Base64URL.decode(parts[2]),
            let payload = Base64URL.decode(parts[1]),
            let value = try? P256.Signing.ECDSASignature(rawRepresentation: signature),
            key.publicKey.isValidSignature(value, for: Array("\(parts[0]).\(parts[1])".utf8)),
            let claims = try? JSON(parsing: payload),
            claims["iss"]?.string == issuer || claims["iss"]?.string == Self.secretIssuer
        else { return nil }
        return claims
    }

    // MARK: What others need to check tokens themselves (OpenID Connect Discovery)

    /// `/.well-known/openid-configuration`.
    func discoveryDocument(server: String) -> JSON {
        [
            "issuer": JSON(issuer), "jwks_uri": JSON("\(server)/openid/v1/jwks"),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
        ]
    }

    /// `/openid/v1/jwks` (RFC 7517).
    var keySet: JSON {
        // The uncompressed form is 4, x, y.
        let point = Array(key.publicKey.x963Representation)
        return [
            "keys": [
                [
                    "use": "sig", "kty": "EC", "kid": JSON(keyID), "crv": "P-256", "alg": "ES256",
                    "x": JSON(Base64URL.encode(Array(point[1..<33]))),
                    "y": JSON(Base64URL.encode(Array(point[33..<65]))),
                ]
            ]
        ]
    }
}
