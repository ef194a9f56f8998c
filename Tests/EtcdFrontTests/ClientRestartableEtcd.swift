import Foundation
import TestKit

/// A real etcd on loopback, with a directory of its own; it can be killed and started again on the same ports.
final class RestartableEtcd {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let directory: URL
    let clientPort: Int
    let peerPort: Int
    private let name: String
    private let cluster: String
    private let authority: EtcdAuthority?
    private var process: Process?

    /// Whether the machine has an etcd to test with.
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/etcd")

    init(authority: EtcdAuthority? = nil) throws {
        let ports = try FreePorts.take(2)
        directory = try Self.newDirectory()
        clientPort = ports[0]
        peerPort = ports[1]
        name = "only"
        cluster = "only=http://127.0.0.1:\(ports[1])"
        self.authority = authority
    }

    private init(name: String, cluster: String, clientPort: Int, peerPort: Int) throws {
        directory = try Self.newDirectory()
        self.name = name
        self.cluster = cluster
        self.clientPort = clientPort
        self.peerPort = peerPort
        authority = nil
    }

    /// Members of one cluster, not started yet.
    static func cluster(of count: Int) throws -> [RestartableEtcd] {
        let ports = try FreePorts.take(2 * count)
        let names = (0..<count).map { "m\($0)" }
        let cluster = names.enumerated().map { "\($1)=http://127.0.0.1:\(ports[$0])" }.joined(separator: ",")
        return try names.enumerated().map {
            try RestartableEtcd(name: $1, cluster: cluster, clientPort: ports[count + $0], peerPort: ports[$0])
        }
    }

    private static func newDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "etcd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    var url: String { "\(authority == nil ? "http" : "https")://127.0.0.1:\(clientPort)" }

    /// Starts it; returns once its port is open.
    func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/etcd")
        process.arguments = [
            "--name", name, "--data-dir", directory.appending(path: "data").path, "--listen-client-urls", url,
            "--advertise-client-urls", url, "--listen-peer-urls", "http://127.0.0.1:\(peerPort)",
            "--initial-advertise-peer-urls", "http://127.0.0.1:\(peerPort)", "--initial-cluster", cluster,
        ]
        if let authority {
            process.arguments? += [
                "--cert-file", authority.serverCertificate, "--key-file", authority.serverKey, "--trusted-ca-file",
                authority.certificate, "--client-cert-auth",
            ]
        }
        let log = directory.appending(path: "log")
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        self.process = process
        let deadline = Date(timeIntervalSinceNow: 30)
        while !FreePorts.isOpen(clientPort) {
            guard process.isRunning, Date() < deadline else {
                throw Failure(
                    description: "etcd did not start: \((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
            }
            usleep(20_000)
        }
    }

    /// `kill -9`.
    func killHard() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Stops it without ending it, or lets it go on.
    func pause(_ isPaused: Bool) {
        guard let process else { return }
        kill(process.processIdentifier, isPaused ? SIGSTOP : SIGCONT)
    }

    func remove() {
        killHard()
        try? FileManager.default.removeItem(at: directory)
    }
}

/// A certificate authority of one test, with a server's and a client's certificate; made by openssl(1).
struct EtcdAuthority {
    let directory: URL
    var certificate: String { directory.appending(path: "ca.crt").path }
    var serverCertificate: String { directory.appending(path: "server.crt").path }
    var serverKey: String { directory.appending(path: "server.key").path }
    var clientCertificate: String { directory.appending(path: "client.crt").path }
    var clientKey: String { directory.appending(path: "client.key").path }

    init() throws {
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
            throw RestartableEtcd.Failure(description: "openssl \(arguments) failed")
        }
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }
}
