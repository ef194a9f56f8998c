import Foundation

/// Who a node is to its cluster: a client certificate for `system:node:NAME` of the group `system:nodes`, in a kubeconfig.
public struct NodeKubeconfig: Sendable {
    /// Why there is none; a sentence.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public var description: String
    }
    /// The file's text.
    public let text: String

    /// Signs a new certificate with the authority of a cluster's data directory, which another process may have locked;
    /// `server` is as `AdminKubeconfig` has it. Throws `Failure`.
    public init(node: String, directory: String, server: String? = nil, now: Date) throws {
        guard Self.isName(node) else {
            throw Failure(description: "a node's name is of lower case letters, digits, - and ., not \"\(node)\"")
        }
        let files = KeyPairFiles(folder: "\(directory)/pki")
        guard let pair = files.read("ca"), let authority = try? CertificateAuthority(pair) else {
            throw Failure(description: "\(directory)/pki/ca.key cannot be read; a cluster writes it when it starts")
        }
        let admin = try AdminKubeconfig(directory: directory, server: server, now: now)
        guard let address = admin.server else {
            throw Failure(description: "\(directory)/admin.conf names no server")
        }
        let user = "system:node:\(node)"
        let client = try authority.issueClient(commonName: user, organizations: ["system:nodes"], now: now)
        text =
            Kubeconfig(
                clusterName: "skiff", server: address, authorityPEM: pair.certificatePEM, userName: user, client: client
            ).text
    }

    /// As RFC 1123 has subdomains.
    private static func isName(_ name: String) -> Bool {
        (1...253).contains(name.utf8.count)
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy {
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
                    }
            }
    }
}

/// Who may ask for a node's certificate: the bearer of a bootstrap token, in a kubeconfig.
public struct BootstrapKubeconfig: Sendable {
    /// The file's text.
    public let text: String

    /// Whether the cluster knows the token is not asked; `server` is as `AdminKubeconfig` has it. Throws
    /// `NodeKubeconfig.Failure`.
    public init(token: String, directory: String, server: String? = nil, now: Date) throws {
        guard token.wholeMatch(of: /[a-z0-9]{6}\.[a-z0-9]{16}/) != nil else {
            throw NodeKubeconfig.Failure(
                description: "a bootstrap token is of the form \"abcdef.0123456789abcdef\", not \"\(token)\"")
        }
        let admin = try AdminKubeconfig(directory: directory, server: server, now: now)
        guard let address = admin.server,
            let authority = try? String(contentsOfFile: "\(directory)/pki/ca.crt", encoding: .utf8)
        else { throw NodeKubeconfig.Failure(description: "\(directory) has no cluster that was started") }
        text =
            Kubeconfig(
                clusterName: "skiff", server: address, authorityPEM: authority, userName: "tls-bootstrap-token-user",
                credentials: .token(token)
            ).text
    }
}

/// What a kubelet shows that nobody has signed a certificate for: one of an authority of its own (as the kubelet makes it when
/// it is told of none). Kept below the node's directory, and made anew in time.
public enum NodeServingCertificate {
    public static func pair(
        node: String, directory: DataDirectory, names: CertificateAuthority.SubjectNames, now: Date
    ) throws -> KeyPair {
        let folder = directory.file("pki")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let files = KeyPairFiles(folder: folder, isDurable: directory.isDurable)
        var leaves = try LeafFiles(files, authority: "\(node)-ca", known: nil, now: now)
        let authority = leaves.authority
        return try leaves.leaf("kubelet", names) {
            try authority.issueServer(commonName: node, names: names, now: now)
        }
    }
}
