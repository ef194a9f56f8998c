import APIMachinery
import HTTPMessages
import KubeAPI

/// Keeps no audit events; for tests and for `--audit none`.
public struct NoAudit: AuditSink {
    public init() {}
    public func record(_ event: JSON) async throws {}
}

/// No node can be reached.
public struct NoNodes: NodeConnector {
    public init() {}
    private static let unreachable = StatusError(
        code: 503, reason: .serviceUnavailable, message: "no kubelet can be reached from this server")
    public func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream {
        throw Self.unreachable
    }
    public func connect(node: String, pod: JSON, subresource: SubresourceName, request: Request) async throws -> Answer
    {
        throw Self.unreachable
    }
    public func page(node: String, request: Request) async throws -> Answer { throw Self.unreachable }
}

/// Nothing can be reached.
public struct NoBackends: BackendConnector {
    public init() {}
    public func forward(_ request: Request, to backend: Backend) async throws -> Answer {
        throw StatusError(
            code: 503, reason: .serviceUnavailable,
            message: "error trying to reach service: this server passes nothing on")
    }
}
