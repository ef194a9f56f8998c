import Basics
import FoundationEssentials

/// All that a supervisor needs to run one container: `container.json` in the container's directory.
struct ContainerRecord: Codable, Sendable, Equatable {
    var id: String
    var sandbox: String
    var configuration: ContainerConfiguration
    var createdAt: Instant
    var imageReference: String
    /// The program with its arguments, from the image and the configuration.
    var arguments: [String]
    var environment: [ContainerConfiguration.Variable]
    var workingDirectory: String
    /// The signal that asks it to stop.
    var stopSignal: Int32
    /// Absolute; empty for no log.
    var logPath: String
    var isolation: Isolation
    /// Directory with `hosts`, `resolv.conf` and `hostname`.
    var identityDirectory: String
    var hostname: String
    /// Paths of the host that the container must not see.
    var hiddenPaths: [String]
    /// The lower layer of its root (`BaseImage`); nil for one that shares the host's files.
    var base: String?
    /// Files and directories of the host that show at their own paths, read-only.
    var shownPaths: [String]?
    /// Settings of the kernel for its namespaces.
    var sysctls: [String: String]?
    /// A process in whose process namespace it runs, for `sharedProcesses`.
    var processHolder: ProcessHolder?
    /// All mounts, the image's own volumes included.
    var mounts: [ContainerConfiguration.Mount]
    /// The file that holds its network namespace; nil for the machine's.
    var networkNamespace: String?
    /// nil leaves it where its supervisor is.
    var cgroup: CgroupPlace?

    enum Isolation: String, Codable, Sendable {
        /// Own root, mounts, processes, host name, IPC.
        case full
        /// As `full` with the host's processes in sight.
        case hostProcesses
        /// As `full` with the processes of the pod's other containers, or of one of them, in sight.
        case sharedProcesses
        /// None; volumes are found through the environment.
        case none
    }
}

/// A process with its start time, so that a number that was given to another is not taken for it.
struct ProcessHolder: Codable, Sendable, Equatable {
    var process: Int
    var start: UInt64

    init?(_ process: Int?) {
        guard let process, let start = SystemCall.processStart(process)?.ticks else { return nil }
        self.process = process
        self.start = start
    }
    var lives: Bool { SystemCall.processStart(process)?.ticks == start }
}

/// What a supervisor knows of its container: `status.json`, replaced at start and at the end.
struct ContainerOutcome: Codable, Sendable, Equatable {
    var supervisor: Int
    var supervisorStart: UInt64
    var process: Int?
    var processStart: UInt64?
    var startedAt: Instant?
    var finishedAt: Instant?
    var exitCode = 0
    var signal = 0
    var reason = ""
    var message = ""
}

/// The names within a container's directory.
enum ContainerFile {
    static let record = "container.json"
    static let outcome = "status.json"
    static let control = "control"
    static let upper = "upper"
    static let work = "work"
    static let root = "root"
    static let base = "base"
    static let scratch = "scratch"
    static let errorLog = "supervisor.log"
    /// Of a sandbox: the boot of the machine in which it was made.
    static let boot = "boot"
    /// Of a sandbox whose containers share their processes: the namespace's first one.
    static let holder = "holder.json"
}

enum StateFile {
    static func read<T: Decodable>(_ type: T.Type, _ path: String) -> T? {
        guard let bytes = SystemCall.contents(of: path) else { return nil }
        return try? JSONDecoder().decode(type, from: Data(bytes))
    }
    static func write(_ value: some Encodable, _ path: String) throws(ContainerError) {
        let data: Data
        do { data = try JSONEncoder().encode(value) } catch {
            throw .refused("cannot encode \(path): \(error)")
        }
        try SystemCall.replace(path, with: Array(data))
    }
}
