import APIMachinery
import Basics
import CoreMetrics
import CustomResources
import EtcdStore
import HTTPMessages
import KeyValueCore
import KubeAPI
import Logging
import Synchronization

/// The cluster's API: requests in, answers out, over one store. `run` keeps its watch cache; `answer` serves remote clients,
/// `client` those in this process, both by `serve` and the same pipeline.
public final class ClusterServer: Sendable {
    /// What is served, for those who follow its changes.
    public let resources: ResourceDirectory
    let configuration: Configuration
    let storage: Storage
    let cache: WatchCache
    let surroundings: Surroundings
    /// When this server was made.
    let began: Instant
    /// Who may; also for what else the process serves.
    public let access: AccessControl
    let roles: RoleBook
    let audit: any AuditSink
    let nodes: any NodeConnector
    let backends: any BackendConnector
    /// Groups that are kept nowhere.
    public let provided = ProvidedGroups()
    let allocations: ServiceAllocations
    let eventLeases: EventLeases
    let definitions = DefinitionBook()
    let tokenUse: SecretTokenUse
    let pages: Pages
    let quotaLedger = QuotaLedger()
    let limits: Limits
    let flow: FlowControl
    let health: Health
    let metrics: ServerMetrics
    let log: Logger
    private let served: Mutex<ServedVersion>
    /// The last change of what is served that was asked for.
    private let lastChange = Mutex<Task<Void, any Error>?>(nil)
    private let isBootstrapped = Atomic<Bool>(false)

    public init(
        store: any RevisionedStore, registry: ResourceRegistry = .builtIn,
        configuration: Configuration = Configuration(),
        authenticators: [any Authenticator] = [], authorizer: any Authorizer = AuthorizerChain.standard(),
        audit: any AuditSink = NoAudit(), nodes: any NodeConnector = NoNodes(),
        backends: any BackendConnector = NoBackends(), surroundings: Surroundings = .real,
        metrics: any MetricsFactory = MetricsSystem.factory, slis: any MetricsFactory = NOOPMetricsHandler.instance,
        log: Logger = Logger(label: "apiserver")
    ) {
        health = Health(slis)
        var registry = registry
        registry.put(CustomResourceDefinitions.resource)
        self.resources = ResourceDirectory(registry)
        self.configuration = configuration
        self.metrics = ServerMetrics(metrics, configuration.version)
        let names = registry.resources.map(\.groupResource)
        let sealed = configuration.encryption.map { SealedStore(store, $0, resources: names) }
        let store: any RevisionedStore = sealed ?? store
        self.storage = Storage(store: store, sealed: sealed, metrics: self.metrics, uptime: surroundings.uptime)
        let roles = RoleBook()
        let nodeBook = NodeBook()
        let flow = FlowControl(
            seats: configuration.seats, metrics: FlowMetrics(metrics), uptime: surroundings.uptime)
        var followers: [GroupResource: ResourceCache.Follower] = [
            FlowControl.schemas: flow.changed, FlowControl.levels: flow.changed, .pods: nodeBook.changed,
        ]
        let allocations = ServiceAllocations(
            range: configuration.serviceRange, ports: configuration.nodePorts, random: surroundings.random,
            uptime: surroundings.uptime)
        followers[CustomResourceDefinitions.name] = { [definitions] _, _ in definitions.ring() }
        followers[GroupResource(group: "networking.k8s.io", resource: "ipaddresses")] = allocations.addressesChanged
        for resource in RoleIndex.resources { followers[resource] = roles.changed }
        let cache = WatchCache(
            names, store: store, sharesStore: configuration.sharesStore,
            surroundings: surroundings,
            followers: followers, log: log)
        self.roles = roles
        self.flow = flow
        self.surroundings = surroundings
        began = surroundings.time
        pages = Pages(uptime: surroundings.uptime)
        self.cache = cache
        let tokenUse = SecretTokenUse()
        self.tokenUse = tokenUse
        let accounts = configuration.serviceAccountTokens.map {
            ServiceAccountAuthenticator(
                registry: registry, cache: cache, surroundings: surroundings, tokens: $0, use: tokenUse)
        }
        access = AccessControl(
            authenticator: AuthenticatorChain(
                authenticators + [accounts].compactMap { $0 }
                    + [BootstrapTokens(cache: cache, surroundings: surroundings)]),
            authorizer: AuthorizerChain([
                PrivilegedGroups(), authorizer, NodeAuthorizer(book: nodeBook, cache: cache),
                RoleAuthorizer(book: roles, cache: cache),
            ]), letsAnonymousIn: configuration.letsAnonymousIn)
        self.audit = audit
        self.nodes = nodes
        self.backends = backends
        self.allocations = allocations
        self.eventLeases = EventLeases(store, seconds: configuration.eventSeconds, surroundings)
        self.limits = Limits(configuration)
        self.served = Mutex(ServedVersion(registry, provided))
        self.log = log
        addStandardChecks()
    }

    // MARK: What is served

    var registry: ResourceRegistry { served.withLock { $0 }.registry }
    var discovery: Discovery { served.withLock { $0 }.discovery }
    var openAPI: OpenAPIPages { served.withLock { $0 }.openAPI }

    func setServed(_ version: ServedVersion) { served.withLock { $0 = version } }

    /// Runs a change of what is served when those asked for before are done; once begun it is finished.
    func inTurn(_ change: @escaping @Sendable () async throws -> Void) async throws {
        let task = lastChange.withLock { last in
            let task = Task { [last] in
                _ = await last?.result
                try await change()
            }
            last = task
            return task
        }
        try await task.value
    }

    // MARK: What a call asks

    /// Does what the call asks; `serve` has seen to it that its user may.
    func perform(_ call: inout Call, _ request: Request? = nil) async throws -> Outcome {
        if call.subresource != nil { return try await performSubresource(&call, request) }
        if call.groupResource == Self.componentStatuses { return try componentStatuses(&call) }
        switch call.attributes.verb {
        case .get: return try await get(call)
        case .list: return try await list(call)
        case .watch: return .watch(try await watch(call))
        case .create: return try await create(&call)
        case .update: return try await update(&call)
        case .patch: return try await patch(&call)
        case .delete: return try await delete(&call)
        case .deleteCollection: return try await deleteCollection(&call)
        default: throw Self.methodNotAllowed
        }
    }

    static let methodNotAllowed = StatusError(
        code: 405, reason: .methodNotAllowed, message: "the server does not allow this method on the requested resource"
    )
    static let notServed = StatusError(
        code: 404, reason: .notFound, message: "the server could not find the requested resource")

    // MARK: Understanding

    /// The call that a request makes; throws 404, 405, 415 or 400.
    func understand(_ request: Request, _ target: Target, _ user: UserInfo) throws -> Call {
        var attributes = target.attributes
        let name = GroupResource(group: attributes.group, resource: attributes.resource)
        guard let resource = registry.resource(name, version: attributes.version) else {
            guard discovery.serves(group: attributes.group) else { throw NoSuchPage() }
            throw Self.notServed
        }
        if attributes.resource == "namespaces" {
            if attributes.name.isEmpty { attributes.name = attributes.namespace }
        } else if resource.isNamespaced, attributes.namespace.isEmpty,
            !attributes.name.isEmpty || ![.list, .watch].contains(attributes.verb)
        {
            throw attributes.name.isEmpty ? Self.methodNotAllowed : Self.notServed
        } else if !resource.isNamespaced, !attributes.namespace.isEmpty {
            throw Self.notServed
        }
        try checkVerb(attributes, resource)
        var call = Call(user: user, attributes: attributes, resource: resource, query: target.query)
        call.userAgent = request.header("user-agent") ?? ""
        // A connection's verb is only its HTTP method; it has no object.
        if call.isConnection { return call }
        try WriteOptions.read(&call)
        switch attributes.verb {
        case .create, .update: call.body = try Bodies.object(request, kind: resource.groupVersionKind.kind)
        case .patch: call.body = try Bodies.patch(request, &call)
        case .delete, .deleteCollection:
            if !request.body.isEmpty { call.body = try Bodies.object(request, kind: "DeleteOptions") }
        default: break
        }
        try WriteOptions.readBody(&call)
        return call
    }

    private func checkVerb(_ attributes: RequestAttributes, _ resource: Resource) throws {
        guard let name = attributes.subresource else {
            let isItem = !attributes.name.isEmpty
            guard resource.verbs.contains(attributes.verb), attributes.verb != .create || !isItem,
                ![.update, .patch].contains(attributes.verb) || isItem
            else { throw Self.methodNotAllowed }
            return
        }
        guard let subresource = resource.subresources.first(where: { $0.name == name }) else { throw Self.notServed }
        // A proxy passes on what discovery has no verb for.
        if name == .proxy, Self.proxiedVerbs.contains(attributes.verb) { return }
        guard subresource.verbs.contains(attributes.verb) else { throw Self.methodNotAllowed }
    }

    private static let proxiedVerbs: Set<Verb> = [
        .get, .create, .update, .patch, .delete, Verb(rawValue: "options"),
    ]

    // MARK: Failing

    static func statusError(_ error: any Error, _ log: Logger) -> StatusError {
        switch error {
        case let status as StatusError: return status
        case is CancellationError:
            return StatusError(
                code: 504, reason: .timeout, message: "Timeout: request did not complete", retryAfterSeconds: 1)
        case is NoSuchPage: return StatusError(code: 404, reason: .unknown, message: NoSuchPage.text)
        default:
            let status = Storage.statusError(error)
            if let status = status as? StatusError { return status }
            return .internalError("\(error)")
        }
    }

    static func failureAnswer(_ status: StatusError) -> Answer {
        if status.message == NoSuchPage.text, status.reason == .unknown { return Health.text(404, NoSuchPage.text) }
        var answer = Rendering.value(status.json, .json, status: status.code)
        if let seconds = status.retryAfterSeconds {
            answer.headers.append((name: "retry-after", value: String(seconds)))
        }
        if status.code == 401 { answer.headers.append((name: "www-authenticate", value: "Bearer realm=\"skiff\"")) }
        return answer
    }

    // MARK: Running

    /// Keeps the watch cache and the clock of waiting requests, until the task is cancelled.
    public func run() async throws {
        let sampling = sampled()
        defer { sampling.end() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.cache.run() }
            group.addTask { try await self.cache.callInRounds() }
            group.addTask {
                while !Task.isCancelled {
                    try await self.surroundings.sleep(.milliseconds(500))
                    self.cache.tick()
                    self.flow.tick()
                }
            }
            group.addTask { try await self.bootstrap() }
            group.addTask { try await self.tellOfDanglingSchemas() }
            group.addTask { try await self.keepCustomKinds() }
            while let result = await group.nextResult() {
                switch result {
                case .success: continue
                case .failure(is CancellationError): continue
                case .failure(let error):
                    group.cancelAll()
                    throw error
                }
            }
        }
    }

    /// The cluster in this process, as `user`; the same way in and the same pipeline, without HTTP and without encoding.
    /// While `term` gives one, nothing is written once the store's term is another.
    public func client(as user: UserInfo, inTerm term: (@Sendable () -> UInt64?)? = nil) -> any ClusterAPI {
        LocalClient(server: self, user: user, term: term)
    }
    /// The same for a loop, as the user that it is.
    public func client(as loop: LoopIdentity, inTerm term: (@Sendable () -> UInt64?)? = nil) -> any ClusterAPI {
        LocalClient(server: self, user: UserInfo(loop), agent: loop.agent, term: term)
    }

    /// Adds a check to the health pages.
    public func addHealthCheck(_ check: HealthCheck) { health.add(check) }

    /// Whether the caches are loaded and what every cluster has is there.
    public var isReady: Bool { cache.isLoaded && isBootstrapped.load(ordering: .acquiring) }

    /// Returns when `isReady`.
    public func waitUntilReady() async throws {
        while !isReady { try await surroundings.sleep(.milliseconds(5)) }
    }

    var hasBootstrapped: Bool { isBootstrapped.load(ordering: .acquiring) }
    func markBootstrapped() { isBootstrapped.store(true, ordering: .releasing) }
}

/// Nothing is served at this path; the answer is plain text, as kube-apiserver's.
struct NoSuchPage: Error {
    static let text = "404 page not found\n"
}
