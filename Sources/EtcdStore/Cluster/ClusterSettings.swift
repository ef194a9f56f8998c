import RaftCore

/// How a member takes part in a cluster of several.
public struct ClusterSettings: Sendable {
    /// What the member is called in the cluster.
    public var name: String
    /// What becomes of an empty directory.
    public var bootstrap: StoreBootstrap
    /// Where it listens for other members.
    public var listen: PeerAddress
    /// Where others reach it; if empty, at `listen`.
    public var peerURLs: [String]
    /// Where clients reach it; the store only tells these.
    public var clientURLs: [String]
    public var security: PeerSecurity

    public init(
        name: String, bootstrap: StoreBootstrap, listen: PeerAddress, peerURLs: [String] = [],
        clientURLs: [String] = [], security: PeerSecurity
    ) {
        self.name = name
        self.bootstrap = bootstrap
        self.listen = listen
        self.peerURLs = peerURLs.isEmpty ? [listen.url] : peerURLs
        self.clientURLs = clientURLs
        self.security = security
    }
}

/// What one member's certificate proves to another, in PEM. Each side must show a certificate that one of the trusted
/// roots has signed; the one that is called must show its host's name or address in it too.
public struct PeerSecurity: Sendable {
    /// The member's own certificate, with those between it and a root.
    public var certificateChain: [UInt8]
    public var privateKey: [UInt8]
    public var trustedRoots: [UInt8]

    public init(certificateChain: [UInt8], privateKey: [UInt8], trustedRoots: [UInt8]) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.trustedRoots = trustedRoots
    }
}
