import APIMachinery
import Foundation
import TestKit

/// A real `skiff up` in a directory of its own, and the clients that talk to it.
final class ClusterProcess {
    static let root: URL = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The built binary: `SKIFF_BINARY`, or the debug build's.
    static var binary: String {
        ProcessInfo.processInfo.environment["SKIFF_BINARY"] ?? root.appending(path: ".build/debug/skiff").path
    }

    let directory: String
    let port: Int
    let securePort: Int
    let ingressPort: Int
    let ingressSecurePort: Int
    let arguments: [String]
    /// How many files it may have open unless it asks for more; nil leaves the limit of the test.
    let softFileLimit: Int?
    /// With `SKIFF_TEST_STORE=etcd` every cluster has an etcd of its own for its store, so that each test is one of that, too.
    private let etcd: ExternalEtcd?
    /// The file of the network namespace in which it and its clients run; nil is the test's own.
    let networkNamespace: String?
    private(set) var process: Process?
    /// What it has printed, for the failure message of a test.
    var log: String { (try? String(contentsOfFile: "\(directory).log", encoding: .utf8)) ?? "" }

    init(_ arguments: [String] = [], softFileLimit: Int? = nil, networkNamespace: String? = nil) throws {
        self.networkNamespace = networkNamespace
        self.softFileLimit = softFileLimit
        directory = FileManager.default.temporaryDirectory.path + "/skiff-\(UUID().uuidString.prefix(8))"
        let ports = try FreePorts.take(4)
        port = ports[0]
        securePort = ports[1]
        ingressPort = ports[2]
        ingressSecurePort = ports[3]
        if ProcessInfo.processInfo.environment["SKIFF_TEST_STORE"] == "etcd", !arguments.contains("--etcd-servers") {
            let etcd = try ExternalEtcd()
            try etcd.start()
            self.etcd = etcd
            self.arguments = arguments + ["--etcd-servers", etcd.url]
        } else {
            etcd = nil
            self.arguments = arguments
        }
    }

    /// Starts and waits until `/readyz` says ok.
    func start(timeoutSeconds: Double = 60) throws {
        try launch()
        try waitUntilReady(timeoutSeconds: timeoutSeconds)
    }

    /// Starts and does not wait.
    func launch() throws {
        let process = Process()
        // The shell becomes skiff, under its process id.
        process.executableURL = URL(filePath: "/bin/sh")
        let limit = softFileLimit.map { "ulimit -Sn \($0); " } ?? ""
        process.arguments =
            [
                "-c", limit + "exec \(Self.inside(networkNamespace).joined(separator: " ")) " + #""$0" "$@""#,
                Self.binary, "up", "--data-dir", directory, "--port", "\(port)",
                "--secure-port", "\(securePort)",
                "--ingress-http-port", "\(ingressPort)", "--ingress-https-port", "\(ingressSecurePort)",
                "--runtime", "process",
            ] + (arguments.contains("--network") ? [] : ["--network", "loopback"]) + arguments
        let path = "\(directory).log"
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        process.standardOutput = file
        process.standardError = file
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try file.close()
        self.process = process
    }

    func waitUntilReady(timeoutSeconds: Double = 60) throws {
        try wait("skiff to be ready", seconds: timeoutSeconds) {
            guard let process, process.isRunning else {
                throw ProgramFailure(description: "skiff ended early: \(log.suffix(3_000))")
            }
            return try curl("/readyz").text == "ok"
        }
    }

    /// Ctrl-C, and waits until it is gone.
    func stop() throws {
        guard let process, process.isRunning else { return }
        kill(process.processIdentifier, SIGTERM)
        try wait("skiff to stop", seconds: 60) { !process.isRunning }
        self.process = nil
    }

    /// What a power cut looks like to the process.
    func killHard() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Stops if it still runs, and removes its directory.
    func remove() {
        do { try stop() } catch { killHard() }
        endLeftovers()
        etcd?.remove()
        try? FileManager.default.removeItem(atPath: directory)
        try? FileManager.default.removeItem(atPath: "\(directory).log")
    }

    /// Containers and a database outlive a skiff that was killed; those of this directory end here, by their ids.
    private func endLeftovers() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for id in names.compactMap({ pid_t($0) }) {
            guard let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
                String(decoding: line, as: UTF8.self).contains(directory)
            else { continue }
            kill(id, SIGKILL)
        }
    }

    var token: String {
        ((try? String(contentsOfFile: "\(directory)/admin.token", encoding: .utf8)) ?? "")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Calls the plain listener as the administrator with curl; the output is the body.
    func curl(_ path: String, _ options: [String] = []) throws -> ProgramResult {
        try Program.run(
            "env",
            Self.inside(networkNamespace) + ["curl", "-sS", "--max-time", "60", "-H", "Authorization: Bearer \(token)"]
                + options
                + ["http://127.0.0.1:\(port)\(path)"])
    }

    /// Runs kubectl with the administrator's kubeconfig.
    func kubectl(_ arguments: String..., input: String? = nil, environment: [String: String] = [:]) throws
        -> ProgramResult
    {
        try kubectl(arguments, input: input, environment: environment)
    }

    func kubectl(_ arguments: [String], input: String? = nil, environment: [String: String] = [:]) throws
        -> ProgramResult
    {
        try Program.run(
            "env", Self.inside(networkNamespace) + ["kubectl"] + arguments, input: input,
            environment: environment.merging(kubectlEnvironment) { $1 })
    }

    /// Starts a kubectl that stays.
    func startKubectl(_ arguments: String...) throws -> Program.Running {
        try Program.start(
            "env", Self.inside(networkNamespace) + ["kubectl"] + arguments, environment: kubectlEnvironment)
    }

    /// What a program is called with so that it runs in a network namespace. (`ip netns exec` would hide control groups.)
    static func inside(_ namespace: String?) -> [String] { namespace.map { ["nsenter", "--net=\($0)"] } ?? [] }

    /// With a discovery cache of its own: another cluster's must not be mistaken for this one's.
    private var kubectlEnvironment: [String: String] {
        ["KUBECONFIG": "\(directory)/admin.conf", "HOME": directory]
    }

    /// kubectl that must succeed; returns its output.
    @discardableResult
    func kubectlDone(_ arguments: String..., input: String? = nil) throws -> String {
        let result = try kubectl(arguments, input: input)
        guard result.exitCode == 0 else {
            throw ProgramFailure(
                description:
                    "kubectl \(arguments.joined(separator: " ")) exited \(result.exitCode): \(result.errors)\(result.output)"
            )
        }
        return result.text
    }
}

/// Asks again and again until it holds; a failing deadline tells what was waited for.
func wait(_ what: String, seconds: Double = 60, until holds: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while true {
        if try holds() { return }
        guard Date() < deadline else { throw ProgramFailure(description: "waited \(seconds) s for \(what)") }
        usleep(50_000)
    }
}
