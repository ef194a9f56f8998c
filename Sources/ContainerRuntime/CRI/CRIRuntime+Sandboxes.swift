import APIMachinery
import Basics
import Glibc

extension CRIRuntime {
    /// Making a sandbox waits for network plugins, and for the sandbox's own image.
    private static let sandboxTimeout = Duration.seconds(240)

    func sandboxDirectory(_ id: String) -> String { "\(configuration.directory)/sandboxes/\(id)" }

    /// Of our own containerd each node has a handler, which is runc; all others are what its configuration names.
    private func handler(_ named: String?) -> String {
        guard let named, !named.isEmpty, configuration.handler.isEmpty || named != "runc" else {
            return configuration.handler
        }
        return named
    }

    public func runPodSandbox(_ sandbox: SandboxConfiguration) async throws -> Sandbox {
        let handler = handler(sandbox.handler)
        let message = ProtobufMessage {
            $0.message(1, CRIRequests.sandbox(sandbox, owner: owner))
            $0.text(2, handler)
        }
        let id = try await call("RunPodSandbox", message, timeout: Self.sandboxTimeout).text(1)
        var made = try await ask(id)
        made.configuration = sandbox
        try keep(made)
        return made
    }

    /// As the runtime knows it.
    private func ask(_ id: String) async throws -> Sandbox {
        guard let status = try await call("PodSandboxStatus", CRIRequests.id(id)).message(1) else {
            throw ContainerError.notFound(id)
        }
        let ip = try status.message(5)?.text(1) ?? ""
        return try Sandbox(cri: status, ip: ip.isEmpty ? configuration.hostIP : ip, labels: 7)
    }

    private func keep(_ sandbox: Sandbox) throws {
        let directory = sandboxDirectory(sandbox.id)
        try SystemCall.makeDirectories(directory, mode: 0o711)
        try SystemCall.replace(directory + "/hosts", with: Array(SandboxIdentity(sandbox).hosts.utf8), mode: 0o644)
        try StateFile.write(sandbox, directory + "/sandbox.json")
        sandboxes[sandbox.id] = sandbox
    }

    public func stopPodSandbox(_ id: String) async throws {
        do {
            _ = try await call("StopPodSandbox", CRIRequests.id(id), timeout: Self.sandboxTimeout)
        } catch let error as GRPCStatus where error.code == GRPCStatus.notFound { return }
        for container in containers.values where container.sandbox == id && container.state != .exited {
            try await update(container.id)
        }
        guard var sandbox = sandboxes[id], sandbox.isReady else { return }
        sandbox.isReady = false
        try keep(sandbox)
    }

    public func removePodSandbox(_ id: String) async throws {
        try await stopPodSandbox(id)
        _ = try await call("RemovePodSandbox", CRIRequests.id(id), timeout: Self.sandboxTimeout)
        sandboxes[id] = nil
        SystemCall.removeTree(sandboxDirectory(id))
        for container in containers.values where container.sandbox == id { note(container.id, nil) }
    }

    public func listPodSandbox() async throws -> [Sandbox] {
        let answer = try await call("ListPodSandbox", CRIRequests.owned(owner, field: 3))
        var found: [String: Sandbox] = [:]
        for listed in try answer.messages(1) {
            let id = listed.text(1)
            let isReady = listed.number(3) == 0
            var sandbox: Sandbox
            if let known = sandboxes[id] ?? StateFile.read(Sandbox.self, sandboxDirectory(id) + "/sandbox.json") {
                sandbox = known
            } else {
                // Made just before we ended, or by us under way; or removed since the list was made.
                do { sandbox = try await ask(id) } catch let error as GRPCStatus
                    where error.code == GRPCStatus.notFound
                { continue }
                try keep(sandbox)
            }
            sandbox.isReady = isReady
            found[id] = sandbox
            sandboxes[id] = sandbox
        }
        return Array(found.values)
    }

    /// Stops the sandboxes of which no container runs: before an ordered end, so that nothing is left but what goes on.
    public func stopIdleSandboxes() async {
        let busy = Set(containers.values.filter { $0.state == .running }.map(\.sandbox))
        await withTaskGroup(of: Void.self) { group in
            for sandbox in sandboxes.values where sandbox.isReady && !busy.contains(sandbox.id) {
                group.addTask { try? await self.stopPodSandbox(sandbox.id) }
            }
        }
    }

    /// The pod's network namespace; nil is the machine's.
    func network(of sandbox: Sandbox) async throws -> NetworkNamespace? {
        guard !sandbox.configuration.usesHostNetwork else { return nil }
        let answer = try await call(
            "PodSandboxStatus",
            ProtobufMessage {
                $0.text(1, sandbox.id)
                $0.flag(2, true)
            })
        let details = try JSON(parsing: Array(answer.map(2)["info"]?.utf8 ?? "{}".utf8))
        let namespaces = details["runtimeSpec", "linux", "namespaces"]?.elements ?? []
        guard let path = namespaces.first(where: { $0["type"]?.string == "network" })?["path"]?.string,
            let slash = path.lastIndex(of: "/")
        else { return nil }
        // As /var/run/netns/cni-…, which is /run/netns.
        return NetworkNamespace(name: String(path[path.index(after: slash)...]))
    }

    public func portForward(_ id: String, port: Int) async throws -> any ContainerConnection {
        guard let sandbox = sandboxes[id], sandbox.isReady else { throw ContainerError.notFound(id) }
        do {
            return try await SocketConnection.connect("127.0.0.1", port: port, in: try await network(of: sandbox))
        } catch ContainerError.system(_, ECONNREFUSED) {
            throw ContainerError.refused("dial tcp 127.0.0.1:\(port): connect: connection refused")
        }
    }
}
