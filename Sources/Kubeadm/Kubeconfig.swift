import Basics
import Foundation

/// A kubeconfig (v1 Config) for one cluster and one user.
public struct Kubeconfig: Sendable {
    public var clusterName: String
    /// The server's address as a URL, such as `https://127.0.0.1:6443`.
    public var server: String
    public var authorityPEM: String
    public var userName: String
    public var client: KeyPair

    public init(clusterName: String, server: String, authorityPEM: String, userName: String, client: KeyPair) {
        self.clusterName = clusterName
        self.server = server
        self.authorityPEM = authorityPEM
        self.userName = userName
        self.client = client
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
                client-certificate-data: \(base64(client.certificatePEM))
                client-key-data: \(base64(client.privateKeyPEM))
            contexts:
            - name: \(context)
              context:
                cluster: \(clusterName)
                user: \(userName)
            current-context: \(context)
            preferences: {}

            """
    }

    private func base64(_ text: String) -> String { Base64.encode(text.utf8) }
}
