import EtcdClient
import EtcdMessages
import EtcdTestKit
import GRPCCore
import GRPCNIOTransportHTTP2Posix

@testable import EtcdFront

typealias TestClient = GRPCClient<HTTP2ClientTransport.Posix>

extension ServedDirectory {
    /// A gRPC connection to the server.
    func connected<Answer: Sendable>(
        _ body: (TestClient) async throws -> Answer
    ) async throws -> Answer {
        try await withEtcdClient(endpoint, body)
    }
}

/// A gRPC connection to a server on loopback.
func withEtcdClient<Answer: Sendable>(
    _ endpoint: String, _ body: (TestClient) async throws -> Answer
) async throws -> Answer {
    let port = Int(endpoint.split(separator: ":").last ?? "") ?? 0
    return try await withGRPCClient(
        transport: try .http2NIOPosix(
            target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
    ) { client in try await body(client) }
}

/// A watch stream in which a test asks and reads in turn.
struct WatchConversation: Sendable {
    private let requests: AsyncStream<Etcdserverpb_WatchRequest>.Continuation
    private let responses: AsyncThrowingStream<Etcdserverpb_WatchResponse, any Error>

    /// Talks while `body` runs, then closes its side and waits for the server to end the stream in order; or breaks the
    /// stream off, as etcd keeps one that its client has closed.
    static func hold(
        _ client: TestClient, breakingOff: Bool = false,
        _ body: @Sendable @escaping (WatchConversation) async throws -> Void
    ) async throws {
        let (requests, requestSource) = AsyncStream.makeStream(of: Etcdserverpb_WatchRequest.self)
        let (responses, responseSink) = AsyncThrowingStream.makeStream(of: Etcdserverpb_WatchResponse.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await client.call(EtcdMethods.watch) { writer in
                    for await request in requests { try await writer.write(request) }
                } onResponse: { response in
                    for try await message in response.messages { responseSink.yield(message) }
                    responseSink.finish()
                }
            }
            try await body(WatchConversation(requests: requestSource, responses: responses))
            requestSource.finish()
            if breakingOff {
                group.cancelAll()
                while await group.nextResult() != nil {}
            }
            try await group.waitForAll()
        }
    }

    func create(_ key: String, _ change: (inout Etcdserverpb_WatchCreateRequest) -> Void = { _ in }) {
        var request = Etcdserverpb_WatchRequest()
        request.createRequest.key = .init(key.utf8)
        change(&request.createRequest)
        requests.yield(request)
    }

    func cancel(_ id: Int64) {
        var request = Etcdserverpb_WatchRequest()
        request.cancelRequest.watchID = id
        requests.yield(request)
    }

    func progress() {
        var request = Etcdserverpb_WatchRequest()
        request.progressRequest = Etcdserverpb_WatchProgressRequest()
        requests.yield(request)
    }

    /// The next message, or an empty one if the server has ended the stream.
    func next() async throws -> Etcdserverpb_WatchResponse {
        for try await response in responses { return response }
        return Etcdserverpb_WatchResponse()
    }
}
