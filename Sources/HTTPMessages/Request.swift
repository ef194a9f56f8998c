/// One HTTP request as a value, whoever carried it.
public struct Request: Sendable {
    /// Upper case, such as "GET".
    public var method: String
    /// The path as sent, still percent-encoded, without the query.
    public var path: String
    /// The query as sent, without the question mark; empty if there is none.
    public var query: String
    /// Names in lower case, in the order sent.
    public var headers: [(name: String, value: String)]
    /// The whole body; the carrier has held it to the limit of 3 MiB. Empty for an upgrade.
    public var body: [UInt8]
    /// The peer's address, without port.
    public var sourceAddress: String
    /// The verified client certificate's subject, if TLS presented one that our CA signed.
    public var certificate: CertificateSubject?
    /// Whether the request came over TLS.
    public var isSecure: Bool

    public struct CertificateSubject: Sendable, Equatable {
        /// The common name: the user.
        public var commonName: String
        /// The organizations: the groups.
        public var organizations: [String]
        public init(commonName: String, organizations: [String]) {
            self.commonName = commonName
            self.organizations = organizations
        }
    }

    public init(
        method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], sourceAddress: String = "", certificate: CertificateSubject? = nil, isSecure: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.sourceAddress = sourceAddress
        self.certificate = certificate
        self.isSecure = isSecure
    }

    /// The first header of this (lower case) name.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
