import Foundation

/// Debian's etcd, alone in its cluster, on ports of its own.
final class EtcdProcess {
    private let process = Process()
    private let directory: TemporaryDirectory
    let endpoint: String

    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/etcd")

    /// Starts it, on a data directory that was restored from a snapshot, or on an empty one, and waits until it serves.
    init(dataDirectory: String? = nil, peerPort: Int? = nil) async throws {
        directory = try TemporaryDirectory()
        let client = try Self.freePort()
        let peer = try peerPort ?? Self.freePort()
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
            let health = Program(
                executable: "/usr/bin/etcdctl", arguments: ["--endpoints=\(endpoint)", "endpoint", "health"])
            if try await health.run().status == 0 { return }
        }
        throw CocoaError(.executableLoad)
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// A port that nobody listens on now.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileReadUnknown) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
