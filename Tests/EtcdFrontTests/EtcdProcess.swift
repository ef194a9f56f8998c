import Foundation
import TestKit

/// Debian's etcd, alone in its cluster, on ports of its own.
final class EtcdProcess {
    private let process = Process()
    private let directory: TemporaryDirectory
    let endpoint: String

    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/etcd")

    /// Starts it, on a data directory that was restored from a snapshot, or on an empty one, and waits until it serves.
    init(dataDirectory: String? = nil, peerPort: Int? = nil) async throws {
        directory = TemporaryDirectory()
        let client = try FreePorts.take()
        let peer = try peerPort ?? FreePorts.take()
        endpoint = "127.0.0.1:\(client)"
        process.executableURL = URL(filePath: "/usr/bin/etcd")
        process.arguments = [
            "--data-dir", dataDirectory ?? directory.path + "/data", "--log-level", "error",
            "--listen-client-urls", "http://\(endpoint)", "--advertise-client-urls", "http://\(endpoint)",
            "--listen-peer-urls", "http://127.0.0.1:\(peer)",
            "--initial-advertise-peer-urls", "http://127.0.0.1:\(peer)",
            "--initial-cluster", "default=http://127.0.0.1:\(peer)",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning {
            let health = Tool(
                executable: "/usr/bin/etcdctl", arguments: ["--endpoints=\(endpoint)", "endpoint", "health"])
            if try await health.run().status == 0 { return }
        }
        throw CocoaError(.executableLoad)
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
