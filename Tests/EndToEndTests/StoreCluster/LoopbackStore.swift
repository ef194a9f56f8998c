import Foundation
import TestKit

/// `skiff etcd serve` as processes on loopback addresses of their own, with mutual TLS between them, and etcdctl.
final class LoopbackStore {
    static let etcdctl = "/usr/bin/etcdctl"
    static let isPossible = FileManager.default.isExecutableFile(atPath: etcdctl)

    private var members: [String: StoreProcess] = [:]
    private let directory: URL

    /// Members of these names may be started.
    init(_ names: [String]) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString.prefix(8))")
        // An address for each that no other test has at this time, and one more each to move to.
        let net = "127.41.\(Int(getpid()) % 200 + Int.random(in: 0..<50))"
        let addresses = names.indices.map { "\(net).\(10 + $0)" }
        let authority = try StoreAuthority(in: directory.appending(path: "pki"), addresses: addresses)
        for (name, address) in zip(names, addresses) {
            members[name] = StoreProcess(name, at: address, in: directory, authority)
        }
    }

    func peerURL(_ name: String, port: Int = StoreProcess.peerPort) -> String {
        members[name]?.peerURL(port: port) ?? ""
    }
    func endpoint(_ name: String) -> String { "\(members[name]?.address ?? ""):\(StoreProcess.clientPort)" }
    /// A file or directory of the test; a member keeps its data in that of its name.
    func path(_ name: String) -> String { directory.appending(path: name).path }
    func log(_ name: String) -> String { members[name]?.log ?? "" }
    func cluster(of names: [String]) -> String { names.map { "\($0)=\(peerURL($0))" }.joined(separator: ",") }

    // MARK: Processes

    func start(
        _ name: String, cluster: String, state: String = "new", peerPort: Int = StoreProcess.peerPort,
        flags: [String] = []
    ) throws {
        try members[name]?.start(
            cluster: cluster, state: state, peerPort: peerPort,
            flags: ["--snapshot-log-bytes", "\(1 << 20)"] + flags)
    }

    func isRunning(_ name: String) -> Bool { members[name]?.isRunning ?? false }

    func killHard(_ name: String) { members[name]?.killHard() }

    func forget(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

    func remove() {
        for member in members.values { member.killHard() }
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
