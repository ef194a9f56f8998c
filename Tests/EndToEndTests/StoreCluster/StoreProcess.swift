import Foundation

/// One `skiff etcd serve` as a process of its own, killed and started again on the same directory.
final class StoreProcess {
    static let clientPort = 2379
    static let peerPort = 2380

    let name: String
    let address: String
    private let directory: URL
    private let authority: StoreAuthority
    private let namespace: String?
    private var process: Process?

    /// Not started yet. What it keeps and prints is in `directory`; in a network namespace it listens there.
    init(_ name: String, at address: String, in directory: URL, _ authority: StoreAuthority, namespace: String? = nil) {
        self.name = name
        self.address = address
        self.directory = directory
        self.authority = authority
        self.namespace = namespace
    }

    var dataDirectory: String { directory.appending(path: name).path }
    private var logFile: URL { directory.appending(path: "\(name).log") }
    /// What it has printed since the test began.
    var log: String { (try? String(contentsOf: logFile, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process?.isRunning ?? false }

    func peerURL(port: Int = peerPort) -> String { "https://\(address):\(port)" }

    /// With `clientsShowCertificates` the client listener has mutual TLS, too.
    func start(
        cluster: String, state: String = "new", peerPort: Int = peerPort, clientsShowCertificates: Bool = false,
        flags: [String] = []
    ) throws {
        // ip becomes the member, so its process id is the member's.
        var command = namespace.map { ["ip", "netns", "exec", $0] } ?? []
        command += [
            ClusterProcess.binary, "etcd", "serve", "--name", name, "--data-dir", dataDirectory, "--listen-client",
            "\(address):\(Self.clientPort)", "--listen-peer", "\(address):\(peerPort)", "--initial-cluster", cluster,
            "--initial-cluster-state", state,
        ]
        var files = ["peer-cert-file": "member.crt", "peer-key-file": "member.key", "peer-trusted-ca-file": "ca.crt"]
        if clientsShowCertificates {
            files.merge(["cert-file": "member.crt", "key-file": "member.key", "trusted-ca-file": "ca.crt"]) { $1 }
        }
        for (flag, file) in files { command += ["--\(flag)", authority.path(file)] }
        process = try .started("/usr/bin/env", command + flags, appendingTo: logFile)
    }

    /// `kill -9`.
    func killHard() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// SIGSTOP, or SIGCONT.
    func pause(_ isPaused: Bool) {
        guard let process else { return }
        kill(process.processIdentifier, isPaused ? SIGSTOP : SIGCONT)
    }
}
