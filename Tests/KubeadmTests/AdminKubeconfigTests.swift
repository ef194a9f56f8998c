import Foundation
@testable import Kubeadm
import Testing

@Suite struct AdminKubeconfigTests {
    @Test func theServerIsWhatWasAskedFor() throws {
        let path = FileManager.default.temporaryDirectory.path + "/skiff-admin-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let now = Date()
        let failure = AdminKubeconfig.Failure(
            description: "\(path)/admin.conf cannot be read; a cluster writes it when it starts")
        #expect(throws: failure) { try AdminKubeconfig(directory: path, now: now) }

        // Locked, as a running cluster has it.
        let directory = try DataDirectory(path: path, isDurable: false)
        let names = CertificateAuthority.SubjectNames(dnsNames: ["localhost", "skiff.test"], addresses: ["127.0.0.1"])
        let pki = try PKI(directory: directory, serverNames: names, now: now)
        let file = Kubeconfig(
            clusterName: "skiff", server: "https://127.0.0.1:6443", authorityPEM: pki.authority.certificatePEM,
            userName: "kubernetes-admin", client: pki.admin
        ).text
        try directory.write(file, to: directory.file("admin.conf"))
        #expect(try AdminKubeconfig(directory: path, now: now).text == file)

        for (server, unnamed) in [
            ("https://127.0.0.1:16443", nil), ("https://skiff.test", nil), ("https://localhost:1/", nil),
            ("https://192.0.2.7:6443", "192.0.2.7"), ("https://other.test:6443", "other.test"),
            ("https://[::1]:6443", "::1"),
        ] as [(String, String?)] {
            let config = try AdminKubeconfig(directory: path, server: server, now: now)
            #expect(config.text == file.replacing("https://127.0.0.1:6443", with: server))
            #expect(config.unnamed == unnamed)
        }
        for server in [
            "http://127.0.0.1:1", "127.0.0.1:6443", "https://", "https://a/b", "https://a b", "https://a\n- x",
        ] {
            #expect(throws: AdminKubeconfig.Failure(description: "the server must be https://HOST:PORT, not \(server)"))
            {
                try AdminKubeconfig(directory: path, server: server, now: now)
            }
        }
    }
}
