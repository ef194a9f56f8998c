import KubeAPI

/// What of the API server can be chosen.
public struct Configuration: Sendable {
    /// Cluster IPs come from here; the `kubernetes` service has the first address.
    public var serviceRange: AddressRange
    public var nodePorts: ClosedRange<Int>
    /// Where clients in the cluster reach this API server: the endpoints of the `kubernetes` service.
    public var advertiseAddress: String
    public var securePort: Int
    /// How long events are kept.
    public var eventSeconds: Int64
    /// The most bytes a stored object may have (etcd's limit for a request).
    public var objectLimitBytes: Int
    /// Requests that only read, at work at once.
    public var readsInFlight: Int
    /// Requests that change something, at work at once.
    public var writesInFlight: Int
    /// Requests of remote clients at work at once, shared among the priority levels; a wide list counts as several.
    public var seats: Int
    /// A watch that names no timeout lasts between this and twice this many seconds.
    public var minimumWatchSeconds: Int
    /// Whether others write to the store too (etcd's own API, other servers), so that consistent reads must ask it.
    public var sharesStore: Bool
    public var auditPolicy: AuditPolicy
    /// What signs service accounts' tokens; nil gives none out, and pods none to mount.
    public var serviceAccountTokens: ServiceAccountTokens?
    /// Which resources are sealed in the store; nil: none.
    public var encryption: EncryptionConfiguration?
    public var version: VersionInfo
    /// Whether who shows no credentials is a user, who may what is allowed to him; else he gets 401.
    public var letsAnonymousIn: Bool
    /// Of whose rights roles are made, for others to see.
    public var loops: [LoopIdentity]
    /// What `/flagz` shows; what nobody is to see is left out or replaced.
    public var flags: [String: String] = [:]
    /// What looks at objects before they are written.
    var admission: Admission

    public init(
        serviceRange: AddressRange? = nil, nodePorts: ClosedRange<Int> = 30000...32767,
        advertiseAddress: String = "127.0.0.1", securePort: Int = 6443, eventSeconds: Int64 = 3600,
        objectLimitBytes: Int = 1 << 20 + 1 << 19, readsInFlight: Int = 4000, writesInFlight: Int = 2000,
        seats: Int = 600, minimumWatchSeconds: Int = 1800, sharesStore: Bool = false,
        auditPolicy: AuditPolicy = .standard, serviceAccountTokens: ServiceAccountTokens? = nil,
        encryption: EncryptionConfiguration? = nil, version: VersionInfo = VersionInfo(),
        admissionPlugins: Set<String> = [], letsAnonymousIn: Bool = true, loops: [LoopIdentity] = []
    ) {
        self.serviceRange = serviceRange ?? AddressRange(.standard)
        self.nodePorts = nodePorts
        self.advertiseAddress = advertiseAddress
        self.securePort = securePort
        self.eventSeconds = eventSeconds
        self.objectLimitBytes = objectLimitBytes
        self.readsInFlight = readsInFlight
        self.writesInFlight = writesInFlight
        self.seats = seats
        self.minimumWatchSeconds = minimumWatchSeconds
        self.sharesStore = sharesStore
        self.auditPolicy = auditPolicy
        self.serviceAccountTokens = serviceAccountTokens
        self.encryption = encryption
        self.version = version
        admission = Admission(Admission.standard(with: admissionPlugins))
        self.letsAnonymousIn = letsAnonymousIn
        self.loops = loops
    }

    /// Kubernetes' admission plugins that are off unless `admissionPlugins` names them.
    public static var optionalAdmissionPlugins: Set<String> { Set(Admission.optional.keys) }

    func watchSeconds(_ random: UInt64) -> Int {
        minimumWatchSeconds + Int(random % UInt64(max(1, minimumWatchSeconds)))
    }
}

/// What `/version` tells.
public struct VersionInfo: Sendable {
    public var major = "1"
    public var minor = "36"
    public var gitVersion = "v1.36.2"
    public var gitCommit = ""
    public var gitTreeState = "clean"
    public var buildDate = "1970-01-01T00:00:00Z"
    public var platform = "linux/amd64"
    public init() {}
}
