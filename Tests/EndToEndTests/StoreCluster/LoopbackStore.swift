import Foundation
import TestKit

/// `skiff etcd serve` as processes on loopback addresses of their own, with mutual TLS between them, and etcdctl.
final class LoopbackStore {
    static let clientPort = 2379
    static let peerPort = 2380
    static let etcdctl = "/usr/bin/etcdctl"
    static let isPossible = FileManager.default.isExecutableFile(atPath: etcdctl)

    /// Where a member listens, and its process while it runs.
    private struct Place {
        let address: String
        var process: Process?
    }
    private var places: [String: Place] = [:]
    private let directory: URL
    private let authority: StoreAuthority

    /// Members of these names may be started; the first so many found the cluster.
    init(_ names: [String]) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString.prefix(8))")
        // An address for each that no other test has at this time, and one more each to move to.
        let net = "127.41.\(Int(getpid()) % 200 + Int.random(in: 0..<50))"
        for (number, name) in names.enumerated() { places[name] = Place(address: "\(net).\(10 + number)") }
        authority = try StoreAuthority(
            in: directory.appending(path: "pki"), addresses: places.values.map(\.address).sorted())
    }

    func peerURL(_ name: String, port: Int = peerPort) -> String { "https://\(places[name]?.address ?? ""):\(port)" }
    func endpoint(_ name: String) -> String { "\(places[name]?.address ?? ""):\(Self.clientPort)" }
    func dataDirectory(_ name: String) -> String { directory.appending(path: name).path }
    func log(_ name: String) -> String {
        (try? String(contentsOf: directory.appending(path: "\(name).log"), encoding: .utf8)) ?? ""
    }
    func cluster(of names: [String]) -> String { names.map { "\($0)=\(peerURL($0))" }.joined(separator: ",") }

    // MARK: Processes

    func start(
        _ name: String, cluster: String, state: String = "new", peerPort: Int = peerPort, flags: [String] = []
    ) throws {
        guard let place = places[name] else { return }
        var arguments = [
            "etcd", "serve", "--name", name, "--data-dir", dataDirectory(name), "--listen-client",
            "\(place.address):\(Self.clientPort)", "--listen-peer", "\(place.address):\(peerPort)",
            "--initial-cluster", cluster, "--initial-cluster-state", state, "--snapshot-log-bytes", "\(1 << 20)",
        ]
        arguments += flags
        let files = ["peer-cert-file": "member.crt", "peer-key-file": "member.key", "peer-trusted-ca-file": "ca.crt"]
        for (flag, file) in files { arguments += ["--\(flag)", authority.path(file)] }
        places[name]?.process = try .started(
            ClusterProcess.binary, arguments, appendingTo: directory.appending(path: "\(name).log"))
    }

    func isRunning(_ name: String) -> Bool { places[name]?.process?.isRunning ?? false }

    /// `kill -9`.
    func killHard(_ name: String) {
        guard let process = places[name]?.process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        places[name]?.process = nil
    }

    func forget(_ name: String) throws { try FileManager.default.removeItem(atPath: dataDirectory(name)) }

    func remove() {
        for name in places.keys { killHard(name) }
        try? FileManager.default.removeItem(at: directory)
    }

    // MARK: etcdctl

    func start(etcdctl arguments: [String], at names: [String]) throws -> Program.Running {
        try Program.start(
            Self.etcdctl, ["--endpoints", names.map { endpoint($0) }.joined(separator: ",")] + arguments,
            environment: ["ETCDCTL_API": "3"])
    }

    func etcdctl(_ arguments: String..., at names: [String]) throws -> ProgramResult {
        try start(etcdctl: arguments, at: names).result(timeoutSeconds: 30)
    }

    /// etcdctl that must succeed; returns what it printed, by lines.
    @discardableResult
    func done(_ arguments: String..., at names: [String]) throws -> [String] {
        let result = try start(etcdctl: arguments, at: names).result(timeoutSeconds: 30)
        guard result.exitCode == 0 else {
            throw ProgramFailure(
                description: "etcdctl \(arguments.joined(separator: " ")) exited \(result.exitCode): "
                    + "\(result.errors.suffix(2_000))\(result.output)")
        }
        return result.text.split(separator: "\n").map(String.init)
    }

    /// The fields of each line that `endpoint status` prints, by the member's name; nobody's who does not answer.
    func statuses(of names: [String]) throws -> [String: [String]] {
        var found: [String: [String]] = [:]
        for line in try etcdctl("endpoint", "status", at: names).text.split(separator: "\n") {
            let fields = line.components(separatedBy: ", ")
            if let name = names.first(where: { endpoint($0) == fields[0] }) { found[name] = fields }
        }
        return found
    }

    /// The name of the member that says it leads, once there is one.
    func leader(of names: [String]) throws -> String {
        var leader: String?
        try wait("a leader", seconds: 20) {
            leader = try statuses(of: names).first { $0.value[4] == "true" }?.key
            return leader != nil
        }
        return leader ?? ""
    }

    /// A member's number, as etcdctl writes it.
    func number(_ name: String, at names: [String]) throws -> String {
        try statuses(of: names)[name]?[1] ?? ""
    }
}
