import Foundation

/// The files under `DIR/pki/etcd`, with kubeadm's names: an authority of its own, because a certificate of the cluster's
/// authority belongs to a Kubernetes user, who has no business in the store.
public struct StorePKI: Sendable {
    /// Paths of a certificate and its key, both PEM.
    public struct Pair: Sendable, Equatable {
        public var certificatePath: String
        public var keyPath: String
    }
    public var authorityPath: String
    /// For the listener.
    public var server: Pair
    /// Between members; both sides of a connection show it.
    public var peer: Pair
    /// For the administrator's `etcdctl` and `skiff etcd`.
    public var client: Pair

    /// Every certificate that has an end, by the name of its file below `pki`.
    public private(set) var certificates: [NamedCertificate]
    /// Which of these were replaced.
    public private(set) var replaced: [String]
    private let authority: KeyPair

    /// Reads what is in the directory, and makes what is missing, or is to be renewed, or lacks a name.
    public init(directory: DataDirectory, serverNames: CertificateAuthority.SubjectNames, now: Date) throws {
        try self.init(directory, serverNames, now, known: nil)
    }

    /// The same later, under the same authority.
    public func renewed(
        in directory: DataDirectory, serverNames: CertificateAuthority.SubjectNames, now: Date
    ) throws -> StorePKI {
        try StorePKI(directory, serverNames, now, known: authority)
    }

    private init(
        _ directory: DataDirectory, _ serverNames: CertificateAuthority.SubjectNames, _ now: Date, known: KeyPair?
    ) throws {
        let folder = directory.file("pki/etcd")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let files = KeyPairFiles(folder: folder, isDurable: directory.isDurable)
        var leaves = try LeafFiles(files, authority: "etcd-ca", known: known, now: now)
        let authority = leaves.authority
        var certificates = [NamedCertificate(name: "etcd/ca", pem: authority.pair.certificatePEM)]
        func leaf(
            _ name: String, _ names: CertificateAuthority.SubjectNames?, _ make: () throws -> KeyPair
        ) throws -> Pair {
            let pair = try leaves.leaf(name, names, make)
            certificates.append(NamedCertificate(name: "etcd/\(name)", pem: pair.certificatePEM))
            return Pair(certificatePath: "\(folder)/\(name).crt", keyPath: "\(folder)/\(name).key")
        }
        authorityPath = "\(folder)/ca.crt"
        server = try leaf("server", serverNames) {
            try authority.issueServer(commonName: "etcd-server", names: serverNames, now: now)
        }
        peer = try leaf("peer", serverNames) {
            try authority.issuePeer(commonName: "etcd-peer", names: serverNames, now: now)
        }
        client = try leaf("healthcheck-client", nil) {
            try authority.issueClient(commonName: "kube-etcd-healthcheck-client", organizations: [], now: now)
        }
        self.authority = authority.pair
        self.certificates = certificates
        replaced = leaves.replaced.map { "etcd/\($0)" }
    }
}
