import Foundation
import TestKit

/// Certificates for the members of a store and their clients; made by openssl(1) in a directory of the test.
struct StoreAuthority {
    let directory: URL

    /// One certificate for all members, with these addresses.
    init(in directory: URL, addresses: [String]) throws {
        self.directory = directory
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try openssl(["req", "-x509"] + key + ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=store-ca"])
        let names = addresses.map { "IP:\($0)" }.joined(separator: ",")
        try issue("member", "subjectAltName=\(names)\nextendedKeyUsage=serverAuth,clientAuth\n", key)
        try issue("client", "extendedKeyUsage=clientAuth\n", key)
    }

    func path(_ file: String) -> String { directory.appending(path: file).path }

    private func issue(_ name: String, _ extensions: String, _ key: [String]) throws {
        try openssl(["req"] + key + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"])
        try extensions.write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try openssl([
            "x509", "-req", "-in", "\(name).csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out",
            "\(name).crt", "-extfile", "\(name).ext",
        ])
    }

    private func openssl(_ arguments: [String]) throws {
        let result = try Program.run("sh", ["-c", "cd \"$0\" && exec openssl \"$@\"", directory.path] + arguments)
        guard result.exitCode == 0 else { throw ProgramFailure(description: "openssl: \(result.errors)") }
    }
}
