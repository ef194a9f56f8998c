import HTTPMessages
import HTTPServer
import Listening
import NIOCore
import NIOHTTP1
import NIOPosix

/// `/tea` and `/coffee`: through the ingress controller to the pods, as the samples' Ingress says.
enum SampleProxy {
    private static let connectSeconds: Int64 = 5
    /// How long the answer's head may take.
    private static let headSeconds: Int64 = 60
    /// What goes along besides what the proxy says itself.
    private static let passed: Set<String> = ["accept", "accept-language", "user-agent", "range", "if-none-match"]

    static func answer(_ site: Site, _ call: Call) async throws -> Answer {
        guard let ingress = site.configuration.ingress else {
            throw Problem.unavailable("This cluster has no ingress controller.")
        }
        var headers = HTTPHeaders([("host", site.configuration.ingressHost), ("connection", "close")])
        for (name, value) in call.request.headers where passed.contains(name) { headers.add(name: name, value: value) }
        headers.add(name: "x-forwarded-for", value: call.request.sourceAddress)
        headers.add(name: "x-forwarded-proto", value: call.request.isSecure ? "https" : "http")
        let query = call.request.query.isEmpty ? "" : "?\(call.request.query)"
        let head = HTTPRequestHead(
            version: .http1_1, method: call.request.method == "HEAD" ? .HEAD : .GET, uri: call.request.path + query,
            headers: headers)
        do {
            return try await exchange(head, ingress)
        } catch let error as Problem {
            throw error
        } catch {
            throw Problem(status: 502, title: "Bad Gateway", detail: "The ingress controller cannot be reached.")
        }
    }

    private static func exchange(
        _ head: HTTPRequestHead, _ address: ListenPlace
    ) async throws -> Answer {
        let proxied = ProxiedAnswer()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(connectSeconds))
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(ProxiedAnswerHandler(proxied))
                }
            }.connect(host: address.address, port: address.port).get()
        proxied.connected(channel)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        let limit = channel.eventLoop.scheduleTask(in: .seconds(headSeconds)) { channel.close(promise: nil) }
        defer { limit.cancel() }
        let answer = try await proxied.head()
        return Answer(
            status: Int(answer.status.code), headers: answer.headers.map { ($0.name.lowercased(), $0.value) },
            body: .stream(proxied))
    }
}
