import APIMachinery
import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate with its private key, both as PEM.
public struct KeyPair: Sendable, Equatable {
    public var certificatePEM: String
    public var privateKeyPEM: String

    public init(certificatePEM: String, privateKeyPEM: String) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }
}

/// A certificate authority: an ECDSA P-256 key that signs server and client certificates (RFC 5280).
public struct CertificateAuthority: Sendable {
    public let pair: KeyPair
    let certificate: Certificate
    let key: Certificate.PrivateKey

    /// Names and addresses that a server certificate is good for.
    public struct SubjectNames: Sendable, Equatable {
        public var dnsNames: [String]
        /// Dotted IPv4 or colon-separated IPv6.
        public var addresses: [String]
        public init(dnsNames: [String], addresses: [String]) {
            self.dnsNames = dnsNames
            self.addresses = addresses
        }
    }

    public static let lifetimeSeconds: TimeInterval = 10 * 365 * 86_400
    public static let leafLifetimeSeconds: TimeInterval = 365 * 86_400

    /// Reads an authority that was made before.
    public init(_ pair: KeyPair) throws {
        self.pair = pair
        certificate = try Certificate(pemEncoded: pair.certificatePEM)
        key = try Certificate.PrivateKey(pemEncoded: pair.privateKeyPEM)
    }

    /// Makes a new authority of this common name.
    public init(commonName: String, now: Date) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let subject = try DistinguishedName { CommonName(commonName) }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-300), notValidAfter: now.addingTimeInterval(Self.lifetimeSeconds),
            issuer: subject, subject: subject,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true, keyCertSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            }, issuerPrivateKey: key)
        self.key = key
        self.certificate = certificate
        pair = KeyPair(
            certificatePEM: try certificate.serializeAsPEM().pemString,
            privateKeyPEM: try key.serializeAsPEM().pemString)
    }

    /// A certificate for a server of these names.
    public func issueServer(commonName: String, names: SubjectNames, now: Date) throws -> KeyPair {
        try issue(
            subject: try DistinguishedName { CommonName(commonName) }, usages: [.serverAuth],
            names: Self.generalNames(names), now: now)
    }

    /// A certificate for both ends of connections between equals of these names.
    public func issuePeer(commonName: String, names: SubjectNames, now: Date) throws -> KeyPair {
        try issue(
            subject: try DistinguishedName { CommonName(commonName) }, usages: [.serverAuth, .clientAuth],
            names: Self.generalNames(names), now: now)
    }

    static func generalNames(_ names: SubjectNames) -> [GeneralName] {
        names.dnsNames.map { .dnsName($0) }
            + names.addresses.compactMap { address in
                IPAddress(address).map { .ipAddress(ASN1OctetString(contentBytes: $0.bytes[...])) }
            }
    }

    /// A certificate for a client: the common name is the user, the organizations are the groups.
    public func issueClient(commonName: String, organizations: [String], now: Date) throws -> KeyPair {
        let subject = try DistinguishedName {
            for organization in organizations { OrganizationName(organization) }
            CommonName(commonName)
        }
        return try issue(subject: subject, usages: [.clientAuth], names: [], now: now)
    }

    private func issue(
        subject: DistinguishedName, usages: [ExtendedKeyUsage.Usage], names: [GeneralName], now: Date
    ) throws -> KeyPair {
        let leafKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let leaf = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: leafKey.publicKey,
            notValidBefore: now.addingTimeInterval(-300),
            notValidAfter: min(now.addingTimeInterval(Self.leafLifetimeSeconds), certificate.notValidAfter),
            issuer: certificate.subject, subject: subject,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
                try ExtendedKeyUsage(usages)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
                if !names.isEmpty { SubjectAlternativeNames(names) }
            }, issuerPrivateKey: key)
        return KeyPair(
            certificatePEM: try leaf.serializeAsPEM().pemString,
            privateKeyPEM: try leafKey.serializeAsPEM().pemString)
    }

    /// Whether the pair is signed by this authority, covers all these names, and is not to be renewed yet.
    public func accepts(_ pair: KeyPair, names: SubjectNames? = nil, at now: Date) -> Bool {
        guard let leaf = try? Certificate(pemEncoded: pair.certificatePEM),
            (try? Certificate.PrivateKey(pemEncoded: pair.privateKeyPEM))?.publicKey == leaf.publicKey,
            certificate.publicKey.isValidSignature(leaf.signature, for: leaf), CertificateLife(leaf).renewal > now
        else { return false }
        guard let names else { return true }
        guard let present = try? leaf.extensions.subjectAlternativeNames else { return false }
        return Self.generalNames(names).allSatisfy { present.contains($0) }
    }
}
