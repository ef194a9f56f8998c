import Foundation
import Kubeadm
import Testing
import X509

@Suite struct PKITests {
    let names = CertificateAuthority.SubjectNames(dnsNames: ["localhost"], addresses: ["127.0.0.1", "::1"])
    let now = Date(timeIntervalSince1970: 1_800_000_000)

    func directory() throws -> DataDirectory {
        try DataDirectory(path: FileManager.default.temporaryDirectory.path + "/skiff-pki-\(UUID().uuidString)")
    }

    @Test func secondStartFindsWhatTheFirstMade() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let first = try PKI(directory: directory, serverNames: names, now: now)
        let second = try PKI(directory: directory, serverNames: names, now: now.addingTimeInterval(86_400))
        #expect(first.authority == second.authority)
        #expect(first.server == second.server)
        #expect(first.admin == second.admin)
        #expect(first.adminToken == second.adminToken)
        #expect(first.serviceAccountKeyPEM == second.serviceAccountKeyPEM)
    }

    @Test func leavesAreRenewedBeforeTheyEndAndTheAuthorityStays() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let first = try PKI(directory: directory, serverNames: names, now: now)
        let third = CertificateAuthority.leafLifetimeSeconds / 3
        let early = try PKI(directory: directory, serverNames: names, now: now.addingTimeInterval(2 * third - 600))
        #expect(early == first)
        let second = try PKI(directory: directory, serverNames: names, now: now.addingTimeInterval(2 * third + 60))
        #expect(first.authority == second.authority)
        #expect(first.server != second.server)
        #expect(first.admin != second.admin)
        #expect(second.replaced == ["apiserver", "admin", "ingress", "kubelet", "apiserver-kubelet-client"])
    }

    @Test func anotherAddressMakesAnotherServerCertificate() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let first = try PKI(directory: directory, serverNames: names, now: now)
        var more = names
        more.addresses.append("192.0.2.7")
        let second = try PKI(directory: directory, serverNames: more, now: now)
        #expect(first.server != second.server)
        let leaf = try Certificate(pemEncoded: second.server.certificatePEM)
        let present = try #require(try leaf.extensions.subjectAlternativeNames)
        #expect(present.contains(.dnsName("localhost")))
        #expect(present.count == 4)
    }

    @Test func secretsAreTheOwnersAlone() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        _ = try PKI(directory: directory, serverNames: names, now: now)
        for name in ["admin.token", "pki/ca.key", "pki/admin.key", "pki/apiserver.key"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.file(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
    }

    @Test func aSecondProcessIsKeptOut() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        #expect(throws: DataDirectory.Failure.inUse(path: directory.path)) {
            try DataDirectory(path: directory.path)
        }
    }

    @Test func theStoreHasAnAuthorityOfItsOwn() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let cluster = try PKI(directory: directory, serverNames: names, now: now)
        let first = try StorePKI(directory: directory, serverNames: names, now: now)
        func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
        let server = try text(first.server.certificatePath)
        #expect(try text(first.authorityPath) != cluster.authority.certificatePEM)
        let store = try CertificateAuthority(
            KeyPair(
                certificatePEM: try text(first.authorityPath),
                privateKeyPEM: try text(directory.file("pki/etcd/ca.key"))))
        for pair in [first.server, first.peer, first.client] {
            let found = KeyPair(
                certificatePEM: try text(pair.certificatePath), privateKeyPEM: try text(pair.keyPath))
            #expect(store.accepts(found, at: now))
            #expect(!(try CertificateAuthority(cluster.authority).accepts(found, at: now)))
        }
        let peer = try Certificate(pemEncoded: try text(first.peer.certificatePath))
        #expect(try peer.extensions.extendedKeyUsage == ExtendedKeyUsage([.serverAuth, .clientAuth]))
        let second = try StorePKI(directory: directory, serverNames: names, now: now.addingTimeInterval(60))
        #expect(first.server == second.server)
        #expect(try text(second.server.certificatePath) == server)
    }
}
