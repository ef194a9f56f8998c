import APIMachinery
import ControlLoops
import EtcdStore
import KubeAPI
import KeyValueCore
import Logging
import Synchronization

/// The cluster's API: requests in, answers out, over one store. `run` keeps its watch cache; `answer` serves remote clients,
/// `client` those in this process, both by the same pipeline.
public final class ClusterServer: Sendable {
    /// What is served, for those who follow its changes.
    public let resources: ResourceDirectory
    let configuration: Configuration
    let storage: Storage
    let cache: WatchCache
    let surroundings: Surroundings
    let authenticators: [any Authenticator]
    let authorizer: any Authorizer
    let audit: any AuditSink
    let nodes: any NodeConnector
    let allocations: ServiceAllocations
    let eventLeases: EventLeases
    let pages = Pages()
    let limits: Limits
    let health = Health()
    let metrics = RequestMetrics()
    let log: Logger
    private let served: Mutex<ServedVersion>
    /// The last change of what is served that was asked for.
    private let lastChange = Mutex<Task<Void, any Error>?>(nil)
    private let isBootstrapped = Atomic<Bool>(false)

    public init(
        store: any RevisionedStore, registry: ResourceRegistry = .builtIn,
        configuration: Configuration = Configuration(),
        authenticators: [any Authenticator] = [], authorizer: any Authorizer = AllowGroups(),
        audit: any AuditSink = NoAudit(), nodes: any NodeConnector = NoNodes(), surroundings: Surroundings = .real,
        log: Logger = Logger(label: "apiserver")
    ) {
        self.resources = ResourceDirectory(registry)
        self.configuration = configuration
        self.storage = Storage(store: store)
        self.cache = WatchCache(
            registry.resources.map(\.groupResource), store: store, sharesStore: configuration.sharesStore,
            surroundings: surroundings, log: log)
        self.surroundings = surroundings
        self.authenticators = authenticators
        self.authorizer = authorizer
        self.audit = audit
        self.nodes = nodes
        self.allocations = ServiceAllocations(
            range: configuration.serviceRange, ports: configuration.nodePorts, random: surroundings.random,
            uptime: surroundings.uptime)
        self.eventLeases = EventLeases(store, seconds: configuration.eventSeconds, surroundings)
        self.limits = Limits(configuration)
        self.served = Mutex(ServedVersion(registry))
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

    // MARK: The way of a request

    /// Answers one request: find what it names → authenticate → authorize → understand → do → render → audit.
    public func answer(_ request: Request) async -> Answer {
        let began = surroundings.uptime()
        var trail = AuditTrail(request, surroundings)
        var answer: Answer
        var failure: StatusError?
        do {
            let target = try Target(request)
            trail.attributes = target.attributes
            let user = try await authenticate(request, target.attributes)
            trail.user = user
            (trail.level, trail.omitStages) = configuration.auditPolicy.decide(target.attributes, user)
            try await authorize(user, target.attributes)
            answer =
                target.attributes.isResourceRequest
                ? try await answerResource(request, target, user, &trail)
                : try await answerPage(request, target)
        } catch {
            let status = Self.statusError(error, log)
            failure = status
            answer = Self.failureAnswer(status)
        }
        answer.headers.append((name: "audit-id", value: trail.identity))
        if !answer.headers.contains(where: { $0.name == "cache-control" }) {
            answer.headers.append((name: "cache-control", value: "no-cache, private"))
        }
        if let attributes = trail.attributes {
            metrics.record(
                attributes, code: answer.status, seconds: Double(surroundings.uptime() - began) / 1_000_000_000)
        }
        await tell(trail, stage: "ResponseComplete", status: answer.status, failure)
        return answer
    }

    private func answerResource(
        _ request: Request, _ target: Target, _ user: UserInfo, _ trail: inout AuditTrail
    ) async throws -> Answer {
        var call = try understand(request, target, user)
        // What is created has its name in the body.
        if call.name.isEmpty, case .object(let object, _) = call.body, let name = object["metadata", "name"]?.string {
            trail.attributes?.name = name
        }
        let form = try AnswerForm(accept: request.header("accept")) { form in
            switch form.shape {
            case .discovery: return false
            // An answer to a question has no columns.
            case .table: return !SelfReview.answers(call.resource)
            default: return true
            }
        }
        if trail.level >= .request, case .object(let object, _) = call.body { trail.requestObject = object }
        let isWrite = !["get", "list", "watch"].contains(call.attributes.verb)
        let outcome: Outcome
        if Self.isLong(call) {
            outcome = try await perform(&call, request)
        } else {
            guard limits.enter(isWrite: isWrite) else { throw Limits.tooMany }
            defer { limits.leave(isWrite: isWrite) }
            outcome = try await perform(&call, request)
        }
        if trail.level >= .requestResponse, case .object(let result, _) = outcome { trail.responseObject = result.json }
        var answer = Rendering.answer(outcome, call, form) { [surroundings] in surroundings.time }
        for warning in call.warnings.prefix(16) {
            answer.headers.append((name: "warning", value: Self.warningHeader(warning)))
        }
        return answer
    }

    /// Does what the call asks; everything that a loop in this process does comes here too.
    func perform(_ call: inout Call, _ request: Request? = nil) async throws -> Outcome {
        if !call.subresource.isEmpty { return try await performSubresource(&call, request) }
        switch call.attributes.verb {
        case "get": return try await get(call)
        case "list": return try await list(call)
        case "watch": return .watch(try await watch(call))
        case "create": return try await create(&call)
        case "update": return try await update(&call)
        case "patch": return try await patch(&call)
        case "delete": return try await delete(&call)
        case "deletecollection": return try await deleteCollection(&call)
        default: throw Self.methodNotAllowed
        }
    }

    // MARK: Who may

    private func authenticate(_ request: Request, _ attributes: RequestAttributes) async throws -> UserInfo {
        for authenticator in authenticators + [serviceAccountAuthenticator].compactMap({ $0 }) {
            if var user = try await authenticator.authenticate(request) {
                if !user.groups.contains("system:authenticated") { user.groups.append("system:authenticated") }
                return user
            }
        }
        // Wrong credentials are told apart from none.
        if request.header("authorization") != nil { throw Self.unauthorized }
        return UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"])
    }

    private func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async throws {
        let (allowed, reason) = await authorizer.authorize(user, attributes)
        if allowed { return }
        if user.name == "system:anonymous" { throw Self.unauthorized }
        throw Forbidden.error(user, attributes, reason)
    }

    static let unauthorized = StatusError(code: 401, reason: .unauthorized, message: "Unauthorized")
    static let methodNotAllowed = StatusError(
        code: 405, reason: .methodNotAllowed, message: "the server does not allow this method on the requested resource"
    )
    static let notServed = StatusError(
        code: 404, reason: .notFound, message: "the server could not find the requested resource")

    // MARK: Understanding

    /// The call that a request makes; throws 404, 405, 415 or 400.
    private func understand(_ request: Request, _ target: Target, _ user: UserInfo) throws -> Call {
        var attributes = target.attributes
        let name = GroupResource(group: attributes.group, resource: attributes.resource)
        guard let resource = registry.resource(name), resource.groupVersionKind.version == attributes.version else {
            guard discovery.serves(group: attributes.group, version: attributes.version) else { throw NoSuchPage() }
            throw Self.notServed
        }
        if attributes.resource == "namespaces" {
            if attributes.name.isEmpty { attributes.name = attributes.namespace }
        } else if resource.isNamespaced, attributes.namespace.isEmpty,
            !attributes.name.isEmpty || !["list", "watch"].contains(attributes.verb)
        {
            throw attributes.name.isEmpty ? Self.methodNotAllowed : Self.notServed
        } else if !resource.isNamespaced, !attributes.namespace.isEmpty {
            throw Self.notServed
        }
        try checkVerb(attributes, resource)
        var call = Call(user: user, attributes: attributes, resource: resource, query: target.query)
        call.userAgent = request.header("user-agent") ?? ""
        // A connection's verb is only its HTTP method; it has no object.
        if Self.isConnection(call) { return call }
        try WriteOptions.read(&call)
        switch attributes.verb {
        case "create", "update": call.body = try Bodies.object(request, kind: resource.groupVersionKind.kind)
        case "patch": call.body = try Bodies.patch(request)
        case "delete", "deletecollection":
            if !request.body.isEmpty { call.body = try Bodies.object(request, kind: "DeleteOptions") }
        default: break
        }
        try WriteOptions.readBody(&call)
        return call
    }

    private func checkVerb(_ attributes: RequestAttributes, _ resource: Resource) throws {
        if attributes.subresource.isEmpty {
            let isItem = !attributes.name.isEmpty
            guard resource.verbs.contains(attributes.verb), attributes.verb != "create" || !isItem,
                !["update", "patch"].contains(attributes.verb) || isItem
            else { throw Self.methodNotAllowed }
        } else {
            guard let subresource = subresource(attributes.subresource, of: resource) else { throw Self.notServed }
            guard subresource.verbs.contains(attributes.verb) else { throw Self.methodNotAllowed }
        }
    }

    /// Watches, logs and upgrades last long and take no place among the requests in flight.
    private static func isLong(_ call: Call) -> Bool {
        call.attributes.verb == "watch" || call.subresource == "log" || isConnection(call)
    }
    /// Whether the request is for whom it connects to, and not about an object.
    private static func isConnection(_ call: Call) -> Bool {
        ["exec", "attach", "portforward", "proxy"].contains(call.subresource)
    }

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

    private static func warningHeader(_ sentence: String) -> String {
        let text = sentence.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").filter {
            $0 != "\n" && $0 != "\r"
        }
        return "299 - \"\(text)\""
    }

    private func tell(_ trail: AuditTrail, stage: String, status: Int, _ failure: StatusError?) async {
        guard let event = trail.event(stage: stage, status: status, failure: failure, surroundings) else { return }
        do {
            try await audit.record(event)
        } catch {
            log.error(
                "An audit event could not be kept", metadata: ["error": "\(error)", "audit-id": "\(trail.identity)"])
        }
    }

    // MARK: Running

    /// Keeps the watch cache and the clock of waiting requests, until the task is cancelled.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.cache.run() }
            group.addTask { try await self.cache.callInRounds() }
            group.addTask {
                while !Task.isCancelled {
                    try await self.surroundings.sleep(.milliseconds(500))
                    self.cache.tick()
                }
            }
            group.addTask { try await self.bootstrap() }
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

    /// Knows the tokens that this server gives to service accounts; nil when it gives none.
    public var serviceAccountAuthenticator: (any Authenticator)? {
        configuration.serviceAccountTokens.map { ServiceAccountAuthenticator(server: self, tokens: $0) }
    }

    /// The cluster in this process, as `user`; the same pipeline without HTTP and without encoding. While `term` gives
    /// one, nothing is written once the store's term is another.
    public func client(as user: UserInfo, inTerm term: (@Sendable () -> UInt64?)? = nil) -> any ClusterAPI {
        LocalClient(server: self, user: user, term: term)
    }

    /// Adds a check to the health pages.
    public func addHealthCheck(_ check: HealthCheck) { health.add(check) }

    /// The request metrics in Prometheus' text form.
    public func metricsText() -> String { metrics.text() }

    /// Whether the caches are loaded and what every cluster has is there.
    public var isReady: Bool { cache.isLoaded && isBootstrapped.load(ordering: .acquiring) }

    /// Returns when `isReady`.
    public func waitUntilReady() async throws {
        while !isReady { try await surroundings.sleep(.milliseconds(5)) }
    }

    func markBootstrapped() { isBootstrapped.store(true, ordering: .releasing) }
}

/// Nothing is served at this path; the answer is plain text, as kube-apiserver's.
struct NoSuchPage: Error {
    static let text = "404 page not found\n"
}
