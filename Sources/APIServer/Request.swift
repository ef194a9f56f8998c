import APIMachinery
import HTTPMessages
import KubeAPI

/// Takes audit events (audit.k8s.io/v1 Event objects); returns when it answers for the event. Throws for one that is lost:
/// `AuditRequired` where no request may be served of which nothing is kept, anything else to be counted and logged.
public protocol AuditSink: Sendable {
    func record(_ event: JSON) async throws
}

/// An event was lost without which its request may not be served.
public struct AuditRequired: Error, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// Several sinks as one: each gets every event, also when another has lost it.
public struct AuditSinks: AuditSink {
    private let sinks: [any AuditSink]
    public init(_ sinks: [any AuditSink]) { self.sinks = sinks }

    public func record(_ event: JSON) async throws {
        var fault: (any Error)?
        for sink in sinks {
            do {
                try await sink.record(event)
            } catch {
                if fault == nil || error is AuditRequired { fault = error }
            }
        }
        if let fault { throw fault }
    }
}

/// The API server's way to a node's kubelet.
public protocol NodeConnector: Sendable {
    /// The container's log as `GET …/log` asks for it. Throws `StatusError`.
    func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream
    /// Exec, attach or port-forward: the answer of an upgrade for this request.
    func connect(node: String, pod: JSON, subresource: SubresourceName, request: Request) async throws -> Answer
    /// What the kubelet itself serves: `request`'s path is one of its own.
    func page(node: String, request: Request) async throws -> Answer
}

/// Whom a request is passed on to.
public struct Backend: Sendable, Equatable {
    public var host: String
    public var port: Int
    /// Whether TLS is spoken. Nobody vouches for who answers, as pods' certificates are their own.
    public var isSecure: Bool
    public init(host: String, port: Int, isSecure: Bool) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }
    /// Host and port as in a URL.
    public var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}

/// The API server's way to what pods, Services and nodes serve.
public protocol BackendConnector: Sendable {
    /// The backend's answer to a request whose headers are made ready; a tunnel after an upgrade. Throws `StatusError`.
    func forward(_ request: Request, to backend: Backend) async throws -> Answer
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
