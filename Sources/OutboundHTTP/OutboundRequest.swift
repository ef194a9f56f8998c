/// One call.
public struct OutboundRequest: Sendable {
    /// How the server is trusted and who we are; certificates and keys are PEM.
    public struct TLS: Sendable {
        /// The system's authorities when nil.
        public var authorities: [UInt8]?
        public var certificate: [UInt8]?
        public var key: [UInt8]?
        /// No check of the server's certificate, as for probes.
        public var isInsecure = false
        public init() {}
    }
    public var method = "GET"
    /// http or https.
    public var url: String
    public var headers: [(name: String, value: String)] = []
    public var body: [UInt8] = []
    /// From the start to the end of the body.
    public var timeout: Duration? = .seconds(30)
    public var connectTimeout: Duration = .seconds(10)
    /// A longer body ends the transfer with `tooLarge`.
    public var maximumBodyBytes = 16 << 20
    /// How many redirects are followed.
    public var maximumRedirects = 0
    public var tls = TLS()
    /// Connects to this socket instead of the URL's host.
    public var unixSocket: String?
    /// Whether the connection is new and is closed after, as for probes.
    public var usesFreshConnection = false
    /// Speaks HTTP/2 from the first byte, as gRPC without TLS does.
    public var speaksHTTP2AtOnce = false
    /// Keeps to HTTP/1.1: the call shares its connection with no other, so that one that hangs harms no other.
    public var hasConnectionOfItsOwn = false
    public init(_ url: String) { self.url = url }
}

/// An answer whose head has come.
public struct OutboundResponse: Sendable {
    public var status: Int
    /// Names in lower case, in the order sent.
    public var headers: [(name: String, value: String)]
    public var body: OutboundBody
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// An answer's body in pieces as they come; only one task may iterate. Dropping it cancels the transfer.
public struct OutboundBody: AsyncSequence, Sendable {
    let transfer: Transfer
    let guardian: Guardian
    /// Cancels the transfer when nobody holds the body any more.
    final class Guardian: Sendable {
        private let cancel: @Sendable () -> Void
        init(_ cancel: @escaping @Sendable () -> Void) { self.cancel = cancel }
        func end() { cancel() }
        deinit { cancel() }
    }
    public struct AsyncIterator: AsyncIteratorProtocol {
        let body: OutboundBody
        public mutating func next() async throws -> [UInt8]? { try await body.transfer.nextChunk() }
    }
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }
    /// Ends the transfer; who reads the body gets `cancelled`.
    public func cancel() { guardian.end() }
    /// A header that came after the body, once the body has ended; else one of the head.
    public func trailer(_ name: String) -> String? { transfer.header(name) }
    /// All of it; the request's `maximumBodyBytes` holds.
    public func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in self { bytes.append(contentsOf: chunk) }
        return bytes
    }
}

/// Why a call has no (whole) answer.
public enum OutboundError: Error, Equatable, CustomStringConvertible {
    case timedOut
    case cannotConnect(String)
    case tooLarge(limit: Int)
    case cancelled
    case invalidRequest(String)
    /// libcurl's number and sentence.
    case failed(code: Int, String)
    public var description: String {
        switch self {
        case .timedOut: "the request timed out"
        case .cannotConnect(let why): why
        case .tooLarge(let limit): "the body is larger than \(limit) bytes"
        case .cancelled: "the request was cancelled"
        case .invalidRequest(let why): why
        case .failed(_, let why): why
        }
    }
}
