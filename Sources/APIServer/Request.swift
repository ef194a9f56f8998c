import APIMachinery

/// One HTTP request as a value, whoever carried it.
public struct Request: Sendable {
    /// Upper case, such as "GET".
    public var method: String
    /// The path as sent, still percent-encoded, without the query.
    public var path: String
    /// The query as sent, without the question mark; empty if there is none.
    public var query: String
    /// Names in lower case, in the order sent.
    public var headers: [(name: String, value: String)]
    /// The whole body; the carrier has held it to the limit of 3 MiB. Empty for an upgrade.
    public var body: [UInt8]
    /// The peer's address, without port.
    public var sourceAddress: String
    /// The verified client certificate's subject, if TLS presented one that our CA signed.
    public var certificate: CertificateSubject?
    /// Whether the request came over TLS.
    public var isSecure: Bool

    public struct CertificateSubject: Sendable, Equatable {
        /// The common name: the user.
        public var commonName: String
        /// The organizations: the groups.
        public var organizations: [String]
        public init(commonName: String, organizations: [String]) {
            self.commonName = commonName
            self.organizations = organizations
        }
    }

    public init(
        method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], sourceAddress: String = "", certificate: CertificateSubject? = nil, isSecure: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.sourceAddress = sourceAddress
        self.certificate = certificate
        self.isSecure = isSecure
    }

    /// The first header of this (lower case) name.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// What goes back for a request.
public struct Answer: Sendable {
    public enum Body: Sendable {
        case bytes([UInt8])
        /// Pieces as they come, until nil; the carrier calls `cancel` when the client goes away.
        case stream(any ByteStream)
        /// After an answer of 101: the connection's bytes both ways.
        case tunnel(any Tunnel)
    }
    public var status: Int
    /// Names in lower case.
    public var headers: [(name: String, value: String)]
    public var body: Body
    public init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A body that comes in pieces: a watch, a log that is followed.
public protocol ByteStream: Sendable {
    /// The next piece; nil at the end. Throwing cuts the connection.
    func next() async throws -> [UInt8]?
    func cancel()
}

/// A stream that can be read without a task that waits for it.
public protocol PolledStream: ByteStream {
    /// What is there now, for one caller at a time, which may be an event loop: it takes little. After `later`, `ready` is
    /// called, once and on any thread, as soon as asking again is worth while.
    func poll(_ ready: @escaping @Sendable () -> Void) -> Polled
}
public enum Polled: Sendable, Equatable {
    case bytes([UInt8]), later, end
}

/// The far side of an upgraded connection (exec, attach, port-forward).
public protocol Tunnel: Sendable {
    /// Bytes that the client sent; nil when its side is closed.
    func received(_ bytes: [UInt8]?) async throws
    /// The next bytes for the client; nil closes the connection.
    func next() async throws -> [UInt8]?
    func cancel()
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
