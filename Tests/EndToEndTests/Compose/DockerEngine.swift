import Foundation
import TestKit

/// A Docker engine of the test's own: its data, its socket and its network are nobody else's, and go with it.
final class DockerEngine {
    /// How the image is to be made; nil where nobody wants it.
    static let wanted = ProcessInfo.processInfo.environment["SKIFF_TEST_COMPOSE"]
    static var isWanted: Bool { wanted != nil && isInstalled }

    private static var isInstalled: Bool {
        geteuid() == 0
            && ["/usr/sbin/dockerd", "/usr/sbin/debootstrap", "/usr/bin/dpkg-scanpackages"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: $0)
            }
    }
    /// In the engine's network, where nothing else is.
    private static let (bridge, gateway, port) = ("172.31.99.1/24", "172.31.99.1", 8999)

    let directory: String
    private let network: String
    private var processes: [Program.Running] = []

    /// Starts it. Throws what its log says if it does not come up.
    init() throws {
        let number = UUID().uuidString.prefix(8).lowercased()
        directory = FileManager.default.temporaryDirectory.path + "/skiff-docker-\(number)"
        network = "skiff-\(number)"
        try FileManager.default.createDirectory(atPath: "\(directory)/bin", withIntermediateDirectories: true)
        // Where the engine has no "docker compose", the older program does the same.
        let shim =
            "#!/bin/sh\nif [ \"$1\" = compose ]; then shift; exec docker-compose \"$@\"; fi\nexec /usr/bin/docker \"$@\"\n"
        try shim.write(toFile: "\(directory)/bin/docker", atomically: true, encoding: .utf8)
        chmod("\(directory)/bin/docker", 0o755)
        _ = try host("ip", "netns", "add", network)
        _ = try host("ip", "-n", network, "link", "set", "lo", "up")
        processes.append(
            try start(
                "dockerd", "--data-root", "\(directory)/data", "--exec-root", "\(directory)/run", "--pidfile",
                "\(directory)/dockerd.pid", "--host", socket, "--bip", Self.bridge))
        try wait("the engine", seconds: 60) {
            guard processes[0].isRunning else {
                throw ProgramFailure(description: "dockerd ended: \(try processes[0].result().errors.suffix(2_000))")
            }
            return try run("docker info").exitCode == 0
        }
    }

    private var socket: String { "unix://\(directory)/docker.sock" }

    private var environment: [String: String] {
        [
            "DOCKER_HOST": socket, "DOCKER_BUILDKIT": "1", "COMPOSE_DOCKER_CLI_BUILD": "1", "HOME": directory,
            "COMPOSE_PROJECT_NAME": "skiff", "PATH": "\(directory)/bin:/usr/sbin:/usr/bin:/sbin:/bin:" + Self.path,
        ]
    }
    private static var path: String { ProcessInfo.processInfo.environment["PATH"] ?? "" }

    private func start(_ command: String...) throws -> Program.Running {
        try Program.start("nsenter", ["--net=/run/netns/\(network)"] + command, environment: environment)
    }

    private func host(_ command: String...) throws -> ProgramResult {
        let result = try Program.run(command[0], Array(command.dropFirst()))
        guard result.exitCode == 0 else { throw ProgramFailure(description: "\(command): \(result.errors)") }
        return result
    }

    /// Runs a line of a shell as on the engine's host, at the repository's root.
    func run(_ line: String, environment more: [String: String] = [:], timeoutSeconds: Double = 600) throws
        -> ProgramResult
    {
        let root = ClusterProcess.root.path
        return try Program.run(
            "nsenter", ["--net=/run/netns/\(network)", "--wd=\(root)", "sh", "-c", line],
            environment: environment.merging(more) { $1 }, timeoutSeconds: timeoutSeconds)
    }

    /// The same, which must succeed; its output without white space around it.
    @discardableResult
    func done(_ line: String, environment more: [String: String] = [:], timeoutSeconds: Double = 600) throws -> String {
        let result = try run(line, environment: more, timeoutSeconds: timeoutSeconds)
        guard result.exitCode == 0 else {
            throw ProgramFailure(description: "\(line): \(result.errors.suffix(3_000))\(result.output.suffix(1_000))")
        }
        return result.text
    }

    /// Makes the images that the repository's own builds on, and serves the packages for it.
    func assemble(withToolchain: Bool) throws {
        let repository = "\(directory)/repository"
        try FileManager.default.createDirectory(atPath: repository, withIntermediateDirectories: true)
        processes.append(
            try start(
                "python3", "-m", "http.server", "\(Self.port)", "--bind", Self.gateway, "--directory", repository))
        // Packages come over the machine's own network; the engine is reached by its socket.
        let script = ClusterProcess.root.appending(path: ".ci/compose/assemble").path
        let result = try Program.run(
            "bash", [script, directory, "\(Self.gateway):\(Self.port)"] + (withToolchain ? ["swift"] : []),
            environment: environment, timeoutSeconds: 1_800)
        guard result.exitCode == 0 else {
            throw ProgramFailure(description: "the images cannot be assembled: \(result.errors.suffix(3_000))")
        }
    }

    /// Ends the engine and all that it has.
    func remove() {
        // With a signal that it takes for a wish, so that it unmounts what it has mounted.
        processes.first?.interrupt()
        _ = try? processes.first?.result(timeoutSeconds: 60)
        for process in processes { process.end() }
        _ = try? host("ip", "netns", "delete", network)
        _ = try? Program.run("rm", ["-rf", "--one-file-system", directory])
    }
}
