import Basics
import Crypto
import Foundation

/// The files under `DIR/pki` and the administrator's credentials, made at the first start and kept afterwards.
///
/// Leaf certificates are made anew when two thirds of their life are over or they lack a name that is wanted now; the
/// authority is never replaced.
public struct PKI: Sendable, Equatable {
    public var authority: KeyPair
    public var server: KeyPair
    public var admin: KeyPair
    /// What the ingress shows to a client that names no host with a certificate of its own.
    public var ingressDefault: KeyPair
    /// What the kubelets of this process show.
    public var kubelet: KeyPair
    /// As whom the API server calls kubelets of other processes.
    public var kubeletClient: KeyPair
    /// The P-256 key that signs service accounts' tokens, in PEM.
    public var serviceAccountKeyPEM: String
    /// A bearer token for the administrator: 32 random bytes in base64url.
    public var adminToken: String

    /// The user that the API server is to kubelets, as kubeadm names it.
    public static let kubeletClientName = "kube-apiserver-kubelet-client"

    /// What `kubelet` is for.
    private let kubeletNames: CertificateAuthority.SubjectNames

    /// Which of the files' names had a certificate that was replaced.
    public private(set) var replaced: [String]

    /// Reads what is in the directory and makes what is missing or is to be renewed.
    public init(
        directory: DataDirectory, serverNames: CertificateAuthority.SubjectNames,
        kubeletNames: CertificateAuthority.SubjectNames = .init(dnsNames: ["localhost"], addresses: []), now: Date
    ) throws {
        try self.init(directory, serverNames, kubeletNames, now, known: nil)
    }

    /// The same later, under the same authority. The files count: who renews one himself is followed.
    public func renewed(
        in directory: DataDirectory, serverNames: CertificateAuthority.SubjectNames, now: Date
    ) throws -> PKI {
        try PKI(directory, serverNames, kubeletNames, now, known: authority)
    }

    /// Every certificate that has an end, by the name of its file.
    public var certificates: [NamedCertificate] {
        [
            ("ca", authority), ("apiserver", server), ("admin", admin), ("ingress", ingressDefault),
            ("kubelet", kubelet),
            ("apiserver-kubelet-client", kubeletClient),
        ].map { NamedCertificate(name: $0, pem: $1.certificatePEM) }
    }

    private init(
        _ directory: DataDirectory, _ serverNames: CertificateAuthority.SubjectNames,
        _ kubeletNames: CertificateAuthority.SubjectNames, _ now: Date, known: KeyPair?
    ) throws {
        self.kubeletNames = kubeletNames
        let folder = directory.file("pki")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let files = KeyPairFiles(folder: folder, isDurable: directory.isDurable)
        var leaves = try LeafFiles(files, authority: "kubernetes", known: known, now: now)
        let authority = leaves.authority
        self.authority = authority.pair
        server = try leaves.leaf("apiserver", serverNames) {
            try authority.issueServer(commonName: "kube-apiserver", names: serverNames, now: now)
        }
        admin = try leaves.leaf("admin", nil) {
            try authority.issueClient(commonName: "kubernetes-admin", organizations: ["system:masters"], now: now)
        }
        let ingressNames = CertificateAuthority.SubjectNames(dnsNames: ["ingress.local"], addresses: [])
        ingressDefault = try leaves.leaf("ingress", ingressNames) {
            try authority.issueServer(
                commonName: "Skiff Ingress Default Certificate", names: ingressNames, now: now)
        }
        kubelet = try leaves.leaf("kubelet", kubeletNames) {
            try authority.issueServer(commonName: "kubelet", names: kubeletNames, now: now)
        }
        kubeletClient = try leaves.leaf("apiserver-kubelet-client", nil) {
            try authority.issueClient(commonName: Self.kubeletClientName, organizations: [], now: now)
        }
        replaced = leaves.replaced
        serviceAccountKeyPEM = try Self.signingKey(directory, folder: folder)
        adminToken = try Self.token(directory, at: directory.file("admin.token"))
    }

    /// `sa.key`, and `sa.pub` for whoever checks tokens himself. A key that cannot be read is an error, never replaced: every
    /// token that it has signed would be void.
    private static func signingKey(_ directory: DataDirectory, folder: String) throws -> String {
        let path = "\(folder)/sa.key"
        if FileManager.default.fileExists(atPath: path) {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            _ = try P256.Signing.PrivateKey(pemRepresentation: text)
            return text
        }
        let key = P256.Signing.PrivateKey()
        try directory.write(key.publicKey.pemRepresentation + "\n", to: "\(folder)/sa.pub")
        try directory.write(key.pemRepresentation + "\n", to: path)
        return key.pemRepresentation + "\n"
    }

    private static func token(_ directory: DataDirectory, at path: String) throws -> String {
        if let present = try? String(contentsOfFile: path, encoding: .utf8) {
            let token = present.trimmingCharacters(in: .whitespacesAndNewlines)
            if !token.isEmpty { return token }
        }
        let token = SymmetricKey(size: .bits256).withUnsafeBytes { Base64URL.encode($0) }
        try directory.write(token + "\n", to: path)
        return token
    }
}

/// A certificate of the cluster, and what it is called.
public struct NamedCertificate: Sendable, Equatable {
    /// Its file's name without the ending, such as "apiserver".
    public var name: String
    public var pem: String
}

/// An authority and its leaves in one folder: what is there and good is kept, what is not is made.
struct LeafFiles {
    let authority: CertificateAuthority
    private let files: KeyPairFiles
    private let now: Date
    private(set) var replaced: [String] = []

    /// A process that has a `known` authority keeps it; else it is in the file, or made of this common name.
    init(_ files: KeyPairFiles, authority commonName: String, known: KeyPair?, now: Date) throws {
        self.files = files
        self.now = now
        if let pair = known ?? files.read("ca") {
            authority = try CertificateAuthority(pair)
        } else {
            authority = try CertificateAuthority(commonName: commonName, now: now)
            try files.write(authority.pair, "ca")
        }
    }

    mutating func leaf(
        _ name: String, _ names: CertificateAuthority.SubjectNames?, _ make: () throws -> KeyPair
    ) throws -> KeyPair {
        let present = files.read(name)
        if let present, authority.accepts(present, names: names, at: now) { return present }
        let pair = try make()
        try files.write(pair, name)
        if present != nil { replaced.append(name) }
        return pair
    }
}

/// Key pairs as `NAME.crt` and `NAME.key` in one folder.
struct KeyPairFiles {
    var folder: String
    /// As `DataDirectory` has it.
    var isDurable = true

    func read(_ name: String) -> KeyPair? {
        guard let certificate = try? String(contentsOfFile: "\(folder)/\(name).crt", encoding: .utf8),
            let key = try? String(contentsOfFile: "\(folder)/\(name).key", encoding: .utf8)
        else { return nil }
        return KeyPair(certificatePEM: certificate, privateKeyPEM: key)
    }

    /// The key goes first: a certificate without its key is never found.
    func write(_ pair: KeyPair, _ name: String) throws {
        try DataDirectory.write(pair.privateKeyPEM, to: "\(folder)/\(name).key", isDurable: isDurable)
        try DataDirectory.write(pair.certificatePEM, to: "\(folder)/\(name).crt", isDurable: isDurable)
    }
}
