import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate authority for one test.
struct TestPKI {
    private let key = P256.Signing.PrivateKey()
    private let authority: Certificate
    let caPEM: String

    init() throws {
        let name = try DistinguishedName { CommonName("test-ca") }
        authority = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: .now - 3600,
            notValidAfter: .now + 86_400, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try .init {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            }, issuerPrivateKey: .init(key))
        caPEM = try authority.serializeAsPEM().pemString
    }

    func server() throws -> (certificatePEM: String, keyPEM: String) {
        try issue(
            DistinguishedName { CommonName("skiff") },
            Certificate.Extensions {
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
                try ExtendedKeyUsage([.serverAuth])
            })
    }

    func client(_ name: String, groups: [String]) throws -> (certificatePEM: String, keyPEM: String) {
        var parts: [RelativeDistinguishedName] = []
        for group in groups { parts.append(.init(.init(type: .RDNAttributeType.organizationName, utf8String: group))) }
        parts.append(.init(.init(type: .RDNAttributeType.commonName, utf8String: name)))
        return try issue(
            DistinguishedName(parts), Certificate.Extensions { try ExtendedKeyUsage([.clientAuth]) })
    }

    private func issue(
        _ subject: DistinguishedName, _ extensions: Certificate.Extensions
    ) throws -> (certificatePEM: String, keyPEM: String) {
        let own = P256.Signing.PrivateKey()
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(own.publicKey), notValidBefore: .now - 3600,
            notValidAfter: .now + 86_400, issuer: authority.subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: .init(key))
        return (try certificate.serializeAsPEM().pemString, own.pemRepresentation)
    }
}
