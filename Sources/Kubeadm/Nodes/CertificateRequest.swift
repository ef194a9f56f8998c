import Basics
import Crypto
import Foundation
import SwiftASN1
import X509

/// A key of one's own, and the request for a certificate that is signed with it (RFC 2986), both as PEM.
public struct CertificateRequest: Sendable, Equatable {
    public let requestPEM: String
    public let privateKeyPEM: String
    /// 20 bytes in hex that name its key.
    let keyDigest: String

    /// `privateKeyPEM` is a key that was made before; nil makes one (ECDSA P-256). Throws for what is no key.
    public init(
        commonName: String, organizations: [String],
        names: CertificateAuthority.SubjectNames = .init(dnsNames: [], addresses: []), privateKeyPEM: String? = nil
    ) throws {
        let key =
            try privateKeyPEM.map { try Certificate.PrivateKey(pemEncoded: $0) }
            ?? Certificate.PrivateKey(P256.Signing.PrivateKey())
        let subject = try DistinguishedName {
            for organization in organizations { OrganizationName(organization) }
            CommonName(commonName)
        }
        let alternatives = CertificateAuthority.generalNames(names)
        var attributes: [CertificateSigningRequest.Attribute] = []
        if !alternatives.isEmpty {
            let extensions = try Certificate.Extensions { SubjectAlternativeNames(alternatives) }
            attributes.append(try .init(ExtensionRequest(extensions: extensions)))
        }
        let request = try CertificateSigningRequest(
            version: .v1, subject: subject, privateKey: key, attributes: .init(attributes),
            signatureAlgorithm: .ecdsaWithSHA256)
        let digest = SHA256.hash(data: key.publicKey.subjectPublicKeyInfoBytes)
        keyDigest = digest.prefix(20).map { UInt64($0).digits(2, radix: 16) }.joined()
        requestPEM = try request.serializeAsPEM().pemString
        self.privateKeyPEM = try privateKeyPEM ?? key.serializeAsPEM().pemString
    }

    /// Whether a certificate is for this key, and for whom the request says.
    public func isAnswered(by certificatePEM: String) -> Bool {
        guard let leaf = try? Certificate(pemEncoded: certificatePEM),
            let request = try? CertificateSigningRequest(pemEncoded: requestPEM)
        else { return false }
        return leaf.publicKey == request.publicKey && leaf.subject == request.subject
    }
}

extension KeyPair {
    /// Whether it is a client certificate of this node (`system:node:NAME` of `system:nodes`) with its key, and not over.
    public func isOfNode(_ node: String, at now: Date) -> Bool {
        guard let leaf = try? Certificate(pemEncoded: certificatePEM),
            (try? Certificate.PrivateKey(pemEncoded: privateKeyPEM))?.publicKey == leaf.publicKey,
            leaf.notValidAfter > now
        else { return false }
        return leaf.subject.flatMap { Array($0) }.contains {
            $0.type == .RDNAttributeType.commonName && "\($0.value)" == "system:node:\(node)"
        }
    }
}
