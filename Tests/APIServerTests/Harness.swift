import APIMachinery
import APIServer
import EtcdStore
import Foundation
import HTTPMessages
import KubeAPI
import PrometheusExport
import Synchronization
import TestKit
import Testing

/// A running server over a store, called with plain requests.
struct Harness: Sendable {
    let server: ClusterServer
    let store: any RevisionedStore
    let audit: RecordedAudit
    let metrics: PrometheusRegistry
    let slis: PrometheusRegistry

    static let token = "secret"
    static let admin = UserInfo(name: "admin", groups: ["system:masters"])

    /// Runs `body` against a server that is ready, on a store of its own or the one in `directory`, and ends it.
    static func run(
        _ configuration: Configuration = Configuration(), directory: TemporaryDirectory = TemporaryDirectory(),
        authorizer: any Authorizer = AuthorizerChain.standard(), nodes: any NodeConnector = NoNodes(),
        surroundings: Surroundings = .real,
        wrap: @Sendable (EmbeddedStore) -> any RevisionedStore = { $0 },
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        let embedded = try await EmbeddedStore.open(directory: directory.path)
        let store = wrap(embedded)
        let audit = RecordedAudit()
        let (metrics, slis) = (PrometheusRegistry(), PrometheusRegistry())
        let server = ClusterServer(
            store: store, configuration: configuration,
            authenticators: [BearerToken(token, for: admin), ClientCertificate()], authorizer: authorizer,
            audit: audit, nodes: nodes,
            surroundings: surroundings, metrics: metrics, slis: slis)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask {
                    try await server.waitUntilReady()
                    try await body(
                        Harness(server: server, store: store, audit: audit, metrics: metrics, slis: slis))
                }
                // The server runs until the body is done; if it ends first, that is the failure.
                try await group.next()
                group.cancelAll()
                try? await group.waitForAll()
            }
        } catch {
            await embedded.close()
            throw error
        }
        await embedded.close()
    }

    var api: any ClusterAPI { server.client(as: Self.admin) }

    struct Reply {
        var status: Int
        var headers: [(name: String, value: String)]
        var bytes: [UInt8]
        var json: JSON { (try? JSON(parsing: bytes)) ?? .null }
        var text: String { String(decoding: bytes, as: UTF8.self) }
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        var message: String { json["message"]?.string ?? "" }
    }

    /// `path` may carry a query. Streams are read to their end.
    func call(
        _ method: String, _ path: String, _ body: JSON? = nil, headers: [(name: String, value: String)] = [],
        text: String? = nil, as token: String? = Harness.token
    ) async throws -> Reply {
        let answer = await server.answer(request(method, path, body, headers: headers, text: text, as: token))
        var bytes: [UInt8] = []
        switch answer.body {
        case .bytes(let all): bytes = all
        case .stream(let stream): while let piece = try await stream.next() { bytes += piece }
        case .tunnel: break
        }
        return Reply(status: answer.status, headers: answer.headers, bytes: bytes)
    }

    func request(
        _ method: String, _ path: String, _ body: JSON? = nil, headers: [(name: String, value: String)] = [],
        text: String? = nil, as token: String? = Harness.token
    ) -> Request {
        let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var all = headers
        if let token { all.append((name: "authorization", value: "Bearer \(token)")) }
        if body != nil, !all.contains(where: { $0.name == "content-type" }) {
            all.append((name: "content-type", value: "application/json"))
        }
        return Request(
            method: method, path: parts[0], query: parts.count > 1 ? parts[1] : "", headers: all,
            body: text.map { Array($0.utf8) } ?? body?.bytes ?? [], sourceAddress: "127.0.0.1")
    }

    /// A watch's lines, to be read one by one.
    func watch(_ path: String, headers: [(name: String, value: String)] = []) async throws -> WatchLines {
        let answer = await server.answer(request("GET", path, headers: headers))
        guard case .stream(let stream) = answer.body else {
            throw HarnessError(description: "no stream: \(answer)")
        }
        return WatchLines(stream: stream)
    }

    /// A ConfigMap of the default namespace.
    static func configMap(_ name: String, _ data: [String: String] = ["a": "b"]) -> JSON {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": JSON(name)], "data": JSON(data)]
    }
    static let configMaps = "/api/v1/namespaces/default/configmaps"
    static let pods = "/api/v1/namespaces/default/pods"

    static func pod(_ name: String, node: String? = nil) -> JSON {
        var pod: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": JSON(name)],
            "spec": ["containers": [["name": "c", "image": "i"]]],
        ]
        if let node { pod["spec", "nodeName"] = JSON(node) }
        return pod
    }
}

struct HarnessError: Error, CustomStringConvertible { var description: String }

/// Reads a watch's body line by line.
final class WatchLines: Sendable {
    let stream: any ByteStream
    private let rest = Mutex<[UInt8]>([])
    init(stream: any ByteStream) { self.stream = stream }

    /// The next event; nil at the end.
    func next() async throws -> JSON? {
        while true {
            let line: [UInt8]? = rest.withLock { rest in
                guard let end = rest.firstIndex(of: 0x0A) else { return nil }
                let line = Array(rest[..<end])
                rest.removeSubrange(...end)
                return line
            }
            if let line { return try JSON(parsing: line) }
            guard let more = try await stream.next() else { return nil }
            rest.withLock { $0 += more }
        }
    }
    func next(_ count: Int) async throws -> [JSON] {
        var events: [JSON] = []
        while events.count < count, let event = try await next() { events.append(event) }
        return events
    }
}

extension JSON {
    /// `TYPE name` of a watch event.
    var brief: String { "\(self["type"]?.string ?? "") \(self["object", "metadata", "name"]?.string ?? "")" }
}

/// Keeps audit events in memory.
final class RecordedAudit: AuditSink {
    private let events = Mutex<[JSON]>([])
    /// Thrown for each event, once there is one.
    let fault = Mutex<(any Error)?>(nil)
    func record(_ event: JSON) async throws {
        if let fault = fault.withLock({ $0 }) { throw fault }
        events.withLock { $0.append(event) }
    }
    var all: [JSON] { events.withLock { $0 } }
}
