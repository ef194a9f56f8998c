import APIMachinery
import Basics
import Crypto
import FoundationEssentials
import _CryptoExtras

/// Public keys that somebody signs tokens with (RFC 7517), and the check of a signature by them (RFC 7518 section 3).
struct JSONWebKeys: Sendable {
    /// Signatures that can be checked.
    static let algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
    /// More keys than anybody has are not read.
    private static let limit = 100

    private enum Key: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
    }
    private var keys: [(identity: String, key: Key)] = []

    /// Keys of other kinds, and such as are not for signatures, are left out.
    init(_ set: JSON) {
        for json in (set["keys"]?.elements ?? []).prefix(Self.limit) where (json["use"]?.string ?? "sig") == "sig" {
            if let key = Self.key(json) { keys.append((json["kid"]?.string ?? "", key)) }
        }
    }

    private static func key(_ json: JSON) -> Key? {
        func bytes(_ field: String) -> [UInt8]? { json[field]?.string.flatMap { Base64URL.decode($0) } }
        switch json["kty"]?.string ?? "" {
        case "RSA":
            guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
            return (try? _RSA.Signing.PublicKey(n: modulus, e: exponent)).map { .rsa($0) }
        case "EC":
            guard let x = bytes("x"), let y = bytes("y") else { return nil }
            let point = [4] + x + y
            switch json["crv"]?.string ?? "" {
            case "P-256": return (try? P256.Signing.PublicKey(x963Representation: point)).map { .p256($0) }
            case "P-384": return (try? P384.Signing.PublicKey(x963Representation: point)).map { .p384($0) }
            case "P-521": return (try? P521.Signing.PublicKey(x963Representation: point)).map { .p521($0) }
            default: return nil
            }
        default: return nil
        }
    }

    func has(_ identity: String) -> Bool { keys.contains { $0.identity == identity } }

    /// Whether one of the keys, of this identity if one is told, has signed the text.
    func verify(_ signed: [UInt8], _ signature: [UInt8], algorithm: String, identity: String?) -> Bool {
        keys.contains { key in
            (identity == nil || key.identity == identity) && Self.verify(signed, signature, algorithm, key.key)
        }
    }

    private static func verify(_ signed: [UInt8], _ signature: [UInt8], _ algorithm: String, _ key: Key) -> Bool {
        switch (key, algorithm) {
        case (.p256(let key), "ES256"):
            return (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: signed)
            } ?? false
        case (.p384(let key), "ES384"):
            return (try? P384.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: signed)
            } ?? false
        case (.p521(let key), "ES512"):
            return (try? P521.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: signed)
            } ?? false
        case (.rsa(let key), _):
            let padding: _RSA.Signing.Padding =
                algorithm.hasPrefix("RS") ? .insecurePKCS1v1_5 : .PSS
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            switch algorithm {
            case "RS256", "PS256":
                return key.isValidSignature(signature, for: SHA256.hash(data: signed), padding: padding)
            case "RS384", "PS384":
                return key.isValidSignature(signature, for: SHA384.hash(data: signed), padding: padding)
            case "RS512", "PS512":
                return key.isValidSignature(signature, for: SHA512.hash(data: signed), padding: padding)
            default: return false
            }
        default: return false
        }
    }
}
