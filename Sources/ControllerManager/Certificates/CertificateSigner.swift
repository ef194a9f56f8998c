import Basics

/// What a certificate is asked for by, once it is approved.
public struct CertificateOrder: Sendable, Equatable {
    /// The request as PEM: subject, names and key are its.
    public var requestPEM: String
    public var isForClients: Bool
    public var isForServers: Bool
    /// nil: as long as the authority gives.
    public var seconds: Int?
    public init(requestPEM: String, isForClients: Bool, isForServers: Bool, seconds: Int? = nil) {
        self.requestPEM = requestPEM
        self.isForClients = isForClients
        self.isForServers = isForServers
        self.seconds = seconds
    }
}

/// What of a request's subject and names a signer looks at.
public struct CertificateSubjectFacts: Sendable, Equatable {
    public var commonName: String
    public var organizations: [String]
    public var dnsNames: [String]
    public var addresses: [String]
    /// Mail addresses, URIs and what else there may be.
    public var otherNames: Int
    public init(
        commonName: String, organizations: [String], dnsNames: [String] = [], addresses: [String] = [],
        otherNames: Int = 0
    ) {
        self.commonName = commonName
        self.organizations = organizations
        self.dnsNames = dnsNames
        self.addresses = addresses
        self.otherNames = otherNames
    }
}

/// The cluster's certificate authority, as the loops use it.
public protocol CertificateSigner: Sendable {
    /// Throws for what is no request.
    func facts(of requestPEM: String) throws -> CertificateSubjectFacts
    /// The certificate in PEM.
    func sign(_ order: CertificateOrder, at now: Instant) throws -> String
}
