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

    /// Reads what is in the directory, and makes what is missing, or ends soon, or lacks a name.
    public init(directory: DataDirectory, serverNames: CertificateAuthority.SubjectNames, now: Date) throws {
        let folder = directory.file("pki/etcd")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let files = KeyPairFiles(folder: folder, isDurable: directory.isDurable)
        let authority: CertificateAuthority
        if let pair = files.read("ca") {
            authority = try CertificateAuthority(pair)
        } else {
            authority = try CertificateAuthority(commonName: "etcd-ca", now: now)
            try files.write(authority.pair, "ca")
        }
        let deadline = now.addingTimeInterval(PKI.renewalSeconds)
        func leaf(
            _ name: String, _ names: CertificateAuthority.SubjectNames?, _ make: () throws -> KeyPair
        ) throws -> Pair {
            if files.read(name).map({ authority.accepts($0, names: names, until: deadline) }) != true {
                try files.write(try make(), name)
            }
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
    }
}
