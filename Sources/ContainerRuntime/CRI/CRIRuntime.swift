import Basics
import Glibc
import Logging

/// Containers from images, by a container runtime that speaks CRI v1 over gRPC at a unix socket: containerd, our own
/// (`ContainerdProcess`) or somebody else's.
///
/// The runtime keeps sandboxes and containers, also while we are away; what is ours bears our label. We keep of a sandbox
/// what the runtime does not tell again (`sandboxes/<id>/`: its configuration, and its /etc/hosts).
/// **Invariant:** what changes of a container is told to listeners once, whoever notices it: all of it goes through `note`.
public actor CRIRuntime: RuntimeService {
    public struct Configuration: Sendable {
        /// The runtime's socket.
        public var socket: String
        /// Our own directory, and the mark of what is ours.
        public var directory: String
        /// Which of the runtime's handlers runs the pods: each node's has a network of its own. Empty is its default.
        public var handler = ""
        /// Address of pods with `hostNetwork`.
        public var hostIP = "127.0.0.1"
        /// Images that are assembled from what the machine has, rather than pulled.
        public var catalog: ImageCatalog
        /// How images are given to the runtime; nil: it can only pull.
        public var importer: ImageImporter?
        /// A log is turned over when it has become so large, in bytes, and so many are kept; as the kubelet's defaults have it.
        public var maximumLogBytes = 10 << 20
        public var maximumLogFiles = 5
        public init(socket: String, directory: String, catalog: ImageCatalog) {
            self.socket = socket
            self.directory = directory
            self.catalog = catalog
        }
    }

    /// How often it is looked what has become of containers; the runtimes of today tell nobody.
    static let pollInterval = Duration.milliseconds(250)
    /// Pulls at one time; more wait.
    static let maximumPulls = 5

    public nonisolated let information: RuntimeInformation
    nonisolated let channel: GRPCChannel
    let configuration: Configuration
    let logger: Logger
    nonisolated let broadcaster = EventBroadcaster()
    /// As they were last seen.
    var containers: [String: RuntimeContainer] = [:]
    var sandboxes: [String: Sandbox] = [:]
    /// Images that were assembled since the start, by name.
    var assembled: Set<String> = []
    let pulls = TurnLine(maximum: maximumPulls)
    let assemblies = TurnLine(maximum: 1)
    private var polling: Task<Void, Never>?
    private var isAway = false

    private init(
        _ configuration: Configuration, _ channel: GRPCChannel, name: String, version: String,
        _ status: ProtobufFields, _ logger: Logger
    ) throws {
        self.configuration = configuration
        self.channel = channel
        self.logger = logger
        var abilities: Set<RuntimeInformation.Ability> = [
            .exec, .attach, .portForward, .logs, .imagePull, .fileSystems, .namespaces, .networkNamespaces, .stats,
            .limits,
        ]
        if try status.message(4)?.flag(1) == true { abilities.insert(.supplementalGroupsPolicy) }
        var information = RuntimeInformation(name: name, version: version, abilities: abilities)
        information.handlers = try status.messages(3).map { try RuntimeInformation.Handler(cri: $0) }
        self.information = information
    }

    /// Asks the runtime who it is and adopts what is there of ours. Throws when it does not answer.
    public static func open(_ configuration: Configuration, logger: Logger) async throws -> CRIRuntime {
        try SystemCall.makeDirectories("\(configuration.directory)/sandboxes", mode: 0o711)
        let runtime = try await images(configuration, logger: logger)
        try await runtime.adopt()
        return runtime
    }

    /// For its images alone: of pods it knows nothing.
    public static func images(_ configuration: Configuration, logger: Logger) async throws -> CRIRuntime {
        let channel = GRPCChannel(socket: configuration.socket)
        let version = try await channel.call("runtime.v1.RuntimeService/Version")
        let status = try await channel.call("runtime.v1.RuntimeService/Status")
        return try CRIRuntime(
            configuration, channel, name: version.text(2), version: version.text(3), status, logger)
    }

    /// Ends the looking; what runs goes on.
    public func close() {
        polling?.cancel()
        channel.shutdown()
    }

    func call(
        _ method: String, _ message: ProtobufMessage = ProtobufMessage(), timeout: Duration = GRPCChannel.timeout
    ) async throws -> ProtobufFields {
        try await channel.call("runtime.v1.RuntimeService/\(method)", message, timeout: timeout)
    }
    var owner: String { configuration.directory }

    // MARK: What is there

    private func adopt() async throws {
        _ = try await listPodSandbox()
        for name in SystemCall.names(in: "\(configuration.directory)/sandboxes") where sandboxes[name] == nil {
            SystemCall.removeTree(sandboxDirectory(name))
        }
        try await refresh()
        polling = Task { [weak self] in
            while (try? await Task.sleep(for: Self.pollInterval)) != nil {
                guard let self else { return }
                await self.look()
            }
        }
    }

    private func look() async {
        guard containers.values.contains(where: { $0.state == .running || $0.state == .created }) else { return }
        do {
            try await refresh()
            if isAway { logger.info("The container runtime answers again") }
            isAway = false
        } catch {
            if !isAway { logger.warning("The container runtime does not answer", metadata: ["error": "\(error)"]) }
            isAway = true
        }
        turnLogs()
    }

    /// Brings `containers` up to date; asks for details only of those whose state is another.
    func refresh() async throws {
        let before = Set(containers.keys)
        let answer = try await call("ListContainers", CRIRequests.owned(owner, field: 4))
        var present: Set<String> = []
        for listed in try answer.messages(1) {
            let id = listed.text(1)
            present.insert(id)
            if containers[id]?.state != RuntimeContainer.state(listed.number(6)) {
                try await update(id, sandbox: listed.text(2))
            }
        }
        // One that has come since the question is not in the answer.
        for id in before where !present.contains(id) { note(id, nil) }
    }

    /// Asks for one container.
    @discardableResult
    func update(_ id: String, sandbox: String? = nil) async throws -> RuntimeContainer? {
        do {
            let answer = try await call("ContainerStatus", CRIRequests.id(id))
            guard let status = try answer.message(1) else { return nil }
            let container = try RuntimeContainer(cri: status, sandbox: sandbox ?? containers[id]?.sandbox ?? "")
            note(id, container)
            return container
        } catch let error as GRPCStatus where error.code == GRPCStatus.notFound {
            note(id, nil)
            return nil
        }
    }

    /// A container as it now is, nil when it is no more: tells listeners what is new.
    func note(_ id: String, _ container: RuntimeContainer?) {
        let before = containers[id]
        // Of two answers the one that was longer under way may be the older.
        if let before, let container, before.state == .exited, container.state != .exited { return }
        containers[id] = container
        let sandbox = container?.sandbox ?? before?.sandbox ?? ""
        func tell(_ kind: ContainerEvent.Kind) {
            broadcaster.send(ContainerEvent(kind, container: id, sandbox: sandbox))
        }
        guard let container else {
            if before?.state == .running { tell(.stopped) }
            if before != nil { tell(.deleted) }
            return
        }
        if before == nil { tell(.created) }
        guard before?.state != container.state else { return }
        switch container.state {
        case .running: tell(.started)
        case .exited: tell(.stopped)
        case .unknown:
            // The runtime has lost it; told to stop it, it finds out what came of it.
            Task { try? await stopContainer(id, timeoutSeconds: 0) }
        case .created: break
        }
    }

    public nonisolated func events() -> AsyncStream<ContainerEvent> { broadcaster.subscribe() }

    // MARK: Logs

    /// Renames logs that have become too large, and has the runtime write new ones.
    private func turnLogs() {
        for container in containers.values where container.state == .running && !container.logPath.isEmpty {
            var information = stat()
            guard stat(container.logPath, &information) == 0, information.st_size >= configuration.maximumLogBytes
            else {
                continue
            }
            let rotated = "\(container.logPath).\(SystemClock().now.rfc3339Nano)"
            guard rename(container.logPath, rotated) == 0 else { continue }
            let (channel, id, path) = (channel, container.id, container.logPath)
            let kept = configuration.maximumLogFiles
            Task {
                do {
                    _ = try await channel.call("runtime.v1.RuntimeService/ReopenContainerLog", CRIRequests.id(id))
                    Self.removeOldLogs(path, keeping: kept)
                } catch {
                    // Nothing is lost: it goes on in the file that it has open.
                    logger.warning("Cannot turn a log over", metadata: ["container": "\(id)", "error": "\(error)"])
                    if access(path, F_OK) != 0 { rename(rotated, path) }
                }
            }
        }
    }
    private static func removeOldLogs(_ path: String, keeping kept: Int) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let (folder, name) = (String(path[..<slash]), path[path.index(after: slash)...])
        let old = SystemCall.names(in: folder).filter { $0.hasPrefix(name + ".") }.sorted()
        for name in old.dropLast(kept - 1) { unlink("\(folder)/\(name)") }
    }
}

/// Lets so many through at a time, in the order in which they came.
actor TurnLine {
    private let maximum: Int
    private var inside = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(maximum: Int) { self.maximum = maximum }

    func run<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        if inside < maximum { inside += 1 } else { await withCheckedContinuation { waiting.append($0) } }
        defer { if waiting.isEmpty { inside -= 1 } else { waiting.removeFirst().resume() } }
        return try await body()
    }
}
