import Basics
import HTTPServer
import HTTPMessages
import APIMachinery
import APIServer
import Streams
import Synchronization

/// Any watch, and a container's log, over a WebSocket, as kube-apiserver serves them: a watch as one text message per
/// event, a log as binary messages, or base64 text under the subprotocol `base64.binary.k8s.io`. What the client sends is
/// ignored.
enum WebSocketAnswer {
    /// What of the answer becomes messages.
    enum Content: Equatable { case watch, log }

    /// nil for requests that are answered as if they asked for no WebSocket, and for those whose upgrade is the node's.
    static func content(of request: Request) -> Content? {
        guard request.method == "GET", request.header("upgrade") != nil,
            WebSocketHandshake.isAsked(request.headers)
        else { return nil }
        if request.path.hasPrefix("/api/v1/namespaces/"), request.path.hasSuffix("/log") {
            let segments = request.path.split(separator: "/")
            return segments.count == 7 && segments[4] == "pods" ? .log : nil
        }
        guard !request.query.isEmpty, let watch = Query(request.query)?["watch"] else { return nil }
        return watch == "1" || watch == "true" ? .watch : nil
    }

    static func answer(_ request: Request, _ content: Content, _ api: Site.API) async -> Answer {
        let offered = WebSocketHandshake.offered(request.headers)
        // A watch means the same whatever the subprotocol, which is only echoed.
        let supported = content == .log || offered.count > 1 ? binary : offered + [""]
        guard let handshake = WebSocketHandshake(request.headers, supported: supported) else {
            let isKnown = offered.isEmpty || offered.contains(where: supported.contains)
            return Problem(
                status: isKnown ? 400 : 403, title: isKnown ? "Bad Request" : "Forbidden",
                detail: isKnown
                    ? "the WebSocket handshake lacks a key or has another version than 13"
                    : "requested protocol(s) are not supported: [\(offered.joined(separator: " "))]"
            ).answer(for: request.path)
        }
        var inner = request
        inner.headers.removeAll {
            $0.name == "connection" || $0.name == "upgrade" || $0.name.hasPrefix("sec-websocket-")
        }
        // Messages of a watch are lines of JSON, whatever else the client would take.
        if content == .watch { inner.headers.removeAll { $0.name == "accept" } }
        var answer = await api(inner)
        guard answer.status == 200 else { return answer }
        let stream: any ByteStream
        switch answer.body {
        case .stream(let body): stream = body
        case .bytes(let bytes): stream = OnePiece(bytes)
        case .tunnel: return answer
        }
        answer.status = 101
        answer.headers.removeAll { $0.name == "content-type" || $0.name == "cache-control" }
        answer.headers += handshake.headers
        answer.body = .tunnel(StreamTunnel(stream, Form(content, handshake.subprotocol)))
        return answer
    }
    /// The empty one is a client that names none.
    private static let binary = ["binary.k8s.io", "base64.binary.k8s.io", ""]

    /// How a stream's pieces become messages.
    enum Form: Equatable {
        /// Each line is a message, its end included.
        case lines
        case binary
        case base64

        init(_ content: Content, _ subprotocol: String) {
            self = content == .watch ? .lines : subprotocol == "base64.binary.k8s.io" ? .base64 : .binary
        }
    }
}

/// A body that is there already.
private final class OnePiece: ByteStream {
    private let bytes: Mutex<[UInt8]?>
    init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes.isEmpty ? nil : bytes) }
    func next() async throws -> [UInt8]? { bytes.withLock { $0.take() } }
    func cancel() {}
}

/// Sends a stream's pieces as a WebSocket's messages.
private final class StreamTunnel: Tunnel {
    private let stream: any ByteStream
    private let connection = WebSocketConnection()

    init(_ stream: any ByteStream, _ form: WebSocketAnswer.Form) {
        self.stream = stream
        let connection = self.connection
        Task {
            do {
                try await Self.send(stream, as: form, over: connection)
                connection.close(.normal)
            } catch {
                connection.close(.internalError)
            }
        }
    }

    private static func send(
        _ stream: any ByteStream, as form: WebSocketAnswer.Form, over connection: WebSocketConnection
    ) async throws {
        var lines = LineSplitter()
        // kube-apiserver begins a log with an empty message, for which some clients wait.
        if form != .lines {
            await connection.send(WebSocketFrame(opcode: form == .binary ? .binary : .text, payload: []))
        }
        while let piece = try await stream.next() {
            switch form {
            case .binary: await connection.send(WebSocketFrame(opcode: .binary, payload: piece))
            case .base64:
                await connection.send(WebSocketFrame(opcode: .text, payload: Array(Base64.encode(piece).utf8)))
            case .lines:
                for line in lines.append(piece) {
                    await connection.send(WebSocketFrame(opcode: .text, payload: line + [UInt8(ascii: "\n")]))
                }
            }
        }
    }

    func received(_ bytes: [UInt8]?) async throws {
        if await !connection.received(bytes, { _, _ in }) { stream.cancel() }
    }
    func next() async throws -> [UInt8]? { await connection.next() }
    func cancel() {
        stream.cancel()
        connection.end()
    }
}

/// Takes whole lines out of pieces, wherever these are cut: a value.
struct LineSplitter {
    private var partial: [UInt8] = []

    /// The lines that are whole now, without their ends; empty ones are left out.
    mutating func append(_ piece: [UInt8]) -> [[UInt8]] {
        partial += piece
        var lines: [[UInt8]] = []
        var start = partial.startIndex
        while let end = partial[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if end > start { lines.append(Array(partial[start..<end])) }
            start = end + 1
        }
        partial.removeSubrange(..<start)
        return lines
    }
}
