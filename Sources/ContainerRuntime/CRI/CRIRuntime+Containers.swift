import Basics
import Glibc

extension CRIRuntime {
    public func createContainer(_ container: ContainerConfiguration, in sandboxID: String) async throws -> String {
        guard let sandbox = sandboxes[sandboxID], sandbox.isReady else { throw ContainerError.notFound(sandboxID) }
        var container = container
        if !container.mounts.contains(where: { $0.containerPath == "/etc/hosts" }) {
            container.mounts.append(
                .init(name: "hosts", hostPath: sandboxDirectory(sandboxID) + "/hosts", containerPath: "/etc/hosts"))
        }
        try await completeUser(&container.security, container.image)
        let own = sandbox.configuration
        if !container.logPath.isEmpty, let slash = container.logPath.lastIndex(of: "/") {
            try SystemCall.makeDirectories("\(own.logDirectory)/\(container.logPath[..<slash])")
        }
        let owner = self.owner
        let message = ProtobufMessage { [container] in
            $0.text(1, sandboxID)
            $0.message(2, CRIRequests.container(container, in: own, owner: owner))
            $0.message(3, CRIRequests.sandbox(own, owner: owner))
        }
        let id: String
        do {
            id = try await call("CreateContainer", message).text(1)
        } catch let error as GRPCStatus {
            guard let left = Self.holder(of: error) else { throw ContainerError.refused(error.message) }
            // Of the same attempt, left by a start that came to nothing.
            if try await update(left, sandbox: sandboxID)?.state == .running {
                throw ContainerError.refused(error.message)
            }
            try await removeContainer(left)
            id = try await call("CreateContainer", message).text(1)
        }
        try await update(id, sandbox: sandboxID)
        return id
    }

    /// A group alone goes beside the image's user.
    private func completeUser(_ security: inout ContainerConfiguration.Security, _ image: String) async throws {
        guard security.group != nil, security.user == nil else { return }
        let image = try await imageStatus(image)
        security.userName = image?.userName
        if security.userName == nil { security.user = image?.user ?? 0 }
    }

    /// The id of the container that has the name which was refused; nil when another thing was the matter.
    static func holder(of error: GRPCStatus) -> String? {
        guard error.message.contains("failed to reserve container name"),
            let last = error.message.split(separator: "\"").last, last.count == 64
        else { return nil }
        return String(last)
    }

    public func startContainer(_ id: String) async throws {
        do {
            _ = try await call("StartContainer", CRIRequests.id(id))
        } catch let error as GRPCStatus {
            _ = try? await update(id)
            throw ContainerError.cannotStart(error.message, exitCode: 128)
        }
        try await update(id)
    }

    public func stopContainer(_ id: String, timeoutSeconds: Int) async throws {
        let message = ProtobufMessage {
            $0.text(1, id)
            $0.number(2, timeoutSeconds)
        }
        do {
            _ = try await call(
                "StopContainer", message, timeout: .seconds(timeoutSeconds) + GRPCChannel.timeout)
        } catch let error as GRPCStatus where error.code == GRPCStatus.notFound {
            note(id, nil)
            throw ContainerError.notFound(id)
        }
        try await update(id)
    }

    public func updateContainerResources(_ id: String, _ resources: LinuxResources) async throws {
        _ = try await call("UpdateContainerResources", CRIRequests.update(id, resources))
    }

    public func removeContainer(_ id: String) async throws {
        _ = try await call("RemoveContainer", CRIRequests.id(id))
        note(id, nil)
    }

    public func listContainers() async throws -> [RuntimeContainer] {
        try await refresh()
        return Array(containers.values)
    }

    public func containerStatus(_ id: String) async throws -> RuntimeContainer {
        if let known = containers[id], known.state == .exited { return known }
        guard let container = try await update(id) else { throw ContainerError.notFound(id) }
        return container
    }

    public func stats() async throws -> [ContainerStats] {
        let answer = try await call("ListContainerStats", CRIRequests.owned(owner, field: 3))
        return try answer.messages(1).compactMap { stats -> ContainerStats? in
            let id = try stats.message(1)?.text(1) ?? ""
            return try ContainerStats(cri: stats, sandbox: containers[id]?.sandbox ?? "")
        }
    }

    // MARK: Exec and attach

    static let maximumOutputBytes = 1 << 20

    public func execSync(_ id: String, command: [String], timeoutSeconds: Int) async throws -> ExecResult {
        try checkRuns(id)
        let message = ProtobufMessage {
            $0.text(1, id)
            $0.texts(2, command)
            $0.number(3, timeoutSeconds)
        }
        // Without a time-out a command takes as long as it takes.
        let limit: Duration = timeoutSeconds > 0 ? .seconds(timeoutSeconds) + .seconds(30) : .seconds(1 << 20)
        do {
            let answer = try await call("ExecSync", message, timeout: limit)
            return ExecResult(
                exitCode: answer.number(3), standardOutput: Array(answer.bytes(1).prefix(Self.maximumOutputBytes)),
                standardError: Array(answer.bytes(2).prefix(Self.maximumOutputBytes)))
        } catch let error as GRPCStatus where error.code == GRPCStatus.deadlineExceeded {
            throw ContainerError.timedOut(seconds: timeoutSeconds)
        }
    }

    public func exec(_ id: String, _ request: ExecRequest) async throws -> any ContainerSession {
        try checkRuns(id)
        let streams = RemoteCommandClient.Wanted(
            hasInput: request.hasStandardInput, hasErrors: !request.hasTerminal, hasTerminal: request.hasTerminal)
        let message = ProtobufMessage {
            $0.text(1, id)
            $0.texts(2, request.command)
            $0.flag(3, streams.hasTerminal)
            $0.flag(4, streams.hasInput)
            $0.flag(5, true)
            $0.flag(6, streams.hasErrors)
        }
        return try await RemoteCommandClient.open(try await call("Exec", message).text(1), streams)
    }

    public func attach(_ id: String) async throws -> any ContainerSession {
        let container = try checkRuns(id)
        let streams = RemoteCommandClient.Wanted(
            hasInput: container.hasStandardInput, hasErrors: !container.hasTerminal, hasTerminal: container.hasTerminal)
        let message = ProtobufMessage {
            $0.text(1, id)
            $0.flag(2, streams.hasInput)
            $0.flag(3, streams.hasTerminal)
            $0.flag(4, true)
            $0.flag(5, streams.hasErrors)
        }
        return try await RemoteCommandClient.open(try await call("Attach", message).text(1), streams)
    }

    @discardableResult
    private func checkRuns(_ id: String) throws -> RuntimeContainer {
        guard let container = containers[id] else { throw ContainerError.notFound(id) }
        guard container.state == .running else { throw ContainerError.notRunning(id) }
        return container
    }
}
