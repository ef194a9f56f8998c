import APIMachinery
import APIServer
import Basics
import ControlLoops
import Gateway
import HTTPMessages
import HTTPServer
import KubeAPI
import Kubeadm
import Kubelet
import Listening
import Synchronization

/// The API server's way to kubelets of other processes: by HTTPS at what their nodes say, as a user who may call kubelets and
/// nothing else. Logs and sessions pass through as bytes.
///
/// Nobody vouches for a kubelet's certificate, as in clusters that kubeadm makes.
final class RemoteNodes: NodeConnector {
    /// What a refused session may say, in bytes.
    private static let refusalBytes = 16 << 10
    /// What of a session's request is the kubelet's: how it wants its streams.
    private static let sessionHeaders: Set<String> = [
        "upgrade", "connection", "x-stream-protocol-version", "sec-websocket-key", "sec-websocket-version",
        "sec-websocket-protocol", "sec-websocket-extensions", "user-agent",
    ]
    private static let bearerProtocol = "base64url.bearer.authorization.k8s.io."

    private let proxy: Mutex<BackendProxy>
    private let world = Mutex<World?>(nil)

    init(_ pki: PKI) throws { proxy = Mutex(try Self.proxy(pki)) }

    func adopt(_ pki: PKI) throws {
        let new = try Self.proxy(pki)
        proxy.withLock { $0 = new }
    }
    private static func proxy(_ pki: PKI) throws -> BackendProxy {
        try BackendProxy(certificateChain: pki.kubeletClient.certificatePEM, key: pki.kubeletClient.privateKeyPEM)
    }

    /// Where nodes are known; the API server is built before.
    func follow(_ world: World) {
        _ = world.cache(Node.resource)
        self.world.withLock { $0 = world }
    }

    // MARK: What is asked of nodes

    func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream {
        let place = try place(node)
        let key = pod.key
        let request = Request(
            method: "GET", path: Self.path("containerLogs", [key.namespace, key.name, options.container]),
            query: Self.query(options), headers: [("host", place.authority)])
        let answer: Answer
        do { answer = try await forward(request, to: place) } catch let error as StatusError {
            throw StatusError(
                code: 500, reason: .unknown,
                message: "Get \"https://\(place.authority)\(request.path)\": \(error.message)")
        }
        guard answer.status == 200 else { throw await Self.refusal(answer) }
        switch answer.body {
        case .stream(let stream): return stream
        case .bytes(let bytes): return WholeBody(bytes)
        case .tunnel(let tunnel):
            tunnel.cancel()
            throw StatusError.internalError("the kubelet of node \"\(node)\" changed the protocol unasked")
        }
    }

    func connect(node: String, pod: JSON, subresource: SubresourceName, request: Request) async throws -> Answer {
        let place = try place(node)
        let session = try SessionRequest(pod, subresource, request)
        var passed = Request(method: request.method, path: session.path, query: session.query)
        passed.headers = request.headers.compactMap { name, value in
            guard Self.sessionHeaders.contains(name) else { return nil }
            guard name == "sec-websocket-protocol" else { return (name, value) }
            // A browser's token, which was the API server's to see.
            let names = value.split(separator: ",").map { String($0.drop { $0 == " " }) }
            let kept = names.filter { !$0.hasPrefix(Self.bearerProtocol) }
            return kept.isEmpty ? nil : (name, kept.joined(separator: ", "))
        }
        passed.headers.append(("host", place.authority))
        if request.method == "POST" { passed.headers.append(("content-length", "0")) }
        let answer = try await forward(passed, to: place)
        guard answer.status == 101 else { throw await Self.refusal(answer) }
        return answer
    }

    func page(node: String, request: Request) async throws -> Answer {
        let place = try place(node)
        var request = request
        request.headers.removeAll { $0.name == "host" }
        request.headers.append(("host", place.authority))
        return try await forward(request, to: place)
    }

    // MARK: Helpers

    private func forward(_ request: Request, to place: Backend) async throws -> Answer {
        let proxy = proxy.withLock { $0 }
        return try await proxy.forward(request, to: place)
    }

    private func place(_ node: String) throws -> Backend {
        let object = world.withLock { $0 }?.get(Node.self, ObjectKey(name: node))
        guard let object else {
            throw StatusError(
                code: 503, reason: .serviceUnavailable, message: "the kubelet of node \"\(node)\" cannot be reached")
        }
        let addresses = object.status.addresses
        // As kubeadm has --kubelet-preferred-address-types.
        let address = ["InternalIP", "ExternalIP", "Hostname"].lazy.compactMap { type in
            addresses.first { $0.type == type }?.address
        }.first
        guard let address, !address.isEmpty else {
            throw StatusError(
                code: 500, reason: .unknown,
                message: "no preferred addresses found; known addresses: \(JSON(addresses.map(\.json)).text)")
        }
        let port = object.status.daemonEndpoints?.kubeletEndpoint?.Port ?? 0
        return Backend(host: address, port: port > 0 ? port : KubeletServer.port, isSecure: true)
    }

    static func path(_ first: String, _ names: [String]) -> String {
        "/" + ([first] + names.map { PercentEncoding.encode($0) }).joined(separator: "/")
    }

    private static func query(_ options: LogOptions) -> String {
        var items: [(name: String, value: String)] = []
        for (name, flag) in [
            ("follow", options.follow), ("previous", options.previous), ("timestamps", options.timestamps),
        ] where flag {
            items.append((name, "true"))
        }
        for (name, number) in [
            ("sinceSeconds", options.sinceSeconds), ("tailLines", options.tailLines),
            ("limitBytes", options.limitBytes),
        ] {
            if let number { items.append((name, String(number))) }
        }
        if let time = options.sinceTime { items.append(("sinceTime", time)) }
        return Query(items: items).text()
    }

    /// What the kubelet said, as the API server's clients are told it.
    private static func refusal(_ answer: Answer) async -> StatusError {
        var bytes: [UInt8] = []
        switch answer.body {
        case .bytes(let all): bytes = all
        case .stream(let stream):
            while bytes.count < refusalBytes, let piece = try? await stream.next() { bytes += piece }
            stream.cancel()
        case .tunnel(let tunnel): tunnel.cancel()
        }
        let text = String(decoding: bytes.prefix(refusalBytes), as: UTF8.self)
        if answer.status == 500 { return .internalError(text) }
        return StatusError(code: answer.status, answer: text)
    }
}

/// How the API's exec, attach and port-forward are asked of a kubelet.
struct SessionRequest {
    let path: String
    let query: String

    /// What the API calls streams, and what the kubelet does.
    private static let streams = ["stdin": "input", "stdout": "output", "stderr": "error", "tty": "tty"]

    init(_ pod: JSON, _ subresource: SubresourceName, _ request: Request) throws {
        let key = pod.key
        guard subresource != .portForward else {
            path = RemoteNodes.path("portForward", [key.namespace, key.name])
            query = request.query
            return
        }
        guard let asked = Query(request.query) else { throw StatusError.badRequest("the query is not well formed") }
        let container = try NodeAgent.containerName(Pod(pod), asked["container"] ?? "")
        path = RemoteNodes.path(subresource.rawValue, [key.namespace, key.name, container])
        query = Query(
            items: asked.items.compactMap { name, value in
                if name == "command" { return (name, value) }
                guard let stream = Self.streams[name] else { return nil }
                return (stream, ["true", "1"].contains(value.lowercased()) ? "1" : "0")
            }
        ).text()
    }
}

private final class WholeBody: ByteStream {
    private let bytes: Mutex<[UInt8]?>
    init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }
    func next() async throws -> [UInt8]? { bytes.withLock { $0.take() } }
    func cancel() { bytes.withLock { $0 = nil } }
}

/// The API server's way to nodes: those of this process in it, without a socket, all others by HTTPS.
struct ClusterNodes: NodeConnector {
    let embedded: EmbeddedNodes
    let remote: RemoteNodes

    private func connector(_ node: String) -> any NodeConnector { embedded.has(node) ? embedded : remote }

    func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream {
        try await connector(node).logs(node: node, pod: pod, options: options)
    }
    func connect(node: String, pod: JSON, subresource: SubresourceName, request: Request) async throws -> Answer {
        try await connector(node).connect(node: node, pod: pod, subresource: subresource, request: request)
    }
    func page(node: String, request: Request) async throws -> Answer {
        try await connector(node).page(node: node, request: request)
    }
}
