import Basics
import Crypto
import Foundation

/// The files under `DIR/pki` and the administrator's credentials, made at the first start and kept afterwards.
///
/// Leaf certificates are made anew when they end within `renewalSeconds` or lack a name that is wanted now; the
/// authorities are never replaced by a start.
public struct PKI: Sendable {
    public static let renewalSeconds: TimeInterval = 30 * 86_400

    public var authority: KeyPair
    public var server: KeyPair
    public var admin: KeyPair
    /// What the ingress shows to a client that names no host with a certificate of its own.
    public var ingressDefault: KeyPair
    /// The P-256 key that signs service accounts' tokens, in PEM.
    public var serviceAccountKeyPEM: String
    /// A bearer token for the administrator: 32 random bytes in base64url.
    public var adminToken: String

    /// Reads what is in the directory and makes what is missing.
    public init(directory: DataDirectory, serverNames: CertificateAuthority.SubjectNames, now: Date) throws {
        let folder = directory.file("pki")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let files = KeyPairFiles(folder: folder, isDurable: directory.isDurable)
        let authority: CertificateAuthority
        if let pair = files.read("ca") {
            authority = try CertificateAuthority(pair)
        } else {
            authority = try CertificateAuthority(commonName: "kubernetes", now: now)
            try files.write(authority.pair, "ca")
        }
        let deadline = now.addingTimeInterval(Self.renewalSeconds)

        func leaf(
            _ name: String, _ names: CertificateAuthority.SubjectNames? = nil, _ make: () throws -> KeyPair
        ) throws -> KeyPair {
            if let pair = files.read(name), authority.accepts(pair, names: names, until: deadline) { return pair }
            let pair = try make()
            try files.write(pair, name)
            return pair
        }
        self.authority = authority.pair
        server = try leaf("apiserver", serverNames) {
            try authority.issueServer(commonName: "kube-apiserver", names: serverNames, now: now)
        }
        admin = try leaf("admin") {
            try authority.issueClient(commonName: "kubernetes-admin", organizations: ["system:masters"], now: now)
        }
        let ingressNames = CertificateAuthority.SubjectNames(dnsNames: ["ingress.local"], addresses: [])
        ingressDefault = try leaf("ingress", ingressNames) {
            try authority.issueServer(
                commonName: "Skiff Ingress Default Certificate", names: ingressNames, now: now)
        }
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
