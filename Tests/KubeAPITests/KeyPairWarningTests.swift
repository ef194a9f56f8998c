import APIMachinery
import Basics
import Crypto
import Foundation
import Testing
import X509

@testable import KubeAPI

/// A TLS Secret whose key is not that of its certificate is taken, with a warning in Go's words.
@Suite struct KeyPairWarningTests {
    private static func certificate(of key: P256.Signing.PrivateKey) throws -> String {
        let name = try DistinguishedName { CommonName("x") }
        return try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: Date(),
            notValidAfter: Date() + 3600, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: .init(), issuerPrivateKey: .init(key)
        ).serializeAsPEM().pemString
    }
    private static func warnings(_ certificate: String, _ key: String) -> [String] {
        KeyPairWarning.ofSecret([
            "type": "kubernetes.io/tls",
            "data": [
                "tls.crt": JSON(Base64.encode(certificate.utf8)), "tls.key": JSON(Base64.encode(key.utf8)),
            ],
        ])
    }

    @Test func speaksAsGoDoes() throws {
        let (own, other) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let certificate = try Self.certificate(of: own)
        let request = "-----BEGIN X-----\nYQ==\n-----END X-----\n"
        #expect(Self.warnings(certificate, own.pemRepresentation) == [])
        #expect(Self.warnings("text before\n" + certificate, request + own.pemRepresentation) == [])
        #expect(
            Self.warnings(certificate, other.pemRepresentation) == ["tls: private key does not match public key"])
        #expect(Self.warnings("", "") == ["tls: failed to find any PEM data in certificate input"])
        #expect(Self.warnings(certificate, "x") == ["tls: failed to find any PEM data in key input"])
        #expect(
            Self.warnings(certificate, certificate)
                == ["tls: found a certificate rather than a key in the PEM for the private key"])
        #expect(
            Self.warnings(own.pemRepresentation, certificate) == [
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may "
                    + "have been switched"
            ])
        #expect(
            Self.warnings(request, own.pemRepresentation) == [
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the "
                    + "following types: [X]"
            ])
        #expect(
            Self.warnings(certificate, request) == [
                "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks "
                    + "of the following types: [X]"
            ])
    }
}
