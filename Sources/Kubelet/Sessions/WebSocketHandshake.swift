import Basics
import Crypto

/// The server's half of the opening handshake (RFC 6455 section 4.2).
struct WebSocketHandshake {
    /// The answer's headers.
    let headers: [(name: String, value: String)]
    /// The chosen subprotocol.
    let subprotocol: String

    /// `supported` in order of preference; nil when the request is no WebSocket upgrade or offers none of them.
    init?(_ request: [(name: String, value: String)], supported: [String]) {
        func values(_ name: String) -> [String] { Self.values(name, request) }
        guard values("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            values("sec-websocket-version") == ["13"], let key = values("sec-websocket-key").first, !key.isEmpty
        else { return nil }
        let offered = values("sec-websocket-protocol")
        guard let chosen = supported.first(where: { offered.contains($0) }) else { return nil }
        subprotocol = chosen
        headers = [
            ("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", Self.accept(key)),
            ("sec-websocket-protocol", chosen),
        ]
    }

    /// The comma-separated values of a header in lower case.
    static func values(_ name: String, _ request: [(name: String, value: String)]) -> [String] {
        request.filter { $0.name.lowercased() == name }.flatMap { header in
            header.value.split(separator: ",").map { part in
                var text = part
                while text.first == " " { text = text.dropFirst() }
                while text.last == " " { text = text.dropLast() }
                return String(text)
            }
        }
    }

    /// SHA-1 is what the handshake asks for; it protects nothing here.
    static func accept(_ key: String) -> String {
        Base64.encode(Array(Insecure.SHA1.hash(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))))
    }
}
