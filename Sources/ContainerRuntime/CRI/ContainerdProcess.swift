import Basics
import Glibc
import Logging

/// A containerd of our own, as a child: started, watched, started again when it ends, and ended with us. Containers are
/// not its children (each has a shim), so they go on without it.
public actor ContainerdProcess {
    /// Between two starts, doubled each time up to the second, and forgotten after a good run.
    private static let restarts = Backoff(base: .milliseconds(200), limit: .seconds(30), jitter: 0)
    private static let goodRun = Duration.seconds(60)
    private static let startTimeout = Duration.seconds(60)
    private static let stopTimeout = Duration.seconds(10)

    private let configuration: ContainerdConfiguration
    private let program: String
    private let logger: Logger
    public nonisolated let socket: String
    private var child: SupervisorProcess?
    private var watch: Task<Void, Never>?
    private var isStopping = false

    /// Why this machine has no containerd for us, as a sentence; nil when it has.
    public static var obstacle: String? {
        if geteuid() != 0 { return "only root may run containers" }
        if ToolProcess.find("containerd") == nil { return "containerd is not installed (Debian's containerd)" }
        if ToolProcess.find("ctr") == nil { return "ctr, containerd's client, is not installed" }
        if ToolProcess.find("runc") == nil { return "runc is not installed (Debian's runc)" }
        // runc makes none without them.
        if CgroupLayout(mountInfo: KernelFile.text(of: "/proc/self/mountinfo")) == nil {
            return CgroupTree.noneMounted
        }
        return HostNetwork.obstacle
    }

    /// `networks` are the nodes', in their order.
    public init(directory: String, networks: [PodNetwork], logger: Logger) throws {
        guard let program = ToolProcess.find("containerd"), let runc = ToolProcess.find("runc") else {
            throw ContainerError.refused("containerd and runc are not installed")
        }
        configuration = ContainerdConfiguration(directory: directory, networks: networks, runc: runc)
        guard configuration.socket.utf8.count <= ContainerdConfiguration.maximumSocketPathBytes else {
            throw ContainerError.refused("the path \(configuration.socket) is too long for a socket")
        }
        socket = configuration.socket
        self.program = program
        self.logger = logger
    }

    /// How images are given to the one in a directory, and its socket, for whoever has not started it.
    public static func access(_ directory: String) -> (socket: String, importer: ImageImporter?) {
        let configuration = ContainerdConfiguration(directory: directory, networks: [], runc: "")
        return (configuration.socket, configuration.importer)
    }
    public nonisolated var importer: ImageImporter? { configuration.importer }
    public static func handler(node: Int) -> String { ContainerdConfiguration.handler(node) }

    private var processFile: String { "\(configuration.directory)/process" }

    /// Writes the configuration, ends one that an earlier process of ours has left, starts ours and waits until it answers.
    public func start() async throws {
        try configuration.write()
        await endEarlier()
        try await launch()
        watch = Task { [weak self] in await self?.keepRunning() }
        do { try await importer?.importPause() } catch {
            await stop()
            throw error
        }
    }

    /// Ends it; containers go on.
    public func stop() async {
        isStopping = true
        guard let child else { return }
        kill(child.process, SIGTERM)
        let killer = Task {
            try await Task.sleep(for: Self.stopTimeout)
            kill(child.process, SIGKILL)
        }
        await watch?.value
        killer.cancel()
        unlink(processFile)
    }

    // MARK: The child

    private struct Record: Codable {
        var process: Int
        var start: UInt64
    }

    private func launch() async throws {
        let child = try SupervisorProcess.start(
            [program, "--config", configuration.file], errorLog: "\(configuration.directory)/log", report: nil)
        self.child = child
        if let start = SystemCall.processStart(Int(child.process))?.ticks {
            try StateFile.write(Record(process: Int(child.process), start: start), processFile)
        }
        let channel = GRPCChannel(socket: socket)
        defer { channel.shutdown() }
        let deadline = ContinuousClock.now + Self.startTimeout
        while true {
            do {
                _ = try await channel.call("runtime.v1.RuntimeService/Version", timeout: .seconds(5))
                return
            } catch {
                let hasEnded = SystemCall.processStart(Int(child.process)).map { $0.state == "Z" } ?? true
                guard ContinuousClock.now < deadline, !hasEnded, !Task.isCancelled else {
                    if !hasEnded { kill(child.process, SIGKILL) }
                    child.reap()
                    self.child = nil
                    throw ContainerError.refused("containerd does not start: \(complaint ?? "\(error)")")
                }
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// The end of what it has said.
    private var complaint: String? {
        SystemCall.contents(of: "\(configuration.directory)/log").map {
            String(decoding: $0.suffix(500), as: UTF8.self)
        }
    }

    private func keepRunning() async {
        var failures = 0
        while true {
            let begun = ContinuousClock.now
            if let child {
                let code = await child.exitCode()
                if isStopping { return }
                logger.error(
                    "containerd has ended", metadata: ["code": "\(code)", "said": "\(complaint ?? "")"])
            }
            if ContinuousClock.now - begun > Self.goodRun { failures = 0 }
            try? await Task.sleep(for: Self.restarts.longestDelay(afterFailures: failures))
            if isStopping { return }
            failures += 1
            child = nil
            do { try await launch() } catch {
                logger.error("Cannot start containerd", metadata: ["error": "\(error)"])
            }
        }
    }

    /// One that went on when we were killed, and has the configuration of then.
    private func endEarlier() async {
        guard let record = StateFile.read(Record.self, processFile) else { return }
        func lives() -> Bool {
            guard let found = SystemCall.processStart(record.process) else { return false }
            return found.ticks == record.start && found.state != "Z"
        }
        guard lives() else { return }
        kill(pid_t(record.process), SIGTERM)
        let deadline = ContinuousClock.now + Self.stopTimeout
        while lives(), ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(20)) }
        if lives() { kill(pid_t(record.process), SIGKILL) }
    }
}
