import Basics
import FoundationEssentials
import Glibc

extension ProcessRuntime {
    public func runPodSandbox(_ sandboxConfiguration: SandboxConfiguration) async throws -> Sandbox {
        if let handler = sandboxConfiguration.handler, !handler.isEmpty {
            throw ContainerError.refused(
                "failed to get sandbox runtime: no runtime for \"\(handler)\" is configured")
        }
        var sandbox = Sandbox(
            id: Self.newID(), configuration: sandboxConfiguration, isReady: true, ip: configuration.hostIP,
            createdAt: SystemClock().now)
        let directory = sandboxDirectory(sandbox.id)
        do {
            try await connect(&sandbox)
            try SystemCall.makeDirectories(directory, mode: 0o755)
            try SandboxIdentity(sandbox).write(to: directory)
            try SystemCall.replace(directory + "/" + ContainerFile.boot, with: Array(configuration.bootID.utf8))
            try StateFile.write(sandbox, directory + "/sandbox.json")
        } catch {
            try? await disconnect(sandbox)
            SystemCall.removeTree(directory)
            throw error
        }
        sandboxes[sandbox.id] = sandbox
        return sandbox
    }

    /// Gives it its address.
    private func connect(_ sandbox: inout Sandbox) async throws {
        guard !sandbox.configuration.usesHostNetwork else { return }
        if let bridge = configuration.bridge {
            await takeStartSlot()
            defer { giveStartSlotBack() }
            let parameters = (sandbox.configuration.sysctls ?? [:]).filter { KernelParameter.isOfNetwork($0.key) }
            let (address, port) = try await bridge.join(sandbox.id, parameters: parameters)
            (sandbox.ip, sandbox.port) = (address, port)
        } else {
            guard let address = addresses.take() else { throw ContainerError.exhausted("pod addresses on this node") }
            sandbox.ip = address
            try SystemCall.replace(
                configuration.directory + "/last-address", with: Array(String(addresses.lastUsed).utf8))
        }
    }
    /// Takes its address from it.
    private func disconnect(_ sandbox: Sandbox) async throws {
        guard !sandbox.configuration.usesHostNetwork else { return }
        if let bridge = configuration.bridge {
            try await bridge.leave(sandbox.id)
        } else {
            addresses.giveBack(sandbox.ip)
        }
    }

    public func stopPodSandbox(_ id: String) async throws {
        guard var sandbox = sandboxes[id], sandbox.isReady else { return }
        for container in containers.values where container.record.sandbox == id {
            try await stopContainer(container.record.id, timeoutSeconds: 0)
        }
        // While it is ready a crash finds what is left of its network.
        if configuration.bridge != nil { try await disconnect(sandbox) }
        guard sandboxes[id]?.isReady == true else { return }
        endProcessHolder(id)
        sandbox.isReady = false
        try StateFile.write(sandbox, sandboxDirectory(id) + "/sandbox.json")
        sandboxes[id] = sandbox
        if configuration.bridge == nil { try await disconnect(sandbox) }
    }

    public func removePodSandbox(_ id: String) async throws {
        try await stopPodSandbox(id)
        for container in containers.values where container.record.sandbox == id {
            try await removeContainer(container.record.id)
        }
        sandboxes[id] = nil
        SystemCall.removeTree(sandboxDirectory(id))
    }

    public func listPodSandbox() async throws -> [Sandbox] { Array(sandboxes.values) }

    // MARK: Shared processes

    /// The first process of the sandbox's process namespace, started for the first container.
    func processHolder(_ id: String) async throws -> ProcessHolder {
        let directory = sandboxDirectory(id)
        if let task = processHolders[id] { return try await task.value }
        if let holder = StateFile.read(ProcessHolder.self, directory + "/" + ContainerFile.holder), holder.lives {
            return holder
        }
        let supervisor = configuration.supervisor
        let task = Task {
            let empty = directory + "/empty"
            try SystemCall.makeDirectories(empty)
            let pipe = try SystemCall.pipe()
            let process: SupervisorProcess
            do {
                defer { close(pipe.write) }
                process = try SupervisorProcess.start(
                    supervisor + [ContainerSupervisor.holdArgument, empty],
                    errorLog: directory + "/" + ContainerFile.errorLog, report: pipe.write)
            } catch {
                close(pipe.read)
                throw error
            }
            SystemCall.setNonBlocking(pipe.read)
            let report = AsyncDescriptor(pipe.read)
            defer { report.cancel() }
            var decoder = SupervisorMessage.Decoder()
            while let bytes = try await report.read() { decoder.append(bytes) }
            _ = await process.exitCode()
            guard case .exited(let number)? = try decoder.next(), let holder = ProcessHolder(Int(number)) else {
                throw ContainerError.refused("cannot make a process namespace")
            }
            try StateFile.write(holder, directory + "/" + ContainerFile.holder)
            return holder
        }
        processHolders[id] = task
        defer { processHolders[id] = nil }
        let holder = try await task.value
        // Its sandbox may have been stopped while it started.
        if sandboxes[id]?.isReady != true { kill(pid_t(holder.process), SIGKILL) }
        return holder
    }
    /// All processes of the namespace end with it.
    private func endProcessHolder(_ id: String) {
        guard
            let holder = StateFile.read(ProcessHolder.self, sandboxDirectory(id) + "/" + ContainerFile.holder),
            holder.lives
        else { return }
        kill(pid_t(holder.process), SIGKILL)
    }

    static func newID() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in generator.next().digits(16, radix: 16) }.joined()
    }
}

/// A pod's /etc/hosts, /etc/resolv.conf and /etc/hostname.
struct SandboxIdentity {
    let hosts: String
    /// nil leaves the host's.
    let resolver: String?
    let hostname: String

    init(_ sandbox: Sandbox) {
        let configuration = sandbox.configuration
        var lines =
            Self.ofTheHost(configuration) ?? [
                "# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback",
                "fe00::0\tip6-localnet", "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters",
                sandbox.ip + "\t" + Self.names(configuration),
            ]
        if !configuration.hostAliases.isEmpty {
            lines += ["", "# Entries added by HostAliases."]
            lines += configuration.hostAliases.map { "\($0.ip)\t\($0.hostnames.joined(separator: "\t"))" }
        }
        hosts = lines.joined(separator: "\n") + "\n"
        hostname = configuration.hostname + "\n"
        let dns = configuration.dns
        if dns.servers.isEmpty {
            let ofTheHost = Self.text("/etc/resolv.conf")
            // A server at a loopback address is the machine's, and not to be reached from another network.
            let others = sandbox.port == nil ? nil : Self.text("/run/systemd/resolve/resolv.conf")
            resolver = Self.resolver(ofTheHost, others: others)
        } else {
            var lines: [String] = []
            if !dns.searches.isEmpty { lines.append("search " + dns.searches.joined(separator: " ")) }
            lines += dns.servers.map { "nameserver \($0)" }
            if !dns.options.isEmpty { lines.append("options " + dns.options.joined(separator: " ")) }
            resolver = lines.joined(separator: "\n") + "\n"
        }
    }

    /// With a full name that and its first part, else the host name.
    private static func names(_ configuration: SandboxConfiguration) -> String {
        guard let name = configuration.fullName else { return configuration.hostname }
        return "\(name)\t\(name.prefix { $0 != "." })"
    }

    /// The host's, or the one that systemd-resolved keeps for others where the host's names only itself.
    static func resolver(_ ofTheHost: String?, others: String?) -> String? {
        let servers = (ofTheHost ?? "").split(separator: "\n").filter { $0.hasPrefix("nameserver") }
        let isOwn = servers.allSatisfy { line in
            line.split(separator: " ").dropFirst().first.map { $0.hasPrefix("127.") || $0 == "::1" } ?? true
        }
        return isOwn ? others ?? ofTheHost : ofTheHost
    }
    private static func text(_ path: String) -> String? {
        SystemCall.contents(of: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A pod in the host's network knows the names that the host knows.
    private static func ofTheHost(_ configuration: SandboxConfiguration) -> [String]? {
        guard configuration.usesHostNetwork, let bytes = SystemCall.contents(of: "/etc/hosts") else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return ["# Kubernetes-managed hosts file (host network)."]
            + text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    func write(to directory: String) throws(ContainerError) {
        try SystemCall.replace(directory + "/hosts", with: Array(hosts.utf8), mode: 0o644)
        try SystemCall.replace(directory + "/hostname", with: Array(hostname.utf8), mode: 0o644)
        if let resolver {
            try SystemCall.replace(directory + "/resolv.conf", with: Array(resolver.utf8), mode: 0o644)
        }
    }
}
