import HTTPMessages
import NIOSSL
import X509

extension Request.CertificateSubject {
    /// The subject of a certificate that TLS has verified: its common name is the user, its organizations the groups.
    init?(_ certificate: NIOSSLCertificate) {
        guard let der = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: der) else {
            return nil
        }
        var names: [String] = []
        var organizations: [String] = []
        for attribute in parsed.subject.flatMap({ Array($0) }) {
            guard let value = String(attribute.value) else { continue }
            switch attribute.type {
            case .RDNAttributeType.commonName: names.append(value)
            case .RDNAttributeType.organizationName: organizations.append(value)
            default: break
            }
        }
        // One common name, as Kubernetes wants: with several it is not said who this is.
        guard let name = names.first, names.count == 1 else { return nil }
        self.init(commonName: name, organizations: organizations)
    }
}
