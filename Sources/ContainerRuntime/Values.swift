import Basics

/// What a pod's sandbox is to be (CRI PodSandboxConfig).
public struct SandboxConfiguration: Sendable, Equatable, Codable {
    public var name: String
    public var namespace: String
    public var uid: String
    /// How many sandboxes this pod had before.
    public var attempt = 0
    public var hostname = ""
    /// Directory for the containers' logs; their `logPath` is below it.
    public var logDirectory = ""
    public var dns = DNSConfiguration()
    public var hostAliases: [HostAlias] = []
    public var usesHostNetwork = false
    public var usesHostProcesses = false
    /// Whether its containers talk to the machine's by shared memory and semaphores; nil is no.
    public var usesHostIPC: Bool?
    /// Whether a container of it may be privileged; nil is no.
    public var isPrivileged: Bool?
    /// Which of the runtime's ways runs it, as a RuntimeClass names it; nil is the default.
    public var handler: String?
    /// The name that the host name is the first part of, such as `a.b.default.svc.cluster.local`; nil for none.
    public var fullName: String?
    /// Whether its containers see each other's processes; nil is no.
    public var sharesProcesses: Bool?
    /// Settings of the kernel that are the pod's own, such as `kernel.shm_rmid_forced`.
    public var sysctls: [String: String]?
    /// The cgroup in which its containers get theirs, such as `/kubepods/burstable/pod1`; whoever asks for the sandbox makes it.
    public var cgroupParent: String?
    public var labels: [String: String] = [:]
    public var annotations: [String: String] = [:]

    /// What goes into /etc/resolv.conf; without name servers the host's file is used.
    public struct DNSConfiguration: Sendable, Equatable, Codable {
        public var servers: [String] = []
        public var searches: [String] = []
        public var options: [String] = []
        public init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
            self.servers = servers
            self.searches = searches
            self.options = options
        }
    }
    /// One more line of /etc/hosts.
    public struct HostAlias: Sendable, Equatable, Codable {
        public var ip: String
        public var hostnames: [String]
        public init(ip: String, hostnames: [String]) {
            self.ip = ip
            self.hostnames = hostnames
        }
    }
    public init(name: String, namespace: String, uid: String) {
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.hostname = name
    }
}

/// A pod's sandbox as it is.
public struct Sandbox: Sendable, Equatable, Codable {
    public var id: String
    public var configuration: SandboxConfiguration
    /// False once stopped.
    public var isReady: Bool
    /// The pod's address.
    public var ip: String
    public var createdAt: Instant
    /// The other end of its network interface; nil without a network of its own.
    var port: String?
    public init(id: String, configuration: SandboxConfiguration, isReady: Bool, ip: String, createdAt: Instant) {
        self.id = id
        self.configuration = configuration
        self.isReady = isReady
        self.ip = ip
        self.createdAt = createdAt
    }
}

/// What a container is to be (CRI ContainerConfig).
public struct ContainerConfiguration: Sendable, Equatable, Codable {
    public struct Variable: Sendable, Equatable, Codable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
    /// A path of the host that shows at a path of the container.
    public struct Mount: Sendable, Equatable, Codable {
        /// The volume's name, for runtimes that can only tell the path.
        public var name: String
        public var hostPath: String
        public var containerPath: String
        public var isReadOnly: Bool
        /// What is mounted in it later; nil shows on neither side.
        public var propagation: Propagation?
        /// Whether what is mounted in it already is read-only too; nil is no.
        public var isRecursivelyReadOnly: Bool?
        public enum Propagation: Int, Sendable, Codable {
            /// CRI's numbers.
            case hostToContainer = 1
            case bidirectional
        }
        public init(name: String, hostPath: String, containerPath: String, isReadOnly: Bool = false) {
            self.name = name
            self.hostPath = hostPath
            self.containerPath = containerPath
            self.isReadOnly = isReadOnly
        }
    }
    /// A device of the host that shows at a path of the container.
    public struct Device: Sendable, Equatable, Codable {
        public var hostPath: String
        public var containerPath: String
        /// Of `r`, `w` and `m` (make nodes of it).
        public var permissions: String
        public init(hostPath: String, containerPath: String, permissions: String) {
            self.hostPath = hostPath
            self.containerPath = containerPath
            self.permissions = permissions
        }
    }
    public struct Security: Sendable, Equatable, Codable {
        /// nil is the image's user.
        public var user: Int?
        public var group: Int?
        /// In place of `user`, for a runtime that knows the image's /etc/passwd.
        var userName: String?
        public var supplementalGroups: [Int] = []
        /// Whether these are all, without those that the image's /etc/group has for the user; nil is no.
        public var hasOnlyTheseGroups: Bool?
        /// nil is unconfined.
        public var seccomp: SecurityProfile?
        /// nil leaves it to the runtime.
        public var appArmor: SecurityProfile?
        /// Whether /proc shows all and can be written to; nil is no.
        public var hasUnmaskedProc: Bool?
        public var isPrivileged = false
        public var hasReadOnlyRoot = false
        public var allowsPrivilegeEscalation = true
        /// Such as `NET_ADMIN`, or `ALL`: given beside, and taken from, what container runtimes give by default.
        public var addedCapabilities: [String]?
        public var droppedCapabilities: [String]?
        public init() {}
    }

    public var name: String
    /// How many containers of this name the sandbox had before.
    public var attempt = 0
    public var image: String
    /// Replaces the image's entry point when not empty.
    public var command: [String] = []
    /// Replaces the image's arguments when not empty.
    public var arguments: [String] = []
    /// Empty is the image's.
    public var workingDirectory = ""
    public var environment: [Variable] = []
    public var mounts: [Mount] = []
    /// nil is none.
    public var devices: [Device]?
    /// Below the sandbox's log directory; empty for no log.
    public var logPath = ""
    public var hasStandardInput = false
    /// Whether standard input ends with the first attached client.
    public var standardInputOnce = false
    public var hasTerminal = false
    /// The id of another container of the sandbox whose processes it sees.
    public var target: String?
    /// -1000 to 1000, clamped to what this process may set; nil leaves it.
    public var oomScoreAdjustment: Int?
    /// nil leaves it without limits.
    public var resources: LinuxResources?
    /// Such as "SIGTERM"; empty is the image's.
    public var stopSignal = ""
    public var security = Security()
    public var labels: [String: String] = [:]
    public var annotations: [String: String] = [:]
    public init(name: String, image: String) {
        self.name = name
        self.image = image
    }
}

/// A container as it is (CRI RuntimeContainer).
public struct RuntimeContainer: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable { case created, running, exited, unknown }
    public var id: String
    public var sandbox: String
    public var name: String
    public var attempt: Int
    public var state: State
    public var createdAt: Instant
    public var startedAt: Instant?
    public var finishedAt: Instant?
    /// 128 + signal for a signalled one.
    public var exitCode = 0
    /// 0 unless a signal ended it.
    public var signal = 0
    /// "Completed", "Error", "OOMKilled", "StartError", "ContainerStatusUnknown".
    public var reason = ""
    public var message = ""
    public var image: String
    public var imageReference: String
    /// Absolute.
    public var logPath = ""
    public var process: Int?
    public var hasTerminal = false
    public var hasStandardInput = false
    public var labels: [String: String] = [:]
    public var annotations: [String: String] = [:]
    public init(
        id: String, sandbox: String, name: String, attempt: Int, state: State, createdAt: Instant, image: String,
        imageReference: String
    ) {
        self.id = id
        self.sandbox = sandbox
        self.name = name
        self.attempt = attempt
        self.state = state
        self.createdAt = createdAt
        self.image = image
        self.imageReference = imageReference
    }
}

/// An image that this node has.
public struct RuntimeImage: Sendable, Equatable {
    public var reference: String
    public var names: [String]
    public var sizeBytes: Int
    /// The user the image runs as; nil for root.
    public var user: Int?
    /// The same where the image tells a name.
    public var userName: String?
    /// The runtime itself needs it.
    public var isPinned = false
    public init(reference: String, names: [String], sizeBytes: Int, user: Int? = nil) {
        self.reference = reference
        self.names = names
        self.sizeBytes = sizeBytes
        self.user = user
    }
}

/// Where a node's images are.
public struct ImageFileSystem: Sendable, Equatable {
    public var capacityBytes: Int
    public var availableBytes: Int
    public init(capacityBytes: Int, availableBytes: Int) {
        self.capacityBytes = capacityBytes
        self.availableBytes = availableBytes
    }
}

/// Who one is at a registry (CRI AuthConfig).
public struct RegistryCredential: Sendable, Equatable {
    public var username: String
    public var password: String
    /// In place of the two.
    public var identityToken: String
    /// Whose registry it is for; empty is any.
    public var server: String
    public init(username: String, password: String, identityToken: String = "", server: String = "") {
        self.username = username
        self.password = password
        self.identityToken = identityToken
        self.server = server
    }
}

public struct ContainerStats: Sendable, Equatable {
    public var id: String
    public var sandbox: String
    /// Processor time used so far.
    public var processorNanoseconds: Int
    public var residentBytes: Int
    /// All memory that counts against a limit; nil where nobody counts it.
    public var usageBytes: Int?
    /// What of it cannot be had back at once; nil where nobody counts it.
    public var workingSetBytes: Int?
    /// Processes and threads; nil where nobody counts them.
    public var processes: Int?
    public init(id: String, sandbox: String, processorNanoseconds: Int, residentBytes: Int) {
        self.id = id
        self.sandbox = sandbox
        self.processorNanoseconds = processorNanoseconds
        self.residentBytes = residentBytes
    }
}

public struct ContainerEvent: Sendable, Equatable {
    public enum Kind: Sendable { case created, started, stopped, deleted }
    public var kind: Kind
    public var container: String
    public var sandbox: String
    public init(_ kind: Kind, container: String, sandbox: String) {
        self.kind = kind
        self.container = container
        self.sandbox = sandbox
    }
}

public struct ExecRequest: Sendable, Equatable, Codable {
    public var command: [String]
    public var hasStandardInput: Bool
    public var hasTerminal: Bool
    public init(command: [String], hasStandardInput: Bool = false, hasTerminal: Bool = false) {
        self.command = command
        self.hasStandardInput = hasStandardInput
        self.hasTerminal = hasTerminal
    }
}

public struct ExecResult: Sendable, Equatable {
    public var exitCode: Int
    public var standardOutput: [UInt8]
    public var standardError: [UInt8]
    public init(exitCode: Int, standardOutput: [UInt8], standardError: [UInt8]) {
        self.exitCode = exitCode
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}

/// What comes out of a session.
public enum SessionOutput: Sendable, Equatable {
    case standardOutput([UInt8])
    case standardError([UInt8])
    /// The command's end; the last output.
    case exited(code: Int)
}

/// A command's streams (exec), or a container's own (attach).
public protocol ContainerSession: Sendable {
    /// nil when the far side is gone without an exit code.
    func next() async throws -> SessionOutput?
    func write(_ bytes: [UInt8]) async throws
    func closeStandardInput() async throws
    func resize(rows: Int, columns: Int) async throws
    /// Ends the session; an exec's command is killed.
    func cancel()
}

/// A two-way stream of bytes.
public protocol ContainerConnection: Sendable {
    /// nil at the end.
    func read() async throws -> [UInt8]?
    func write(_ bytes: [UInt8]) async throws
    func closeWrite() async
    func cancel()
}

/// What a runtime refuses or cannot do.
public enum ContainerError: Error, Equatable, CustomStringConvertible {
    case notFound(String)
    case imageNotFound(String)
    /// The program cannot be executed; a container shows 128, a command 126, 127 or 128.
    case cannotStart(String, exitCode: Int)
    case notRunning(String)
    case timedOut(seconds: Int)
    case exhausted(String)
    case system(call: String, number: Int32)
    case refused(String)

    public var description: String {
        switch self {
        case .notFound(let id): "no container or sandbox with id \(id)"
        case .imageNotFound(let image):
            """
            failed to pull and unpack image "\(ImageReference.expanded(image))": failed to resolve reference \
            "\(ImageReference.expanded(image))": \(ImageReference.expanded(image)): not found
            """
        case .cannotStart(let why, _): why
        case .notRunning(let id): "container \(id) is not running"
        case .timedOut(let seconds): "command timed out after \(seconds)s"
        case .exhausted(let what): "no more \(what)"
        case .system(let call, let number): "\(call): \(SystemCall.describe(number))"
        case .refused(let why): why
        }
    }
}
