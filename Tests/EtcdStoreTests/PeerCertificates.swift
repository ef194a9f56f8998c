import EtcdStore
import Foundation
import TestKit

/// A certificate authority for tests, made with openssl(1), and certificates of it for loopback addresses.
final class PeerCertificates: Sendable {
    private let directory = TemporaryDirectory()

    struct Failure: Error {
        var command: [String]
        var status: Int32
    }

    /// `name` tells one authority from another.
    init(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ca.key"])
        try openssl([
            "req", "-x509", "-new", "-key", "ca.key", "-sha256", "-days", "2", "-subj", "/CN=\(name)", "-out", "ca.pem",
        ])
    }

    /// A member's, for 127.0.0.1.
    func member(_ name: String) throws -> PeerSecurity {
        let extensions = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n"
        try extensions.write(toFile: "\(directory.path)/\(name).ext", atomically: true, encoding: .utf8)
        try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "\(name).key"])
        try openssl(["req", "-new", "-key", "\(name).key", "-subj", "/CN=\(name)", "-out", "\(name).csr"])
        try openssl([
            "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-sha256", "-extfile", "\(name).ext", "-out", "\(name).pem",
        ])
        return try PeerSecurity(
            certificateFile: "\(directory.path)/\(name).pem", keyFile: "\(directory.path)/\(name).key",
            trustedRootsFile: "\(directory.path)/ca.pem")
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw Failure(command: arguments, status: process.terminationStatus) }
    }
}
