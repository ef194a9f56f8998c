import APIMachinery
import Foundation
import SwiftASN1
import X509

/// Certificates for keys that others made, by the requests that they signed with them (RFC 2986).
extension CertificateAuthority {
    /// What a request's subject and names say.
    public struct RequestedSubject: Sendable, Equatable {
        public var commonName = ""
        public var organizations: [String] = []
        public var names = SubjectNames(dnsNames: [], addresses: [])
        /// Names of other kinds: mail addresses, URIs.
        public var otherNames = 0
    }

    /// A certificate, in PEM, with the subject, the names and the key of a request. It lasts as long as asked for, a year at
    /// most and no longer than the authority. Throws for what is no request, or is not signed by its key.
    public func sign(
        requestPEM: String, forClients: Bool, forServers: Bool, seconds: Int?, now: Date
    ) throws -> String {
        let request = try Self.request(requestPEM)
        var usages: [ExtendedKeyUsage.Usage] = []
        if forServers { usages.append(.serverAuth) }
        if forClients { usages.append(.clientAuth) }
        let names = Self.alternativeNames(request)
        let lifetime = min(TimeInterval(seconds ?? .max), Self.leafLifetimeSeconds)
        let leaf = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: request.publicKey,
            notValidBefore: now.addingTimeInterval(-300),
            notValidAfter: min(now.addingTimeInterval(lifetime), certificate.notValidAfter),
            issuer: certificate.subject, subject: request.subject,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
                try ExtendedKeyUsage(usages)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
                if !names.isEmpty { SubjectAlternativeNames(names) }
            }, issuerPrivateKey: key)
        return try leaf.serializeAsPEM().pemString + "\n"
    }

    /// Throws for what is no request.
    public static func subject(ofRequestPEM text: String) throws -> RequestedSubject {
        let request = try request(text)
        var subject = RequestedSubject()
        for part in request.subject.flatMap({ Array($0) }) {
            if part.type == .RDNAttributeType.commonName { subject.commonName = "\(part.value)" }
            if part.type == .RDNAttributeType.organizationName { subject.organizations.append("\(part.value)") }
        }
        for name in alternativeNames(request) {
            switch name {
            case .dnsName(let text): subject.names.dnsNames.append(text)
            case .ipAddress(let bytes):
                subject.names.addresses.append(IPAddress(bytes: Array(bytes.bytes))?.description ?? "")
            default: subject.otherNames += 1
            }
        }
        return subject
    }

    private struct NotItsKeys: Error, CustomStringConvertible {
        let description = "the request is not signed by its key"
    }

    private static func request(_ text: String) throws -> CertificateSigningRequest {
        let request = try CertificateSigningRequest(pemEncoded: text)
        guard request.publicKey.isValidSignature(request.signature, for: request) else { throw NotItsKeys() }
        return request
    }

    private static func alternativeNames(_ request: CertificateSigningRequest) -> [GeneralName] {
        let extensions = try? request.attributes.extensionRequest?.extensions
        return (try? extensions?.subjectAlternativeNames).flatMap { $0 }.map { Array($0) } ?? []
    }
}
