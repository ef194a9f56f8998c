import APIMachinery
import Basics
import KubeAPI
import OutboundHTTP
import Synchronization

/// The cluster over HTTPS, as the user of its credentials. What the server refuses is thrown as the server's own
/// `StatusError`; a server that cannot be reached is one of 503, an answer that did not come in time one of 504.
public final class RemoteCluster: ClusterAPI {
    /// How to call the cluster, and as whom.
    public struct Access: Sendable {
        /// A URL without a slash at its end, such as `https://127.0.0.1:6443`.
        public var server: String
        /// Asked at each call, as certificates change; a call that runs keeps what it was made with.
        public var tls: @Sendable () -> OutboundRequest.TLS
        /// Asked at each call, as tokens change.
        public var token: @Sendable () -> String?
        /// What the client calls itself; the part before the slash is in objects' `managedFields`.
        public var userAgent: String
        public init(
            server: String, tls: OutboundRequest.TLS, token: @escaping @Sendable () -> String? = { nil },
            userAgent: String
        ) {
            self.init(server: server, changingTLS: { tls }, token: token, userAgent: userAgent)
        }
        public init(
            server: String, changingTLS tls: @escaping @Sendable () -> OutboundRequest.TLS,
            token: @escaping @Sendable () -> String? = { nil }, userAgent: String
        ) {
            self.server = server
            self.tls = tls
            self.token = token
            self.userAgent = userAgent
        }
    }

    private let access: Access
    private let limits: ClientLimits
    private let policy: RetryPolicy
    private let clock: any TimeSource
    private let calls: OutboundClient
    private let watches: OutboundClient
    private let paths = ResourcePaths()
    private let random: Mutex<SplitMix64>

    public init(
        _ access: Access, limits: ClientLimits = ClientLimits(), clock: any TimeSource = SystemClock(),
        random: SplitMix64 = SplitMix64()
    ) {
        self.access = access
        self.limits = limits
        self.clock = clock
        self.random = Mutex(random)
        policy = RetryPolicy(tries: limits.tries)
        calls = OutboundClient(maximumTransfers: limits.calls)
        watches = OutboundClient(maximumTransfers: limits.watches)
    }

    /// Ends all calls and watches. The client cannot be used after.
    public func shutdown() {
        calls.shutdown()
        watches.shutdown()
    }

    // MARK: Reading

    public func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON {
        let place = try await place(resource)
        return try await call("GET", place.path(namespace: key.namespace, name: key.name))
    }

    /// In pages of one revision; when the pages have expired before the last, all at once.
    public func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList {
        let place = try await place(resource)
        let path = place.path(namespace: namespace)
        let selectors = Self.selectors(labelSelector, fieldSelector)
        do {
            var query = selectors + [("limit", String(limits.pageItems))]
            var list = ObjectList(items: [], revision: 0)
            while true {
                let page = try await call("GET", path, query)
                list.items += Self.items(page, place)
                list.revision = page.revision
                guard let token = page["metadata", "continue"]?.string, !token.isEmpty else { return list }
                query = selectors + [("limit", String(limits.pageItems)), ("continue", token)]
            }
        } catch let error as StatusError where error.code == 410 {
            let whole = try await call("GET", path, selectors)
            return ObjectList(items: Self.items(whole, place), revision: whole.revision)
        }
    }

    public func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch {
        let place = try await place(resource)
        let seconds = random.withLock { Int.random(in: limits.watchSeconds, using: &$0) }
        var query = Self.selectors(labelSelector, fieldSelector)
        query += [("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", String(seconds))]
        if revision > 0 { query.append(("resourceVersion", String(revision))) }
        var request = request("GET", place.path(namespace: namespace), query)
        request.timeout = nil
        request.maximumBodyBytes = .max
        return RemoteWatch(watches, request, limits, clock: clock)
    }

    // MARK: Writing

    public func create(_ resource: GroupResource, _ object: JSON, name: String?, subresource: SubresourceName?)
        async throws
        -> JSON
    {
        let place = try await place(resource)
        let path = place.path(namespace: object.key.namespace, name: name ?? "", subresource: subresource)
        return try await call("POST", path, Self.writing, named(object, place, subresource))
    }

    public func update(_ resource: GroupResource, _ object: JSON, subresource: SubresourceName?) async throws -> JSON {
        let place = try await place(resource)
        let key = object.key
        let path = place.path(namespace: key.namespace, name: key.name, subresource: subresource)
        return try await call("PUT", path, Self.writing, named(object, place, subresource))
    }

    public func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: SubresourceName?
    ) async throws -> JSON {
        let place = try await place(resource)
        let path = place.path(namespace: key.namespace, name: key.name, subresource: subresource)
        var query = Self.writing
        if kind == .apply { query += [("fieldManager", manager), ("force", "true")] }
        return try await call("PATCH", path, query, patch, type: kind.rawValue)
    }

    public func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws {
        let place = try await place(resource)
        var body: JSON = ["kind": "DeleteOptions", "apiVersion": "v1"]
        if let seconds = options.gracePeriodSeconds { body["gracePeriodSeconds"] = JSON(seconds) }
        if let propagation = options.propagation { body["propagationPolicy"] = JSON(propagation.rawValue) }
        if let uid = options.uid { body["preconditions", "uid"] = JSON(uid) }
        if let revision = options.resourceVersion { body["preconditions", "resourceVersion"] = JSON(revision) }
        _ = try await call("DELETE", place.path(namespace: key.namespace, name: key.name), [], body)
    }

    private static let writing = [("fieldValidation", "Ignore")]
    /// Who writes, as the server derives it from the agent's name.
    private var manager: String { String(access.userAgent.prefix { $0 != "/" }) }

    /// An object says its kind over the wire; loops' objects may leave it out.
    private func named(_ object: JSON, _ place: ResourcePlace, _ subresource: SubresourceName?) -> JSON {
        guard subresource == nil || subresource == .status, object["kind"] == nil else { return object }
        return Self.named(object, place)
    }
    private static func named(_ object: JSON, _ place: ResourcePlace) -> JSON {
        var object = object
        let version = place.root.split(separator: "/").dropFirst().joined(separator: "/")
        if object["apiVersion"] == nil { object["apiVersion"] = JSON(version) }
        if object["kind"] == nil { object["kind"] = JSON(place.kind) }
        return object
    }
    /// A list's objects, which leave their kind to the list.
    private static func items(_ list: JSON, _ place: ResourcePlace) -> [JSON] {
        (list["items"]?.elements ?? []).map { $0["kind"] == nil ? named($0, place) : $0 }
    }
    private static func selectors(_ labels: String, _ fields: String) -> [(String, String)] {
        [("labelSelector", labels), ("fieldSelector", fields)].filter { !$0.1.isEmpty }
    }

    // MARK: Calls

    private func place(_ resource: GroupResource) async throws -> ResourcePlace {
        try await paths.place(resource) { try await call("GET", $0) }
    }

    private func request(_ method: String, _ path: String, _ query: [(String, String)]) -> OutboundRequest {
        let text = query.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
        var request = OutboundRequest(access.server + path + (text.isEmpty ? "" : "?\(text)"))
        request.method = method
        request.tls = access.tls()
        request.hasConnectionOfItsOwn = true
        request.timeout = limits.callTimeout
        request.connectTimeout = limits.connectTimeout
        request.maximumBodyBytes = limits.answerBytes
        request.headers = [("accept", "application/json"), ("user-agent", access.userAgent)]
        if let token = access.token() { request.headers.append(("authorization", "Bearer \(token)")) }
        return request
    }

    /// A call as often as `RetryPolicy` has it.
    private func call(
        _ method: String, _ path: String, _ query: [(String, String)] = [], _ body: JSON? = nil,
        type: String = "application/json"
    ) async throws -> JSON {
        var attempt = 1
        while true {
            var request = request(method, path, query)
            if let body {
                request.body = body.bytes
                request.headers.append(("content-type", type))
            }
            let failure: RetryPolicy.Failure
            let thrown: StatusError
            do {
                let response = try await calls.send(request)
                let answer = try await response.body.collect()
                if (200..<300).contains(response.status) {
                    guard let json = try? JSON(parsing: answer), json.isObject else {
                        throw StatusError(
                            code: 500, reason: .internalError,
                            message: "\(method) \(request.url): the answer is not JSON")
                    }
                    return json
                }
                thrown = Self.failure(response.status, answer)
                let wish = response.header("retry-after").flatMap { Int($0) } ?? thrown.retryAfterSeconds
                failure = .answered(code: response.status, retryAfterSeconds: wish)
            } catch let error as OutboundError {
                try Task.checkCancellation()
                thrown = Self.status(of: error, method, request.url)
                failure =
                    switch error {
                    case .cannotConnect: .notSent
                    case .timedOut: .timedOut
                    case .failed: .unknown
                    case .tooLarge, .cancelled, .invalidRequest: throw thrown
                    }
            }
            let isRead = method == "GET"
            guard let pause = policy.pause(after: failure, attempt: attempt, isRead: isRead) else { throw thrown }
            attempt += 1
            try await clock.sleep(for: pause)
        }
    }

    /// The server's own words, or what its code means.
    static func failure(_ code: Int, _ answer: [UInt8]) -> StatusError {
        if let json = try? JSON(parsing: answer), let error = StatusError(status: json) { return error }
        return StatusError(code: code, answer: String(decoding: answer.prefix(1_024), as: UTF8.self))
    }

    static func status(of error: OutboundError, _ method: String, _ url: String) -> StatusError {
        let what = "\(method) \(url.prefix { $0 != "?" })"
        return switch error {
        case .timedOut: StatusError(code: 504, reason: .timeout, message: "\(what): \(error)")
        case .tooLarge, .invalidRequest: StatusError(code: 500, reason: .internalError, message: "\(what): \(error)")
        case .cannotConnect, .cancelled, .failed:
            StatusError(code: 503, reason: .serviceUnavailable, message: "\(what): \(error)")
        }
    }
}
