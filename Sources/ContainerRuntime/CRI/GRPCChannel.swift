import Basics
import OutboundHTTP

/// How a call ended that did not end well: gRPC's code and the server's sentence.
public struct GRPCStatus: Error, Equatable, CustomStringConvertible {
    public static let notFound = 5
    public static let deadlineExceeded = 4

    public var code: Int
    public var message: String

    public init(code: Int, message: String) {
        self.code = code
        self.message = message
    }

    /// The codes' names, in order (grpc's statuscodes.md).
    public static let names = [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
        "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented",
        "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ]
    public static func name(_ code: Int) -> String {
        names.indices.contains(code) ? names[code] : "Code(\(code))"
    }
    /// As grpc-go writes it.
    public var description: String { "rpc error: code = \(Self.name(code)) desc = \(message)" }
}

/// Unary calls of gRPC to one server over HTTP/2: at a unix socket, or over a network with TLS or without.
package struct GRPCChannel: Sendable {
    /// What containerd's server and clients allow a message.
    static let maximumMessageBytes = 16 << 20
    /// For what the runtime has at hand; what takes its time says so.
    package static let timeout = Duration.seconds(120)

    /// Where the server is, for a sentence.
    package let place: String
    private let socket: String?
    /// Scheme and host.
    private let origin: String
    private let tls: OutboundRequest.TLS
    private let http: OutboundClient

    package init(socket: String, http: OutboundClient = OutboundClient()) {
        place = socket
        self.socket = socket
        origin = "http://localhost"
        tls = OutboundRequest.TLS()
        self.http = http
    }
    /// `address` is a host and a port; without `tls` nothing is encrypted.
    package init(address: String, tls: OutboundRequest.TLS?, http: OutboundClient = OutboundClient()) {
        place = address
        socket = nil
        origin = "\(tls == nil ? "http" : "https")://\(address)"
        self.tls = tls ?? OutboundRequest.TLS()
        self.http = http
    }

    package func shutdown() { http.shutdown() }

    /// `method` is `package.Service/Method`. Throws `GRPCStatus`, or `CancellationError` with its task.
    package func call(
        _ method: String, _ message: ProtobufMessage = ProtobufMessage(), timeout: Duration = timeout
    ) async throws -> ProtobufFields {
        var request = OutboundRequest("\(origin)/\(method)")
        request.method = "POST"
        request.unixSocket = socket
        request.tls = tls
        request.speaksHTTP2AtOnce = true
        // libcurl 7.88 begins HTTP/2 anew on a connection that has it already.
        request.usesFreshConnection = true
        request.timeout = timeout
        request.maximumBodyBytes = Self.maximumMessageBytes
        request.headers = [("Content-Type", "application/grpc"), ("TE", "trailers"), ("User-Agent", "skiff")]
        let count = UInt32(clamping: message.bytes.count)
        request.body = [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + message.bytes
        let response: OutboundResponse
        let body: [UInt8]
        do {
            response = try await http.send(request)
            body = try await response.body.collect()
        } catch let error as OutboundError { throw status(error) }
        if let code = response.body.trailer("grpc-status").flatMap({ Int($0) }) {
            guard code == 0 else {
                let told = response.body.trailer("grpc-message") ?? ""
                throw GRPCStatus(code: code, message: PercentEncoding.decode(told) ?? told)
            }
        } else {
            throw GRPCStatus(code: 14, message: "unexpected HTTP status code received from server: \(response.status)")
        }
        guard body.count >= 5, body[0] == 0, body[1..<5].reduce(0, { $0 << 8 | Int($1) }) == body.count - 5 else {
            throw GRPCStatus(code: 13, message: "\(ProtobufFields.Malformed())")
        }
        do { return try ProtobufFields(body[5...]) } catch { throw GRPCStatus(code: 13, message: "\(error)") }
    }

    private func status(_ error: OutboundError) -> any Error {
        switch error {
        case .cancelled where Task.isCancelled: CancellationError()
        case .timedOut: GRPCStatus(code: GRPCStatus.deadlineExceeded, message: "context deadline exceeded")
        case .tooLarge: GRPCStatus(code: 8, message: "grpc: received message larger than max")
        default: GRPCStatus(code: 14, message: "connection error: desc = \"\(place): \(error)\"")
        }
    }
}
