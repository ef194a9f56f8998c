import Foundation

/// A certificate authority of one test, with a server's and a client's certificate; made by openssl(1).
package struct EtcdAuthority {
    package let directory: URL
    package var certificate: String { directory.appending(path: "ca.crt").path }
    package var serverCertificate: String { directory.appending(path: "server.crt").path }
    package var serverKey: String { directory.appending(path: "server.key").path }
    package var clientCertificate: String { directory.appending(path: "client.crt").path }
    package var clientKey: String { directory.appending(path: "client.key").path }

    package init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "authority-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try openssl(["req", "-x509"] + key + ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test-ca"])
        for (name, usage) in [("server", "serverAuth"), ("client", "clientAuth")] {
            try openssl(["req"] + key + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"])
            let extensions = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=\(usage)\n"
            try extensions.write(to: directory.appending(path: "\(name).ext"), atomically: true, encoding: .utf8)
            try openssl([
                "x509", "-req", "-in", "\(name).csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                "\(name).crt", "-extfile", "\(name).ext",
            ])
        }
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw EtcdProcess.Failure(description: "openssl \(arguments) failed")
        }
    }

    package func remove() { try? FileManager.default.removeItem(at: directory) }
}
