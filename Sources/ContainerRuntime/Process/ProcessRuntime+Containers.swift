import Basics
import FoundationEssentials
import Glibc
import Listening

extension ProcessRuntime {
    public func createContainer(_ container: ContainerConfiguration, in sandboxID: String) async throws -> String {
        guard let sandbox = sandboxes[sandboxID], sandbox.isReady else { throw ContainerError.notFound(sandboxID) }
        guard let image = configuration.catalog.entry(container.image) else {
            throw ContainerError.imageNotFound(container.image)
        }
        guard containers.count < Self.maximumContainers else {
            throw ContainerError.exhausted("containers on this node")
        }
        let id = Self.newID()
        let directory = containerDirectory(id)
        var container = container
        if container.security.user == nil { container.security.user = image.user }
        var isolation = self.isolation
        var holder: ProcessHolder?
        if isolation == .full, sandbox.configuration.usesHostProcesses {
            isolation = .hostProcesses
        } else if isolation == .full, let target = container.target {
            holder = ProcessHolder(containers[target]?.outcome?.process)
            isolation = .sharedProcesses
        } else if isolation == .full, sandbox.configuration.sharesProcesses == true {
            holder = try await processHolder(sandboxID)
            isolation = .sharedProcesses
            guard sandboxes[sandboxID]?.isReady == true else { throw ContainerError.notFound(sandboxID) }
        }
        let plan = try ContainerPlan(
            container, image: image, sandbox: sandbox, isolation: isolation, volumes: directory + "/volumes",
            identity: sandboxDirectory(sandboxID))
        var record = ContainerRecord(
            id: id, sandbox: sandboxID, configuration: container, createdAt: SystemClock().now,
            imageReference: ImageReference.expanded(container.image), arguments: plan.arguments,
            environment: plan.environment, workingDirectory: plan.workingDirectory, stopSignal: plan.stopSignal,
            logPath: container.logPath.isEmpty
                ? "" : sandbox.configuration.logDirectory + "/" + container.logPath,
            isolation: isolation, identityDirectory: sandboxDirectory(sandboxID),
            hostname: sandbox.configuration.hostname, hiddenPaths: configuration.hiddenPaths,
            base: isolation == .none ? nil : try base().directory,
            shownPaths: image.shownPaths + configuration.shownPaths,
            sysctls: sandbox.configuration.sysctls?.filter { !KernelParameter.isOfNetwork($0.key) },
            processHolder: holder, mounts: plan.mounts)
        record.networkNamespace = network(of: sandbox)?.path
        record.cgroup = cgroup(id, in: sandbox)
        do {
            try SystemCall.makeDirectories(directory, mode: 0o700)
            for mount in plan.mounts where mount.hostPath.hasPrefix(directory) {
                try SystemCall.makeDirectories(mount.hostPath)
            }
            try StateFile.write(record, directory + "/" + ContainerFile.record)
        } catch {
            SystemCall.removeTree(directory)
            throw error
        }
        containers[id] = ContainerEntry(record: record)
        broadcaster.send(ContainerEvent(.created, container: id, sandbox: sandboxID))
        return id
    }

    public func startContainer(_ id: String) async throws {
        guard let entry = containers[id] else { throw ContainerError.notFound(id) }
        guard entry.outcome == nil, entry.start == nil else {
            throw ContainerError.refused("container \(id) was started before")
        }
        containers[id]?.start = Gate()
        await takeStartSlot()
        defer {
            giveStartSlotBack()
            startEnded(id)
        }
        let directory = containerDirectory(id)
        do { try makeCgroup(entry.record) } catch {
            throw startFailed(id, .failed(code: 128, why: "\(error)"), directory)
        }
        let pipe = try SystemCall.pipe()
        let process: SupervisorProcess
        do {
            defer { close(pipe.write) }
            process = try SupervisorProcess.start(
                configuration.supervisor + [directory], errorLog: directory + "/" + ContainerFile.errorLog,
                report: pipe.write)
        } catch {
            close(pipe.read)
            removeCgroup(entry.record)
            throw error
        }
        SystemCall.setNonBlocking(pipe.read)
        let report = AsyncDescriptor(pipe.read)
        var decoder = SupervisorMessage.Decoder()
        while let bytes = try await report.read() { decoder.append(bytes) }
        report.cancel()
        let answer = try decoder.next()
        guard case .exited? = answer else {
            process.reap()
            removeCgroup(entry.record)
            throw startFailed(id, answer, directory)
        }
        containers[id]?.outcome = StateFile.read(ContainerOutcome.self, directory + "/" + ContainerFile.outcome)
        broadcaster.send(ContainerEvent(.started, container: id, sandbox: entry.record.sandbox))
        if let supervisor = pidfd(Int(process.process)) {
            watch(id, supervisor, process: process)
        } else {
            throw ContainerError.system(call: "pidfd_open", number: errno)
        }
    }

    private func startFailed(_ id: String, _ answer: SupervisorMessage?, _ directory: String) -> ContainerError {
        var why = "the container's supervisor ended"
        if case .failed(_, let sentence)? = answer {
            why = sentence
        } else if let errorLog = SystemCall.contents(of: directory + "/" + ContainerFile.errorLog),
            !errorLog.isEmpty
        {
            why += ": " + String(decoding: errorLog.suffix(500), as: UTF8.self)
        }
        var outcome = ContainerOutcome(supervisor: 0, supervisorStart: 0)
        outcome.finishedAt = SystemClock().now
        // As containerd tells it, whatever the reason.
        outcome.exitCode = 128
        outcome.reason = "StartError"
        outcome.message = why
        try? StateFile.write(outcome, directory + "/" + ContainerFile.outcome)
        containers[id]?.outcome = outcome
        return .cannotStart(why, exitCode: outcome.exitCode)
    }

    public func stopContainer(_ id: String, timeoutSeconds: Int) async throws {
        await waitForStart(id)
        guard let entry = containers[id] else { throw ContainerError.notFound(id) }
        guard entry.supervisor != nil else { return }
        let directory = containerDirectory(id)
        if timeoutSeconds > 0 {
            // A supervisor that cannot be reached is at its end, or is killed below.
            try? await SupervisorClient.signal(entry.record.stopSignal, directory: directory)
            if await waitForEnd(id, seconds: timeoutSeconds) { return }
        }
        do {
            try await SupervisorClient.signal(SIGKILL, directory: directory)
        } catch {
            killSupervisor(id)
        }
        // Longer than a supervisor drains streams.
        if await waitForEnd(id, seconds: 10) { return }
        killSupervisor(id)
        guard await waitForEnd(id, seconds: 10) else { throw ContainerError.refused("container \(id) does not end") }
    }
    private func killSupervisor(_ id: String) {
        guard let outcome = containers[id]?.outcome,
            SystemCall.processStart(outcome.supervisor)?.ticks == outcome.supervisorStart
        else { return }
        kill(pid_t(outcome.supervisor), SIGKILL)
    }

    public func removeContainer(_ id: String) async throws {
        guard containers[id] != nil else { return }
        try await stopContainer(id, timeoutSeconds: 0)
        guard let entry = containers.removeValue(forKey: id) else { return }
        removeCgroup(entry.record)
        SystemCall.removeTree(containerDirectory(id))
        broadcaster.send(ContainerEvent(.deleted, container: id, sandbox: entry.record.sandbox))
    }

    public func listContainers() async throws -> [RuntimeContainer] { containers.values.map { status($0) } }
    public func containerStatus(_ id: String) async throws -> RuntimeContainer {
        guard let entry = containers[id] else { throw ContainerError.notFound(id) }
        return status(entry)
    }

    private func status(_ entry: ContainerEntry) -> RuntimeContainer {
        let record = entry.record
        var status = RuntimeContainer(
            id: record.id, sandbox: record.sandbox, name: record.configuration.name,
            attempt: record.configuration.attempt, state: .created, createdAt: record.createdAt,
            image: record.configuration.image, imageReference: record.imageReference)
        status.logPath = record.logPath
        status.labels = record.configuration.labels
        status.annotations = record.configuration.annotations
        status.hasTerminal = record.configuration.hasTerminal
        status.hasStandardInput = record.configuration.hasStandardInput
        if let outcome = entry.outcome {
            status.startedAt = outcome.startedAt
            status.process = outcome.process
            // The exit is news only once the supervisor has ended and all of the log is written.
            if let finishedAt = outcome.finishedAt, entry.supervisor == nil {
                status.state = .exited
                status.finishedAt = finishedAt
                status.exitCode = outcome.exitCode
                status.signal = outcome.signal
                status.reason = outcome.reason
                status.message = outcome.message
            } else {
                status.state = .running
            }
        }
        return status
    }

    // MARK: Exec, attach, ports

    public func execSync(_ id: String, command: [String], timeoutSeconds: Int) async throws -> ExecResult {
        let session = try await exec(id, ExecRequest(command: command))
        defer { session.cancel() }
        return try await withThrowingTaskGroup(of: ExecResult.self) { group in
            group.addTask { try await Self.collect(session) }
            if timeoutSeconds > 0 {
                group.addTask {
                    try await Task.sleep(for: .seconds(timeoutSeconds))
                    session.cancel()
                    throw ContainerError.timedOut(seconds: timeoutSeconds)
                }
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw ContainerError.notRunning(id) }
            return result
        }
    }
    private static func collect(_ session: any ContainerSession) async throws -> ExecResult {
        let limit = 1 << 20
        var result = ExecResult(exitCode: -1, standardOutput: [], standardError: [])
        while let output = try await session.next() {
            switch output {
            case .standardOutput(let bytes):
                result.standardOutput.append(contentsOf: bytes.prefix(limit - result.standardOutput.count))
            case .standardError(let bytes):
                result.standardError.append(contentsOf: bytes.prefix(limit - result.standardError.count))
            case .exited(let code):
                result.exitCode = code
                return result
            }
        }
        throw ContainerError.refused("the command's end is not known: the container ended")
    }

    public func exec(_ id: String, _ request: ExecRequest) async throws -> any ContainerSession {
        try await SupervisorClient.exec(request, directory: try runningDirectory(id))
    }
    public func attach(_ id: String) async throws -> any ContainerSession {
        try await SupervisorClient.attach(directory: try runningDirectory(id))
    }
    private func runningDirectory(_ id: String) throws -> String {
        guard let entry = containers[id] else { throw ContainerError.notFound(id) }
        guard entry.supervisor != nil else { throw ContainerError.notRunning(id) }
        return containerDirectory(id)
    }

    public func portForward(_ sandboxID: String, port: Int) async throws -> any ContainerConnection {
        guard let sandbox = sandboxes[sandboxID], sandbox.isReady else { throw ContainerError.notFound(sandboxID) }
        if let network = network(of: sandbox) {
            do {
                return try await SocketConnection.connect("127.0.0.1", port: port, in: network)
            } catch ContainerError.system(_, ECONNREFUSED) { throw Self.refused("127.0.0.1", port) }
        }
        do {
            return try await SocketConnection.connect(sandbox.ip, port: port)
        } catch ContainerError.system(_, ECONNREFUSED) {
            // A program that listens on 127.0.0.1 means its pod's; it must be the pod's own, as the address is the
            // machine's too.
            guard let address = ownAddress(sandboxID, port: port) else { throw Self.refused(sandbox.ip, port) }
            return try await SocketConnection.connect(address, port: port)
        }
    }
    private static func refused(_ address: String, _ port: Int) -> ContainerError {
        .refused("dial tcp \(address):\(port): connect: connection refused")
    }
    private func ownAddress(_ sandboxID: String, port: Int) -> String? {
        let table = ProcessTable.read()
        let processes = containers.values.filter { $0.record.sandbox == sandboxID && $0.supervisor != nil }
            .compactMap(\.outcome?.supervisor).flatMap { table.processes(below: $0) }
        return SocketTable.read(.tcp).address(port: port, heldBy: processes)
    }

    // MARK: Images and figures

    public func pullImage(_ image: String) async throws -> String {
        guard ImageReference.isValid(image), configuration.catalog.entry(image) != nil else {
            throw ContainerError.imageNotFound(image)
        }
        return ImageReference.expanded(image)
    }
    public func listImages() async throws -> [RuntimeImage] {
        configuration.catalog.entries.flatMap(\.images).map { pattern in
            let name = ImageReference.expanded(pattern.replacing("*", with: "latest"))
            return RuntimeImage(reference: name, names: [name], sizeBytes: 0)
        }
    }
    public func imageStatus(_ image: String) async throws -> RuntimeImage? {
        guard ImageReference.isValid(image), let entry = configuration.catalog.entry(image) else { return nil }
        let reference = ImageReference.expanded(image)
        return RuntimeImage(reference: reference, names: [reference], sizeBytes: 0, user: entry.user)
    }
}
