import APIMachinery
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
        /// The addresses of this node's pods, such as 127.100.0.0/24.
        public var podNetwork: CIDR
        /// What gives each pod a network namespace of its own; nil leaves them all in the machine's, on loopback addresses.
        public var bridge: PodNetwork?
        /// Address for pods with `hostNetwork`.
        public var hostIP = "127.0.0.1"
        /// The program that is a supervisor when called with a container's directory.
        public var supervisor: [String]
        public var catalog: ImageCatalog
        /// Paths that containers must not see; the data directory of the whole program.
        public var hiddenPaths: [String] = []
        /// Paths of the host that all containers see read-only: libraries of programs that the catalog names.
        public var shownPaths: [String] = []
        /// Off for containers that share the host's files and processes even where they could have their own.
        public var isolates = true
        /// The machine's control groups; nil leaves containers without limits.
        public var cgroups: CgroupTree?
        /// The machine's boot; what ran in another one is gone, whatever has its process numbers now.
        public var bootID = SystemCall.bootID()
        public init(directory: String, podNetwork: CIDR, supervisor: [String], catalog: ImageCatalog) {
            self.directory = directory
            self.podNetwork = podNetwork
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
        /// While it starts; opened when the start is over, whatever came of it.
        var start: Gate<Void>?
        /// Who waits for its end, by number; true is the end, false a time-out.
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
    }

    public nonisolated let information: RuntimeInformation
    let configuration: Configuration
    let logger: Logger
    var sandboxes: [String: Sandbox] = [:]
    var containers: [String: ContainerEntry] = [:]
    var addresses: AddressPool
    let isolation: ContainerRecord.Isolation
    /// What containers' roots begin with, made for the first of them.
    var baseImage: BaseImage?
    /// Those that are being started, by sandbox.
    var processHolders: [String: Task<ProcessHolder, any Error>] = [:]
    private var starting = 0
    private var nextWaiter = 0
    private var startQueue: [CheckedContinuation<Void, Never>] = []
    nonisolated let broadcaster = EventBroadcaster()

    private init(_ configuration: Configuration, isolation: ContainerRecord.Isolation, logger: Logger) {
        self.configuration = configuration
        self.isolation = isolation
        var abilities: Set<RuntimeInformation.Ability> = [
            .exec, .attach, .portForward, .logs, .stats, .supplementalGroupsPolicy,
        ]
        if isolation == .full { abilities.formUnion([.fileSystems, .namespaces, .recursiveReadOnly]) }
        if configuration.cgroups != nil { abilities.insert(.limits) }
        if configuration.bridge != nil { abilities.insert(.networkNamespaces) }
        information = RuntimeInformation(name: "process", version: "1.0.0", abilities: abilities)
        self.logger = logger
        let last = SystemCall.contents(of: configuration.directory + "/last-address")
            .flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        addresses = AddressPool(network: configuration.podNetwork, last: last ?? 1)
    }

    /// Opens the directory, finds out how far containers can be isolated here, and adopts what runs.
    public static func open(_ configuration: Configuration, logger: Logger) async throws -> ProcessRuntime {
        var configuration = configuration
        for name in ["sandboxes", "containers"] {
            try SystemCall.makeDirectories(configuration.directory + "/" + name, mode: 0o700)
        }
        if configuration.hiddenPaths.isEmpty { configuration.hiddenPaths = [configuration.directory] }
        // What is written to a container that has just ended fails, and ends nobody else.
        signal(SIGPIPE, SIG_IGN)
        let isolation = await findIsolation(configuration, logger)
        let runtime = ProcessRuntime(configuration, isolation: isolation, logger: logger)
        await runtime.adopt()
        await runtime.sweepNetwork()
        return runtime
    }

    private static func findIsolation(
        _ configuration: Configuration, _ logger: Logger
    ) async -> ContainerRecord.Isolation {
        guard configuration.isolates, geteuid() == 0 else { return .none }
        var isolation = ContainerRecord.Isolation.none
        let directory = configuration.directory + "/probe"
        do {
            try SystemCall.makeDirectories(directory)
            let process = try SupervisorProcess.start(
                configuration.supervisor + ["--probe", directory], errorLog: directory + "/errorLog", report: nil)
            if await process.exitCode() == 0 { isolation = .full }
        } catch {
            logger.warning("Cannot try to isolate containers", metadata: ["error": "\(error)"])
        }
        if isolation == .none {
            let errorLog = SystemCall.contents(of: directory + "/errorLog").map {
                String(decoding: $0, as: UTF8.self)
            }
            logger.warning(
                "Containers share the host's files and processes here", metadata: ["why": "\(errorLog ?? "")"])
        }
        SystemCall.removeTree(directory)
        return isolation
    }

    // MARK: Adoption

    func sandboxDirectory(_ id: String) -> String { configuration.directory + "/sandboxes/" + id }
    nonisolated func containerDirectory(_ id: String) -> String { configuration.directory + "/containers/" + id }

    private func adopt() {
        for id in SystemCall.names(in: configuration.directory + "/sandboxes") {
            guard let sandbox = StateFile.read(Sandbox.self, sandboxDirectory(id) + "/sandbox.json") else {
                SystemCall.removeTree(sandboxDirectory(id))
                continue
            }
            sandboxes[id] = adopted(sandbox)
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
        // What running containers have beneath them must not change.
        let used = Set(containers.values.filter { $0.supervisor != nil }.compactMap(\.record.base))
        let directory = configuration.directory + "/" + ContainerFile.base
        for path in SystemCall.names(in: directory).map({ directory + "/" + $0 }) where !used.contains(path) {
            SystemCall.removeTree(path)
        }
    }
    /// The base image, made anew by each process from what the host has then.
    func base() throws -> BaseImage {
        if let baseImage { return baseImage }
        let image = try BaseImage.make("\(configuration.directory)/\(ContainerFile.base)/\(Self.newID())")
        baseImage = image
        return image
    }

    /// A sandbox of another boot has nothing left of it but its files.
    private func adopted(_ sandbox: Sandbox) -> Sandbox {
        var sandbox = sandbox
        let path = sandboxDirectory(sandbox.id) + "/" + ContainerFile.boot
        let boot = SystemCall.contents(of: path).map { String(decoding: $0, as: UTF8.self) } ?? configuration.bootID
        if sandbox.isReady, boot != configuration.bootID {
            logger.info("A sandbox ended with the machine", metadata: ["sandbox": "\(sandbox.id)"])
            sandbox.isReady = false
            try? StateFile.write(sandbox, sandboxDirectory(sandbox.id) + "/sandbox.json")
        }
        if sandbox.isReady { addresses.keep(sandbox.ip) }
        return sandbox
    }

    /// The namespace of a sandbox that has one of its own.
    func network(of sandbox: Sandbox) -> NetworkNamespace? {
        sandbox.configuration.usesHostNetwork ? nil : configuration.bridge?.namespace(of: sandbox.id)
    }
    /// Ends what lost its network meanwhile, and takes away what is nobody's.
    private func sweepNetwork() async {
        for sandbox in sandboxes.values where sandbox.isReady && network(of: sandbox)?.isThere == false {
            logger.warning("A sandbox has lost its network", metadata: ["sandbox": "\(sandbox.id)"])
            do { try await stopPodSandbox(sandbox.id) } catch {
                logger.error(
                    "Cannot stop a sandbox", metadata: ["sandbox": "\(sandbox.id)", "error": "\(error)"])
            }
        }
        let ready = sandboxes.values.filter { $0.isReady && !$0.configuration.usesHostNetwork }
        await configuration.bridge?.sweep(
            keeping: Dictionary(ready.map { ($0.id, $0.port ?? "") }, uniquingKeysWith: { first, _ in first }))
    }

    private func adopt(_ record: ContainerRecord) {
        var entry = ContainerEntry(record: record)
        entry.outcome = StateFile.read(
            ContainerOutcome.self, containerDirectory(record.id) + "/" + ContainerFile.outcome)
        containers[record.id] = entry
        guard let outcome = entry.outcome, outcome.finishedAt == nil else {
            // It ended while nobody looked: how, its cgroup still knows.
            if entry.outcome == nil { removeCgroup(record) } else { supervisorEnded(record.id) }
            return
        }
        let isSame =
            sandboxes[record.sandbox]?.isReady == true
            && SystemCall.processStart(outcome.supervisor)?.ticks == outcome.supervisorStart
        let watched = isSame ? pidfd(outcome.supervisor) : nil
        // The pidfd may be of a newer process with this number: look again, now that it cannot be reused.
        if let watched, SystemCall.processStart(outcome.supervisor)?.ticks == outcome.supervisorStart {
            logger.info("Adopted a container", metadata: ["container": "\(record.id)"])
            watch(record.id, watched, process: nil)
        } else {
            // Process numbers of another boot are others' now.
            supervisorEnded(record.id, killsWhatIsLeft: sandboxes[record.sandbox]?.isReady == true)
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
    func supervisorEnded(_ id: String, killsWhatIsLeft: Bool = true) {
        guard var entry = containers[id] else { return }
        entry.supervisor?.cancel()
        entry.supervisor = nil
        // Before what is written, so that of two who look one cannot miss both.
        let wasShortOfMemory = wasShortOfMemory(entry.record)
        var outcome =
            StateFile.read(ContainerOutcome.self, containerDirectory(id) + "/" + ContainerFile.outcome)
            ?? entry.outcome ?? ContainerOutcome(supervisor: 0, supervisorStart: 0)
        if outcome.finishedAt == nil {
            if killsWhatIsLeft, let process = outcome.process, let start = outcome.processStart,
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
        if wasShortOfMemory {
            outcome.reason = "OOMKilled"
            try? StateFile.write(outcome, containerDirectory(id) + "/" + ContainerFile.outcome)
        }
        removeCgroup(entry.record)
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
        await containers[id]?.start?.waitThroughCancellation()
    }
    func startEnded(_ id: String) {
        let start = containers[id]?.start
        containers[id]?.start = nil
        start?.open()
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
