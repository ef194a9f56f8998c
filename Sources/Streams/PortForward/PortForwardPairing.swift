/// Brings together the two streams of each forwarded connection: a client opens one for errors and one for data, both
/// with the headers `port` and `requestid`. A value.
public struct PortForwardPairing: Sendable {
    /// Requests of which one stream is missing; more are refused.
    public static let maximumWaiting = 1_000

    public enum Role: String, Sendable { case data, error }

    public struct Pair: Equatable, Sendable {
        public var port: Int
        /// The streams' numbers.
        public var data: UInt32?
        public var error: UInt32?
        public var isWhole: Bool { data != nil && error != nil }
    }

    public enum Decision: Equatable, Sendable {
        /// Not what a client may open; the sentence says why.
        case refuse(String)
        /// The other stream of the request is to come.
        case wait(request: String)
        /// Both are there; the request is no longer kept.
        case forward(Pair)
    }
    private var waiting: [String: Pair] = [:]

    public init() {}

    public mutating func opened(_ stream: UInt32, _ headers: [SPDYHeader]) -> Decision {
        guard let portText = headers["port"], !portText.isEmpty else { return .refuse("\"port\" header is required") }
        guard let port = UInt16(portText) else { return .refuse("unable to parse \"\(portText)\" as a port") }
        guard port > 0 else { return .refuse("port \"\(portText)\" must be > 0") }
        guard let type = headers["streamtype"], !type.isEmpty else {
            return .refuse("\"streamType\" header is required")
        }
        guard let role = Role(rawValue: type) else { return .refuse("invalid stream type \"\(type)\"") }
        let request = Self.request(stream, role, headers)
        guard waiting[request] != nil || waiting.count < Self.maximumWaiting else {
            return .refuse("too many requests wait for their second stream")
        }
        var pair = waiting[request] ?? Pair(port: Int(port))
        switch role {
        case .data:
            guard pair.data == nil else { return .refuse("data stream already assigned") }
            pair.data = stream
            pair.port = Int(port)
        case .error:
            guard pair.error == nil else { return .refuse("error stream already assigned") }
            pair.error = stream
        }
        waiting[request] = pair.isWhole ? nil : pair
        return pair.isWhole ? .forward(pair) : .wait(request: request)
    }

    /// Very old clients number no requests: their data stream is the one after the error stream.
    private static func request(_ stream: UInt32, _ role: Role, _ headers: [SPDYHeader]) -> String {
        if let request = headers["requestid"], !request.isEmpty { return "id " + request }
        return "stream \(role == .error ? stream : stream &- 2)"
    }

    /// The half of a request whose other half has not come in time; nil if it has.
    public mutating func timedOut(_ request: String) -> Pair? { waiting.removeValue(forKey: request) }
}
