import ClusterDNS
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Another service of the cluster, found by its name through cluster DNS and asked over HTTP.
struct Neighbour: Sendable {
    static let timeout = Duration.seconds(3)
    static let longestAnswerBytes = 64 * 1024

    enum Failure: Error, CustomStringConvertible {
        case timedOut
        case answered(HTTPResponseStatus)
        case answeredTooMuch
        var description: String {
            switch self {
            case .timedOut: "no answer in time"
            case .answered(let status): "\(status.code) \(status.reasonPhrase)"
            case .answeredTooMuch: "the answer is too long"
            }
        }
    }

    /// A Service's name as a program in a pod knows it, such as `coffee-svc` or `coffee-svc.default`.
    let service: String

    /// The service's answer to `GET /`, or the sentence that says why there is none.
    func says() async -> String {
        do {
            return try await withThrowingTaskGroup(of: String.self) { tasks in
                tasks.addTask { try await ask() }
                tasks.addTask {
                    try await Task.sleep(for: Self.timeout)
                    throw Failure.timedOut
                }
                defer { tasks.cancelAll() }
                return try await tasks.next() ?? ""
            }
        } catch {
            return "\(service) cannot be reached: \(error)\n"
        }
    }

    private func ask() async throws -> String {
        let addresses = try await DNSClient(Self.resolver()).addresses(of: service)
        guard let address = addresses.randomElement() else { throw DNSClient.Failure.noAddress(service) }
        return try await get(address)
    }

    /// The pod's resolv.conf: the file that RESOLV_CONF names, or else the usual one.
    private static func resolver() throws -> ResolverConfiguration {
        let path = ProcessInfo.processInfo.environment["RESOLV_CONF"] ?? "/etc/resolv.conf"
        return ResolverConfiguration(parsing: try String(contentsOfFile: path, encoding: .utf8))
    }

    private func get(_ address: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(2))
            .connect(host: address, port: 80) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let headers: HTTPHeaders = ["Host": service, "Connection": "close", "User-Agent": "cafe"]
            try await outbound.write(
                .head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: headers)))
            try await outbound.write(.end(nil))
            var text = ""
            for try await part in inbound {
                switch part {
                case .head(let head) where head.status != .ok: throw Failure.answered(head.status)
                case .head: break
                case .body(let bytes): text += String(buffer: bytes)
                case .end: return text
                }
                guard text.utf8.count <= Self.longestAnswerBytes else { throw Failure.answeredTooMuch }
            }
            return text
        }
    }
}
