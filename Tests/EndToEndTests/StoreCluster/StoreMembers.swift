import EtcdClient
import Foundation

/// Three `skiff etcd serve`, each a process in a network namespace of its own.
final class StoreMembers {
    static let clientPort = 2379
    static let peerPort = 2380

    let network: StoreNetwork
    let authority: StoreAuthority
    private let directory: URL
    private let arguments: [String]
    private var processes: [Process?]

    init(count: Int = 3, _ arguments: [String] = []) throws {
        self.arguments = arguments
        directory = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString.prefix(8))")
        network = try StoreNetwork(count: count)
        processes = Array(repeating: nil, count: count)
        do {
            authority = try StoreAuthority(
                in: directory.appending(path: "pki"), addresses: network.places.map(\.address))
        } catch {
            network.remove()
            throw error
        }
    }

    var count: Int { network.places.count }
    var endpoints: [EtcdEndpoint] {
        get throws { try network.places.map { try EtcdEndpoint("https://\($0.address):\(Self.clientPort)") } }
    }
    var tls: EtcdClientTLS {
        EtcdClientTLS(
            authorityFile: authority.path("ca.crt"), certificateFile: authority.path("client.crt"),
            keyFile: authority.path("client.key"))
    }

    func name(_ member: Int) -> String { ["a", "b", "c", "d", "e"][member] }
    func dataDirectory(_ member: Int) -> String { directory.appending(path: name(member)).path }
    /// What a member has printed since the test began.
    func log(_ member: Int) -> String {
        (try? String(contentsOf: directory.appending(path: "\(name(member)).log"), encoding: .utf8)) ?? ""
    }

    func start(_ member: Int) throws {
        let place = network.places[member]
        let cluster = network.places.enumerated().map { "\(name($0))=https://\($1.address):\(Self.peerPort)" }
        // ip becomes the member, so its process id is the member's.
        var command = [
            "ip", "netns", "exec", place.namespace, ClusterProcess.binary, "etcd", "serve", "--name", name(member),
            "--data-dir", dataDirectory(member), "--listen-client", "\(place.address):\(Self.clientPort)",
            "--listen-peer", "\(place.address):\(Self.peerPort)", "--initial-cluster",
            cluster.joined(separator: ","), "--initial-cluster-token", "chaos", "--initial-cluster-state", "new",
        ]
        let files = [
            "cert-file": "member.crt", "key-file": "member.key", "trusted-ca-file": "ca.crt",
            "peer-cert-file": "member.crt", "peer-key-file": "member.key", "peer-trusted-ca-file": "ca.crt",
        ]
        command += arguments
        for (flag, file) in files { command += ["--\(flag)", authority.path(file)] }
        processes[member] = try .started(
            "/usr/bin/env", command, appendingTo: directory.appending(path: "\(name(member)).log"))
    }

    func isRunning(_ member: Int) -> Bool { processes[member]?.isRunning ?? false }

    /// `kill -9`.
    func killHard(_ member: Int) {
        guard let process = processes[member] else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        processes[member] = nil
    }

    /// SIGSTOP, or SIGCONT.
    func pause(_ member: Int, _ isPaused: Bool) {
        guard let process = processes[member] else { return }
        kill(process.processIdentifier, isPaused ? SIGSTOP : SIGCONT)
    }

    func remove() {
        for member in processes.indices { killHard(member) }
        network.remove()
        try? FileManager.default.removeItem(at: directory)
    }
}
