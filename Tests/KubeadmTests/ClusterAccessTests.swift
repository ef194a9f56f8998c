import Foundation
import Kubeadm
import Testing

@Suite struct ClusterAccessTests {
    private func read(_ text: String) throws -> ClusterAccess {
        let path = FileManager.default.temporaryDirectory.path + "/kubeconfig-\(UUID().uuidString)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try ClusterAccess(kubeconfig: path)
    }

    @Test func whatWeWriteIsRead() throws {
        let directory = try DataDirectory(
            path: FileManager.default.temporaryDirectory.path + "/skiff-access-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let names = CertificateAuthority.SubjectNames(dnsNames: ["localhost"], addresses: ["127.0.0.1"])
        let pki = try PKI(directory: directory, serverNames: names, now: Date())
        let config = Kubeconfig(
            clusterName: "skiff", server: "https://127.0.0.1:6443", authorityPEM: pki.authority.certificatePEM,
            userName: "admin", client: pki.admin)
        let access = try read(config.text)
        #expect(access.server == "https://127.0.0.1:6443")
        #expect(access.authority == Array(pki.authority.certificatePEM.utf8))
        #expect(access.certificate == Array(pki.admin.certificatePEM.utf8))
        #expect(access.key == Array(pki.admin.privateKeyPEM.utf8) && access.token == nil && !access.isInsecure)
    }

    @Test func theCurrentContextCounts() throws {
        let access = try read(
            """
            current-context: two
            contexts:
            - {name: one, context: {cluster: a, user: first}}
            - {name: two, context: {cluster: b, user: second}}
            clusters:
            - {name: a, cluster: {server: "https://a"}}
            - {name: b, cluster: {server: "https://b/", insecure-skip-tls-verify: true}}
            users:
            - {name: second, user: {token: secret}}
            """)
        #expect(access.server == "https://b" && access.token == "secret" && access.isInsecure)
        #expect(access.authority == nil && access.certificate == nil)
    }

    @Test(arguments: [
        "current-context: none", "{current-context: a, contexts: [{name: a, context: {cluster: c}}]}",
        """
        {current-context: a, contexts: [{name: a, context: {cluster: c}}],
         clusters: [{name: c, cluster: {server: 's', certificate-authority-data: '%%'}}]}
        """,
    ])
    func whatIsOfNoUseIsRefused(_ text: String) {
        #expect(throws: ClusterAccess.Fault.self) { try read(text) }
    }
}
