import Basics
import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// Containers as child processes of this machine, each under a `ContainerSupervisor`. All that it knows is on disk, so a
/// new one over the same directory adopts what still runs.
public actor ProcessRuntime: RuntimeService {
    public struct Configuration: Sendable {
        /// Holds `sandboxes/` and `containers/`.
        public var directory: String
        /// This node's number: its pods get addresses in 127.100.<node>.0/24.
        public var node: Int
        /// Address for pods with `hostNetwork`.
        public var hostIP = "127.0.0.1"
        /// The program that is a supervisor when called with a container's directory.
        public var supervisor: [String]
        public var catalog: ImageCatalog
        /// Paths that containers must not see; the data directory of the whole program.
        public var hiddenPaths: [String] = []
        /// Off for containers that share the host's files and processes even where they could have their own.
        public var isolates = true
        public init(directory: String, node: Int, supervisor: [String], catalog: ImageCatalog) {
            self.directory = directory
            self.node = node
            self.supervisor = supervisor
            self.catalog = catalog
        }
    }

    /// Supervisors that start at the same time.
    static let maximumStarting = 8
    static let maximumContainers = 5_000

    struct ContainerEntry {
        var record: ContainerRecord
        var outcome: ContainerOutcome?
        /// The supervisor's pidfd while it lives.
        var supervisor: AsyncDescriptor?
        var isStarting = false
        /// Who waits for the start to be over, whatever came of it.
        var startWaiters: [CheckedContinuation<Void, Never>] = []
        /// Who waits for its end, by number; true is the end, false a time-out.
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
    }

    public nonisolated let version = "process://1.0.0"
    let configuration: Configuration
    let logger: Logger
    var sandboxes: [String: Sandbox] = [:]
    var containers: [String: ContainerEntry] = [:]
    var addresses: AddressPool
    var isolation = ContainerRecord.Isolation.none
    private var starting = 0
    private var nextWaiter = 0
    private var startQueue: [CheckedContinuation<Void, Never>] = []
    nonisolated let broadcaster = EventBroadcaster()

    private init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        let last = SystemCall.contents(of: configuration.directory + "/last-address")
            .flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        addresses = AddressPool(node: configuration.node, last: max(1, min(254, last ?? 1)))
    }

    /// Opens the directory, finds out how far containers can be isolated here, and adopts what runs.
    public static func open(_ configuration: Configuration, logger: Logger) async throws -> ProcessRuntime {
        var configuration = configuration
        for name in ["sandboxes", "containers"] {
            try SystemCall.makeDirectories(configuration.directory + "/" + name, mode: 0o700)
        }
        if configuration.hiddenPaths.isEmpty { configuration.hiddenPaths = [configuration.directory] }
        let runtime = ProcessRuntime(configuration, logger: logger)
        await runtime.findIsolation()
        await runtime.adopt()
        return runtime
    }

    private func findIsolation() async {
        guard configuration.isolates, geteuid() == 0 else { return }
        let directory = configuration.directory + "/probe"
        do {
            try SystemCall.makeDirectories(directory)
            let process = try SupervisorProcess.start(
                configuration.supervisor + ["--probe", directory], complaints: directory + "/complaints", report: nil)
            if await process.exitCode() == 0 { isolation = .full }
        } catch {
            logger.warning("Cannot try to isolate containers", metadata: ["error": "\(error)"])
        }
        if isolation == .none {
            let complaints = SystemCall.contents(of: directory + "/complaints").map {
                String(decoding: $0, as: UTF8.self)
            }
            logger.warning(
                "Containers share the host's files and processes here", metadata: ["why": "\(complaints ?? "")"])
        }
        SystemCall.removeTree(directory)
    }

    // MARK: Adoption

    func sandboxDirectory(_ id: String) -> String { configuration.directory + "/sandboxes/" + id }
    func containerDirectory(_ id: String) -> String { configuration.directory + "/containers/" + id }

    private func adopt() {
        for id in SystemCall.names(in: configuration.directory + "/sandboxes") {
            guard let sandbox = StateFile.read(Sandbox.self, sandboxDirectory(id) + "/sandbox.json") else {
                SystemCall.removeTree(sandboxDirectory(id))
                continue
            }
            sandboxes[id] = sandbox
            if sandbox.isReady { addresses.keep(sandbox.ip) }
        }
        for id in SystemCall.names(in: configuration.directory + "/containers") {
            guard
                let record = StateFile.read(ContainerRecord.self, containerDirectory(id) + "/" + ContainerFile.record),
                sandboxes[record.sandbox] != nil
            else {
                SystemCall.removeTree(containerDirectory(id))
                continue
            }
            adopt(record)
        }
    }

    private func adopt(_ record: ContainerRecord) {
        var entry = ContainerEntry(record: record)
        entry.outcome = StateFile.read(
            ContainerOutcome.self, containerDirectory(record.id) + "/" + ContainerFile.outcome)
        containers[record.id] = entry
        guard let outcome = entry.outcome, outcome.finishedAt == nil else { return }
        let isSame = SystemCall.processStart(outcome.supervisor)?.ticks == outcome.supervisorStart
        let watched = isSame ? pidfd(outcome.supervisor) : nil
        // The pidfd may be of a newer process with this number: look again, now that it cannot be reused.
        if let watched, SystemCall.processStart(outcome.supervisor)?.ticks == outcome.supervisorStart {
            logger.info("Adopted a container", metadata: ["container": "\(record.id)"])
            watch(record.id, watched, process: nil)
        } else {
            supervisorEnded(record.id)
        }
    }

    // MARK: Supervisors

    func watch(_ id: String, _ supervisor: AsyncDescriptor, process: SupervisorProcess?) {
        containers[id]?.supervisor = supervisor
        Task {
            await supervisor.becameReadable()
            process?.reap()
            supervisorEnded(id)
        }
    }

    /// Reads what the supervisor left; one that was killed left nothing, and its container goes with it.
    func supervisorEnded(_ id: String) {
        guard var entry = containers[id] else { return }
        entry.supervisor?.cancel()
        entry.supervisor = nil
        var outcome =
            StateFile.read(ContainerOutcome.self, containerDirectory(id) + "/" + ContainerFile.outcome)
            ?? entry.outcome ?? ContainerOutcome(supervisor: 0, supervisorStart: 0)
        if outcome.finishedAt == nil {
            if let process = outcome.process, let start = outcome.processStart,
                SystemCall.processStart(process)?.ticks == start
            {
                for member in SupervisorLoop.descendants(of: pid_t(process)) { kill(member, SIGKILL) }
                kill(pid_t(process), SIGKILL)
            }
            outcome.finishedAt = SystemClock().now
            outcome.exitCode = 137
            outcome.reason = "ContainerStatusUnknown"
            outcome.message = "The container could not be located when the pod was checked"
            try? StateFile.write(outcome, containerDirectory(id) + "/" + ContainerFile.outcome)
        }
        entry.outcome = outcome
        let waiters = entry.waiters
        entry.waiters = [:]
        containers[id] = entry
        for waiter in waiters.values { waiter.resume(returning: true) }
        broadcaster.send(ContainerEvent(.stopped, container: id, sandbox: entry.record.sandbox))
    }

    /// Whether the container ended within the time.
    func waitForEnd(_ id: String, seconds: Int) async -> Bool {
        guard containers[id]?.supervisor != nil else { return true }
        nextWaiter += 1
        let number = nextWaiter
        let timer = Task {
            try? await Task.sleep(for: .seconds(seconds))
            containers[id]?.waiters.removeValue(forKey: number)?.resume(returning: false)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            if containers[id]?.supervisor == nil {
                continuation.resume(returning: true)
            } else {
                containers[id]?.waiters[number] = continuation
            }
        }
    }

    /// A container that is starting can be neither stopped nor removed: its supervisor is not known yet.
    func waitForStart(_ id: String) async {
        guard containers[id]?.isStarting == true else { return }
        await withCheckedContinuation { containers[id]?.startWaiters.append($0) }
    }
    func startEnded(_ id: String) {
        let waiters = containers[id]?.startWaiters ?? []
        containers[id]?.isStarting = false
        containers[id]?.startWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    func takeStartSlot() async {
        if starting < Self.maximumStarting {
            starting += 1
        } else {
            await withCheckedContinuation { startQueue.append($0) }
        }
    }
    func giveStartSlotBack() {
        if startQueue.isEmpty { starting -= 1 } else { startQueue.removeFirst().resume() }
    }

    func pidfd(_ process: Int) -> AsyncDescriptor? {
        let descriptor = SupervisorProcess.pidfd(process)
        return descriptor >= 0 ? AsyncDescriptor(descriptor) : nil
    }

    public nonisolated func events() -> AsyncStream<ContainerEvent> { broadcaster.subscribe() }
}

/// Tells every listener of every event.
final class EventBroadcaster: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<ContainerEvent>.Continuation] = [:]
    }
    private let state = Mutex(State())

    func subscribe() -> AsyncStream<ContainerEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ContainerEvent.self, bufferingPolicy: .bufferingNewest(1_000))
        let number = state.withLock { state in
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number) }
        return stream
    }
    private func remove(_ number: Int) { _ = state.withLock { $0.listeners.removeValue(forKey: number) } }
    func send(_ event: ContainerEvent) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(event) }
    }
}
