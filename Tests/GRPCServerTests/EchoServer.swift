import EtcdClient
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import SwiftProtobuf
import Synchronization

@testable import GRPCServer

/// A server whose methods say back what they are told, each in another way.
struct EchoServer: Sendable {
    typealias Method = RemoteMethod<Google_Protobuf_BytesValue, Google_Protobuf_BytesValue>
    private static let service = "test.Echo"
    /// Answers without a task.
    static let echo = Method(service, "Echo")
    /// Answers from a task.
    static let slowEcho = Method(service, "SlowEcho")
    /// Both sides send any number of messages.
    static let chat = Method(service, "Chat")
    /// Waits until its caller has given up.
    static let wait = Method(service, "Wait")
    static let refuse = Method(service, "Refuse")

    final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .acquiring) }
        func add() { count.add(1, ordering: .acquiringAndReleasing) }
    }
    let port: Int
    /// Messages that Flood has written; calls of Wait that have begun, and whose callers have given up.
    let flooded: Counter
    let waiting: Counter
    let given: Counter
    /// Stops the server.
    let stop: @Sendable () -> Void

    private struct Refused: CallErrorConvertible {
        var callError: CallError { CallError(.failedPrecondition, "100 %\nä") }
    }

    /// Serves while `body` runs.
    static func run(_ limits: CallLimits = CallLimits(), _ body: (EchoServer) async throws -> Void) async throws {
        let (flooded, waiting, given) = (Counter(), Counter(), Counter())
        let routes = routes(flooded, waiting, given)
        let listener = try CallListener(
            routes, address: "127.0.0.1", port: 0, security: .insecure, limits: limits, logger: Logger(label: "test"))
        let serving = Task { try await listener.run { _ in } }
        defer { serving.cancel() }
        try await body(
            EchoServer(port: try await listener.port, flooded: flooded, waiting: waiting, given: given) {
                serving.cancel()
            })
    }

    private static func routes(_ flooded: Counter, _ waiting: Counter, _ given: Counter) -> CallRoutes {
        typealias Bytes = Google_Protobuf_BytesValue
        var routes = CallRoutes { request in
            if (request as? Bytes)?.value == Data("no".utf8) { throw CallError(.permissionDenied, "no") }
        }
        routes.direct(service, "Echo") { (request: Bytes, reply) in reply { try FramedMessage(request) } }
        routes.unary(service, "SlowEcho") { (request: Bytes, _) -> Bytes in
            await Task.yield()
            return request
        }
        routes.unary(service, "Refuse") { (_: Bytes, _) -> Bytes in throw Refused() }
        routes.unary(service, "Wait") { (request: Bytes, context) -> Bytes in
            waiting.add()
            try await context.cancellation.wait()
            given.add()
            throw CancellationError()
        }
        routes.serverStreaming(service, "Flood") { (_: Bytes, writer: CallWriter<Bytes>, _) in
            while true {
                try await writer.write(Bytes(Data(repeating: 0, count: 10_000)))
                flooded.add()
            }
        }
        routes.streaming(service, "Chat") { (reader: CallReader<Bytes>, writer: CallWriter<Bytes>, _) in
            for try await message in reader { try await writer.write(message) }
        }
        return routes
    }

    func connected(_ body: (GRPCClient<HTTP2ClientTransport.Posix>) async throws -> Void) async throws {
        try await withGRPCClient(
            transport: try .http2NIOPosix(
                target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
        ) { client in try await body(client) }
    }
}
