import Foundation
import TestKit

/// Machines with addresses of their own on one wire, each a network namespace: 192.0.2.1 on the first, which is the way out
/// of the others, 192.0.2.11 on the second, and so on.
final class JoinedMachines {
    private let names: [String]

    init(_ count: Int) throws {
        let mark = UUID().uuidString.prefix(6).lowercased()
        names = (0..<count).map { "joined-\(mark)-\($0)" }
        do {
            for name in names {
                try ip("netns", "add", name)
                try ip("-n", name, "link", "set", "lo", "up")
            }
            try ip("-n", names[0], "link", "add", "wire", "type", "bridge")
            try ip("-n", names[0], "addr", "add", "\(address(0))/24", "dev", "wire")
            try ip("-n", names[0], "link", "set", "wire", "up")
            for number in 1..<count {
                let (name, plug) = (names[number], "plug\(number)")
                try ip("link", "add", plug, "netns", names[0], "type", "veth", "peer", "name", "eth0", "netns", name)
                try ip("-n", names[0], "link", "set", plug, "master", "wire", "up")
                try ip("-n", name, "addr", "add", "\(address(number))/24", "dev", "eth0")
                try ip("-n", name, "link", "set", "eth0", "up")
                try ip("-n", name, "route", "add", "default", "via", address(0))
            }
        } catch {
            remove()
            throw error
        }
    }

    private func ip(_ arguments: String...) throws {
        let result = try Program.run("ip", arguments)
        guard result.exitCode == 0 else { throw ProgramFailure(description: "ip \(arguments): \(result.errors)") }
    }

    func address(_ machine: Int) -> String { machine == 0 ? "192.0.2.1" : "192.0.2.\(10 + machine)" }
    func namespace(_ machine: Int) -> String { "/run/netns/\(names[machine])" }

    /// Runs a program there to its end.
    func run(_ machine: Int, _ program: String, _ arguments: String...) throws -> ProgramResult {
        try Program.run("env", ClusterProcess.inside(namespace(machine)) + [program] + arguments)
    }

    /// A cable is pulled, or put back.
    func setLink(_ machine: Int, isUp: Bool) throws {
        try ip("-n", names[0], "link", "set", "plug\(machine)", isUp ? "up" : "down")
    }

    /// The bridges, routes and tables that skiff has made there.
    func held(_ machine: Int) throws -> [String] {
        let links = try run(machine, "ip", "-o", "link").output.split(separator: "\n").filter { $0.contains("skiff-") }
        let routes = try run(machine, "ip", "route", "show", "table", "all").output.split(separator: "\n")
            .filter { $0.contains("proto 83") || $0.hasPrefix("local 10.") }
        let tables = try run(machine, "nft", "list", "tables").output.split(separator: "\n")
        return (links + routes + tables).map(String.init)
    }

    func remove() { for name in names { _ = try? Program.run("ip", ["netns", "delete", name]) } }
}

/// A real `skiff node` on one of them, which joins by a bootstrap token.
final class JoinedNode {
    static let token = "07401b.f395accd246ae52d"
    /// What makes the cluster know the token.
    static let tokenSecret = """
        apiVersion: v1
        kind: Secret
        metadata: {name: bootstrap-token-07401b, namespace: kube-system}
        type: bootstrap.kubernetes.io/token
        stringData:
          token-id: 07401b
          token-secret: f395accd246ae52d
          usage-bootstrap-authentication: "true"
          auth-extra-groups: system:bootstrappers:kubeadm:default-node-token
        """

    let name: String
    let directory: String
    private let arguments: [String]
    private var process: Process?

    init(_ name: String, _ machine: Int, of machines: JoinedMachines, _ cluster: ClusterProcess, _ more: [String])
        throws
    {
        self.name = name
        directory = FileManager.default.temporaryDirectory.path + "/joined-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let config = try Program.run(
            ClusterProcess.binary, ["kubeconfig", "--data-dir", cluster.directory, "--token", Self.token])
        try config.output.write(toFile: "\(directory)/bootstrap.conf", atomically: true, encoding: .utf8)
        arguments =
            ClusterProcess.inside(machines.namespace(machine)) + [
                ClusterProcess.binary, "node", "--bootstrap-kubeconfig", "\(directory)/bootstrap.conf", "--kubeconfig",
                "\(directory)/node.conf", "--data-dir", "\(directory)/data", "--node-name", name,
            ] + more
    }

    var log: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

    func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        let path = "\(directory)/log"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        process.standardOutput = file
        process.standardError = file
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try file.close()
        self.process = process
        try wait("the node to run") {
            guard process.isRunning else { throw ProgramFailure(description: "the node ended: \(log)") }
            return log.contains("Node \(name) runs pods of ")
        }
    }

    func killHard() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// As by Ctrl-C.
    func stop() throws {
        guard let process, process.isRunning else { return }
        kill(process.processIdentifier, SIGTERM)
        try wait("the node to stop") { !process.isRunning }
        self.process = nil
    }

    /// Its directory goes, too; what a killed one left behind ends by its id.
    func remove() {
        do { try stop() } catch { killHard() }
        for id in ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap({ pid_t($0) }) {
            guard let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
                String(decoding: line, as: UTF8.self).contains(directory)
            else { continue }
            kill(id, SIGKILL)
        }
        try? FileManager.default.removeItem(atPath: directory)
    }
}
