import APIMachinery
import Foundation
import Kubeadm
import TestKit
import Testing

extension EndToEndTests {
    /// A process whose certificates get old renews them, without being started again.
    @Suite(.serialized) struct CertificateTests {
        @Test func certificatesAreRenewedWhileTheyAreServed() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.stop()
            let names = ["apiserver", "admin", "ingress"]
            let old = try Self.age(names, in: "\(cluster.directory)/pki", seconds: 8)
            try cluster.start()
            let process = cluster.process?.processIdentifier

            try wait("new certificates", seconds: 60) {
                try names.allSatisfy { try Self.file("\(cluster.directory)/pki/\($0).crt") != old[$0] }
            }
            // New connections are shown what is on disk, and admin.conf has the new user's certificate.
            for (name, port) in [("apiserver", cluster.securePort), ("ingress", cluster.ingressSecurePort)] {
                let onDisk = try Self.serial("openssl x509 -noout -serial -in \(cluster.directory)/pki/\(name).crt")
                #expect(onDisk.hasPrefix("serial="))
                try wait("\(name) to be served") {
                    try Self.serial(
                        "openssl s_client -connect 127.0.0.1:\(port) </dev/null 2>&1 | openssl x509 -noout -serial")
                        == onDisk
                }
            }
            let admin = try Self.file("\(cluster.directory)/pki/admin.crt")
            try wait("the new kubeconfig") {
                try Self.file("\(cluster.directory)/admin.conf").contains(Data(admin.utf8).base64EncodedString())
            }
            #expect(try cluster.kubectlDone("auth", "whoami").contains("kubernetes-admin"))
            let metrics = try cluster.curl("/metrics").output
            for name in names { #expect(metrics.contains(#"skiff_certificate_renewals_total{name="\#(name)"} 1"#)) }
            try wait("the events") {
                let list = try JSON(parsing: try cluster.kubectlDone("get", "events", "-o", "json"))
                let told = (list["items"]?.elements ?? []).filter { $0["reason"]?.string == "CertificateRenewed" }
                return told.count == names.count
                    && told.allSatisfy { $0["involvedObject", "name"]?.string == "kubernetes" }
            }
            #expect(cluster.process?.processIdentifier == process && cluster.process?.isRunning == true)
        }

        /// Puts certificates in place that have two thirds of their life behind them in so many seconds; returns them.
        private static func age(_ names: [String], in folder: String, seconds: Double) throws -> [String: String] {
            let authority = try CertificateAuthority(
                KeyPair(certificatePEM: file("\(folder)/ca.crt"), privateKeyPEM: file("\(folder)/ca.key")))
            // Certificates begin five minutes before they are made.
            let life = CertificateAuthority.leafLifetimeSeconds + 300
            let made = Date.now.addingTimeInterval(seconds + 300 - life * 2 / 3)
            var old: [String: String] = [:]
            for name in names {
                let path = "\(folder)/\(name)"
                let pair =
                    name == "admin"
                    ? try authority.issueClient(
                        commonName: "kubernetes-admin", organizations: ["system:masters"], now: made)
                    : try authority.issueServer(commonName: name, names: subjectNames("\(path).crt"), now: made)
                try pair.privateKeyPEM.write(toFile: "\(path).key", atomically: true, encoding: .utf8)
                try pair.certificatePEM.write(toFile: "\(path).crt", atomically: true, encoding: .utf8)
                old[name] = pair.certificatePEM
            }
            return old
        }

        private static func subjectNames(_ path: String) throws -> CertificateAuthority.SubjectNames {
            let text = try Program.run("openssl", ["x509", "-noout", "-ext", "subjectAltName", "-in", path]).output
            var names = CertificateAuthority.SubjectNames(dnsNames: [], addresses: [])
            for word in text.split(whereSeparator: { ",\n ".contains($0) }) {
                if word.hasPrefix("DNS:") { names.dnsNames.append(String(word.dropFirst(4))) }
                if word.hasPrefix("Address:") { names.addresses.append(String(word.dropFirst(8))) }
            }
            return names
        }
        private static func file(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
        private static func serial(_ command: String) throws -> String { try Program.run("sh", ["-c", command]).text }
    }
}
