import APIMachinery
import Basics
import Foundation

/// A kubeconfig (v1 Config) for one cluster and one user.
public struct Kubeconfig: Sendable {
    public var clusterName: String
    /// The server's address as a URL, such as `https://127.0.0.1:6443`.
    public var server: String
    public var authorityPEM: String
    public var userName: String
    public var credentials: Credentials

    /// By what the user is known.
    public enum Credentials: Sendable {
        case pair(KeyPair)
        /// A file of certificate and key, named by its whole path.
        case file(String)
        case token(String)
    }

    public init(clusterName: String, server: String, authorityPEM: String, userName: String, client: KeyPair) {
        self.init(
            clusterName: clusterName, server: server, authorityPEM: authorityPEM, userName: userName,
            credentials: .pair(client))
    }

    public init(
        clusterName: String, server: String, authorityPEM: String, userName: String, credentials: Credentials
    ) {
        self.clusterName = clusterName
        self.server = server
        self.authorityPEM = authorityPEM
        self.userName = userName
        self.credentials = credentials
    }

    /// The file's text.
    public var text: String {
        let context = "\(userName)@\(clusterName)"
        return """
            apiVersion: v1
            kind: Config
            clusters:
            - name: \(clusterName)
              cluster:
                server: \(server)
                certificate-authority-data: \(base64(authorityPEM))
            users:
            - name: \(userName)
              user:
            \(credentialLines)
            contexts:
            - name: \(context)
              context:
                cluster: \(clusterName)
                user: \(userName)
            current-context: \(context)
            preferences: {}

            """
    }

    private var credentialLines: String {
        let lines =
            switch credentials {
            case .pair(let pair):
                [
                    "client-certificate-data: \(base64(pair.certificatePEM))",
                    "client-key-data: \(base64(pair.privateKeyPEM))",
                ]
            case .file(let path): ["client-certificate", "client-key"].map { "\($0): \(JSON(path).text)" }
            case .token(let token): ["token: \(JSON(token).text)"]
            }
        return lines.map { "    \($0)" }.joined(separator: "\n")
    }

    private func base64(_ text: String) -> String { Base64.encode(text.utf8) }
}
