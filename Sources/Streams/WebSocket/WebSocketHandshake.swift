import Basics
import APIMachinery
import Crypto

/// The server's half of the opening handshake (RFC 6455 section 4.2).
public struct WebSocketHandshake: Sendable {
    /// The answer's headers.
    public let headers: [(name: String, value: String)]
    /// The chosen subprotocol; empty for none.
    public let subprotocol: String

    /// Whether a request with these headers wants to become a WebSocket.
    public static func isAsked(_ request: [(name: String, value: String)]) -> Bool {
        HeaderValues.of("upgrade", request).contains { $0.lowercased() == "websocket" }
            && HeaderValues.of("connection", request).contains { $0.lowercased() == "upgrade" }
    }

    /// The subprotocol is `preferred` if it is offered, else the client's first that is in `supported`; there the empty one
    /// stands for a client that offers none. nil when the request is no WebSocket upgrade or offers none of them.
    public init?(_ request: [(name: String, value: String)], preferred: String? = nil, supported: [String]) {
        guard HeaderValues.of("upgrade", request).contains(where: { $0.lowercased() == "websocket" }),
            HeaderValues.of("sec-websocket-version", request) == ["13"],
            let key = HeaderValues.of("sec-websocket-key", request).first, !key.isEmpty
        else { return nil }
        let offered = Self.offered(request)
        let wanted = offered.isEmpty ? [""] : offered
        guard let chosen = wanted.first(where: { $0 == preferred }) ?? wanted.first(where: supported.contains) else {
            return nil
        }
        subprotocol = chosen
        var headers = [
            (name: "upgrade", value: "websocket"), (name: "connection", value: "Upgrade"),
            (name: "sec-websocket-accept", value: Self.accept(key)),
        ]
        if !chosen.isEmpty { headers.append((name: "sec-websocket-protocol", value: chosen)) }
        self.headers = headers
    }

    /// The subprotocols that the client offers, in its order.
    public static func offered(_ request: [(name: String, value: String)]) -> [String] {
        HeaderValues.of("sec-websocket-protocol", request).filter { !$0.isEmpty }
    }

    /// SHA-1 is what the handshake asks for; it protects nothing here.
    static func accept(_ key: String) -> String {
        Base64.encode(Array(Insecure.SHA1.hash(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))))
    }
}

/// Headers with lists of values.
enum HeaderValues {
    /// The comma-separated values of a header, whose name is given in lower case.
    static func of(_ name: String, _ request: [(name: String, value: String)]) -> [String] {
        request.filter { $0.name.lowercased() == name }.flatMap { header in
            header.value.split(separator: ",").map { part in
                var text = part
                while text.first == " " { text = text.dropFirst() }
                while text.last == " " { text = text.dropLast() }
                return String(text)
            }
        }
    }
}
