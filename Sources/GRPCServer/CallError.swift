/// How a call ends that did not succeed. Source: grpc, doc/statuscodes.md.
public struct CallError: Error, Equatable, Sendable {
    /// The numbers are gRPC's.
    public enum Code: Int, Sendable {
        case cancelled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        case internalError = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16
    }
    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// There is no such method among `known` paths, or no such service.
    static func unknownMethod(_ path: String, _ known: some Sequence<String>) -> CallError {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        if parts.count != 2 { return CallError(.unimplemented, "malformed method name: \"\(path)\"") }
        if !known.contains(where: { $0.hasPrefix("/\(parts[0])/") }) {
            return CallError(.unimplemented, "unknown service \(parts[0])")
        }
        return CallError(.unimplemented, "unknown method \(parts[1]) for service \(parts[0])")
    }
}

/// An error that says how a call ends that throws it.
public protocol CallErrorConvertible: Error {
    var callError: CallError { get }
}

/// What the server itself tells clients, where a service has sentences of its own for it.
public struct ServerRefusals: Sendable {
    /// The server stops.
    public var stopped = CallError(.unavailable, "grpc: the server is stopping")
    /// More of one connection waits for its methods than may.
    public var tooManyRequests = CallError(.resourceExhausted, "grpc: too many requests wait on this connection")

    public init() {}
}
