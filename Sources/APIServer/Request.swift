import APIMachinery
import HTTPMessages

/// Who asks, once authenticated.
public struct UserInfo: Sendable, Equatable {
    public var name: String
    public var uid: String
    public var groups: [String]
    /// What else is known of them, such as the pod whose token was shown.
    public var extra: [String: [String]]
    public init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    /// authentication.k8s.io/v1 UserInfo.
    var json: JSON {
        var json: JSON = ["username": JSON(name)]
        if !uid.isEmpty { json["uid"] = JSON(uid) }
        if !groups.isEmpty { json["groups"] = JSON(groups) }
        for (key, values) in extra.sorted(by: { $0.key < $1.key }) { json["extra", key] = JSON(values) }
        return json
    }
}

/// Finds out who asks; nil when the request shows no credentials this authenticator knows. Throws `StatusError` 401
/// for credentials that are wrong.
public protocol Authenticator: Sendable {
    func authenticate(_ request: Request) async throws -> UserInfo?
}

/// What is to be done to what, for the authorizer and the audit.
public struct RequestAttributes: Sendable, Equatable {
    /// Kubernetes' verb (get, list, watch, create, update, patch, delete, deletecollection) or the lower-case method
    /// for paths outside the API.
    public var verb: String
    public var group: String
    public var version: String
    public var resource: String
    public var subresource: String
    public var namespace: String
    public var name: String
    public var path: String
    public var isResourceRequest: Bool
    public init(
        verb: String, group: String = "", version: String = "", resource: String = "", subresource: String = "",
        namespace: String = "", name: String = "", path: String, isResourceRequest: Bool
    ) {
        self.verb = verb
        self.group = group
        self.version = version
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
        self.path = path
        self.isResourceRequest = isResourceRequest
    }
}

/// Says whether someone may; the reason is for the 403's message.
public protocol Authorizer: Sendable {
    func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> (allowed: Bool, reason: String)
    /// All that someone may do in a namespace, for a SelfSubjectRulesReview.
    func rules(for user: UserInfo, namespace: String) async -> AccessRules
}

/// Takes audit events (audit.k8s.io/v1 Event objects); returns when the event survives a killed process.
public protocol AuditSink: Sendable {
    func record(_ event: JSON) async throws
}

/// The API server's way to a node's kubelet.
public protocol NodeConnector: Sendable {
    /// The container's log as `GET …/log` asks for it. Throws `StatusError`.
    func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream
    /// Exec, attach or port-forward: the answer of an upgrade for this request.
    func connect(node: String, pod: JSON, subresource: String, request: Request) async throws -> Answer
}

/// The query of `GET …/pods/{name}/log`.
public struct LogOptions: Sendable, Equatable {
    public var container: String
    public var follow = false
    public var previous = false
    public var timestamps = false
    public var sinceSeconds: Int?
    public var sinceTime: String?
    public var tailLines: Int?
    public var limitBytes: Int?
    public init(container: String) { self.container = container }
}
