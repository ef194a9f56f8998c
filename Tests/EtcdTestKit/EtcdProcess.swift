import Foundation
import TestKit

/// A real etcd on loopback, which goes with its owner; it can be killed and started again on the same ports.
package final class EtcdProcess {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    package let clientPort: Int
    private let peerPort: Int
    private let directory: URL
    private let dataDirectory: String
    private let name: String
    private let cluster: String
    private let authority: EtcdAuthority?
    private var process: Process?

    /// Whether the machine has an etcd to test with.
    package static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/etcd")

    /// Not started yet; alone in its cluster, or one member (`name`) of that cluster. Its data is in a directory of its
    /// own, or in one that was restored from a snapshot for this peer port.
    package init(
        name: String = "default", cluster: String? = nil, clientPort: Int? = nil, peerPort: Int? = nil,
        dataDirectory: String? = nil, authority: EtcdAuthority? = nil
    ) throws {
        let free = try FreePorts.take(2)
        self.clientPort = clientPort ?? free[0]
        self.peerPort = peerPort ?? free[1]
        self.name = name
        self.cluster = cluster ?? "\(name)=http://127.0.0.1:\(self.peerPort)"
        self.authority = authority
        directory = FileManager.default.temporaryDirectory.appending(path: "etcd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        self.dataDirectory = dataDirectory ?? directory.appending(path: "data").path
    }

    /// Members of one cluster, not started yet.
    package static func cluster(of count: Int) throws -> [EtcdProcess] {
        let ports = try FreePorts.take(2 * count)
        let names = (0..<count).map { "m\($0)" }
        let cluster = names.enumerated().map { "\($1)=http://127.0.0.1:\(ports[$0])" }.joined(separator: ",")
        return try names.enumerated().map {
            try EtcdProcess(name: $1, cluster: cluster, clientPort: ports[count + $0], peerPort: ports[$0])
        }
    }

    /// Started, and answering.
    package static func started(dataDirectory: String? = nil, peerPort: Int? = nil) async throws -> EtcdProcess {
        let etcd = try EtcdProcess(peerPort: peerPort, dataDirectory: dataDirectory)
        try etcd.start()
        let health = Tool(
            executable: "/usr/bin/etcdctl", arguments: ["--endpoints=\(etcd.endpoint)", "endpoint", "health"])
        while try await health.run().status != 0 {
            guard etcd.process?.isRunning == true else { throw etcd.failure }
        }
        return etcd
    }

    package var endpoint: String { "127.0.0.1:\(clientPort)" }
    package var url: String { "\(authority == nil ? "http" : "https")://\(endpoint)" }
    private var log: URL { directory.appending(path: "log") }
    private var failure: Failure {
        Failure(description: "etcd did not start: \((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
    }

    /// Starts it; returns once its port is open.
    package func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/etcd")
        let peerURL = "http://127.0.0.1:\(peerPort)"
        process.arguments = [
            "--name", name, "--data-dir", dataDirectory, "--listen-client-urls", url, "--advertise-client-urls", url,
            "--listen-peer-urls", peerURL, "--initial-advertise-peer-urls", peerURL, "--initial-cluster", cluster,
        ]
        if let authority {
            process.arguments? += [
                "--cert-file", authority.serverCertificate, "--key-file", authority.serverKey, "--trusted-ca-file",
                authority.certificate, "--client-cert-auth",
            ]
        }
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
            guard process.isRunning, Date() < deadline else { throw failure }
            usleep(20_000)
        }
    }

    /// `kill -9`.
    package func killHard() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Stops it without ending it, or lets it go on.
    package func pause(_ isPaused: Bool) {
        guard let process else { return }
        kill(process.processIdentifier, isPaused ? SIGSTOP : SIGCONT)
    }

    /// Ends it; what it wrote is gone.
    package func remove() {
        killHard()
        try? FileManager.default.removeItem(at: directory)
    }

    deinit { remove() }
}
