import Foundation
import X509

/// From when to when a certificate is good, and when a new one takes its place.
public struct CertificateLife: Sendable, Equatable {
    public var begin: Date
    public var end: Date

    /// Of a certificate in PEM; nil for other text.
    public init?(pem: String) {
        guard let certificate = try? Certificate(pemEncoded: pem) else { return nil }
        self.init(certificate)
    }
    init(_ certificate: Certificate) { (begin, end) = (certificate.notValidBefore, certificate.notValidAfter) }

    /// When two thirds of it are over.
    public var renewal: Date { begin.addingTimeInterval(end.timeIntervalSince(begin) * 2 / 3) }
}
