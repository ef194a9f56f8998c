import APIMachinery
import HTTPMessages

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
