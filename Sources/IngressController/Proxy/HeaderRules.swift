import NIOHTTP1

/// What a proxy changes in the fields of a message (RFC 9110 §7.6, RFC 9112 §6), and which requests it refuses.
enum HeaderRules {
    /// Fields that concern one connection only, besides those that Connection names.
    static let hopByHop: [String] = [
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    struct Client: Sendable {
        var address: String
        var isSecure: Bool
        var port: Int
        var requestID: String
        /// Whether what the client says of those before it is to be believed.
        var isTrusted: Bool
    }

    /// Why a request is refused before it is looked at further; nil when it is not.
    static func refusal(of request: HTTPRequestHead) -> HTTPResponseStatus? {
        let headers = request.headers
        guard request.version == .http1_1 || request.version == .http1_0 else { return .httpVersionNotSupported }
        if request.method == .CONNECT || request.method == .TRACE { return .methodNotAllowed }
        let encodings = headers["transfer-encoding"]
        if !encodings.isEmpty {
            // Both framings, a framing that HTTP/1.0 lacks, or one we do not undo: how two servers come to disagree
            // about where a request ends.
            if headers.contains(name: "content-length") || request.version == .http1_0 { return .badRequest }
            if encodings.count > 1 || encodings[0].lowercased() != "chunked" { return .notImplemented }
        }
        if headers["content-length"].count > 1 { return .badRequest }
        let hosts = headers["host"]
        if hosts.count > 1 || (hosts.isEmpty && request.version == .http1_1) { return .badRequest }
        return nil
    }

    /// The host and the path with query that a request is for (RFC 9112 §3.2); nil for a target that has no path.
    static func destination(of request: HTTPRequestHead) -> (host: String, target: String)? {
        let host = request.headers.first(name: "host") ?? ""
        if request.uri.first == "/" { return (host, request.uri) }
        // The absolute form counts for more than the Host field.
        let lowercased = request.uri.prefix(8).lowercased()
        guard let scheme = ["http://", "https://"].first(where: { lowercased.hasPrefix($0) }) else { return nil }
        let rest = request.uri.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let path = rest[end...]
        return (String(rest[..<end]), path.first == "/" ? String(path) : "/" + path)
    }

    /// The protocol a client asks to go on with, if we let it: not HTTP/2, which would go around all routing.
    static func upgrade(of request: HTTPRequestHead) -> String? {
        guard request.version == .http1_1, let name = request.headers.first(name: "upgrade"),
            request.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" }),
            !name.lowercased().hasPrefix("h2")
        else { return nil }
        return name
    }

    static func removeHopByHop(from headers: inout HTTPHeaders) {
        let named = headers[canonicalForm: "connection"]
        for name in named where !["host", "content-length"].contains(name.lowercased()) {
            headers.remove(name: String(name))
        }
        for name in hopByHop { headers.remove(name: name) }
    }

    /// The head as the backend gets it.
    static func forward(_ request: HTTPRequestHead, target: String, host: String, from client: Client)
        -> HTTPRequestHead
    {
        var head = HTTPRequestHead(version: .http1_1, method: request.method, uri: target, headers: request.headers)
        let isChunked = request.headers.contains(name: "transfer-encoding")
        let upgrade = upgrade(of: request)
        let acceptsTrailers = request.headers[canonicalForm: "te"].contains { $0.lowercased() == "trailers" }
        removeHopByHop(from: &head.headers)
        head.headers.remove(name: "expect")
        // "Proxy" becomes HTTP_PROXY in CGI programs.
        head.headers.remove(name: "proxy")
        if isChunked { head.headers.add(name: "Transfer-Encoding", value: "chunked") }
        if acceptsTrailers { head.headers.add(name: "TE", value: "trailers") }
        if let upgrade {
            head.headers.add(name: "Connection", value: "Upgrade")
            head.headers.add(name: "Upgrade", value: upgrade)
        }
        head.headers.replaceOrAdd(name: "Host", value: host)
        addForwarding(to: &head.headers, host: host, from: client)
        return head
    }

    private static func addForwarding(to headers: inout HTTPHeaders, host: String, from client: Client) {
        let before = client.isTrusted ? headers[canonicalForm: "x-forwarded-for"] : []
        let scheme = client.isSecure ? "https" : "http"
        func set(_ name: String, _ value: String) {
            if client.isTrusted, headers.contains(name: name) { return }
            headers.replaceOrAdd(name: name, value: value)
        }
        headers.replaceOrAdd(
            name: "X-Forwarded-For", value: (before.map(String.init) + [client.address]).joined(separator: ", "))
        set("X-Real-IP", before.first.map(String.init) ?? client.address)
        set("X-Forwarded-Host", host)
        set("X-Forwarded-Port", String(client.port))
        set("X-Forwarded-Proto", scheme)
        set("X-Forwarded-Scheme", scheme)
        headers.replaceOrAdd(name: "X-Request-ID", value: client.requestID)
    }

    /// The head as the client gets it. `keepsAlive` is whether this connection takes another request.
    static func back(
        _ answer: HTTPResponseHead, to request: HTTPRequestHead, keepsAlive: Bool
    ) -> HTTPResponseHead {
        var head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
        removeHopByHop(from: &head.headers)
        let hasBody =
            request.method != .HEAD && answer.status.code != 204 && answer.status.code != 304
            && answer.status.code >= 200
        if hasBody, !head.headers.contains(name: "content-length"), request.version == .http1_1 {
            head.headers.add(name: "Transfer-Encoding", value: "chunked")
        }
        if !keepsAlive {
            head.headers.add(name: "Connection", value: "close")
        } else if request.version == .http1_0 {
            head.headers.add(name: "Connection", value: "keep-alive")
        }
        return head
    }

    /// Whether the length of an answer is told otherwise than by the end of the connection.
    static func isFramed(_ answer: HTTPResponseHead, to request: HTTPRequestHead) -> Bool {
        request.version == .http1_1 || request.method == .HEAD || answer.headers.contains(name: "content-length")
            || [204, 304].contains(answer.status.code)
    }

    /// The client's own id when it is harmless, for following a request through; nil otherwise.
    static func requestID(of headers: HTTPHeaders) -> String? {
        guard let id = headers.first(name: "x-request-id"), (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy({ isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
        else { return nil }
        return id
    }
    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    static func isIdempotent(_ request: HTTPRequestHead) -> Bool {
        switch request.method {
        case .GET, .HEAD, .OPTIONS, .PUT, .DELETE: true
        default:
            request.headers.contains(name: "idempotency-key") || request.headers.contains(name: "x-idempotency-key")
        }
    }
}
