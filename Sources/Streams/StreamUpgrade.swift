import APIMachinery

/// How a client wants to have a session's streams carried, and the answer's headers: a value.
public enum StreamUpgrade: Sendable {
    case webSocket(WebSocketHandshake)
    /// `version` is what the streams mean (X-Stream-Protocol-Version).
    case spdy(version: String, headers: [(name: String, value: String)])

    /// Throws a `StatusError` in the kubelet's words when the request asks for no upgrade that is known. The
    /// client's order counts, but for a WebSocket's preferred subprotocol.
    public init(
        _ request: [(name: String, value: String)], preferredWebSocket: String? = nil, webSocket: [String],
        spdy: [String]
    ) throws {
        if let handshake = WebSocketHandshake(request, preferred: preferredWebSocket, supported: webSocket) {
            self = .webSocket(handshake)
            return
        }
        let upgrades = HeaderValues.of("upgrade", request).map { $0.lowercased() }
        if upgrades.contains("websocket") {
            throw StatusError.badRequest(
                "unable to upgrade: a WebSocket with one of \(webSocket.filter { !$0.isEmpty }.joined(separator: ", ")) is required"
            )
        }
        // Without any upgrade it is the API server that refuses.
        guard !upgrades.isEmpty else { throw StatusError.badRequest("Upgrade request required") }
        guard upgrades.contains("spdy/3.1") else {
            throw StatusError.badRequest("unable to upgrade: missing upgrade headers in request")
        }
        let offered = HeaderValues.of(Self.versionHeader, request)
        guard !offered.isEmpty else {
            throw StatusError.badRequest("unable to upgrade: X-Stream-Protocol-Version is required")
        }
        // The client's order counts, as in Kubernetes.
        guard let version = offered.first(where: { spdy.contains($0) }) else {
            throw StatusError(
                code: 403, reason: .forbidden,
                message: "unable to upgrade: unable to negotiate protocol: client supports "
                    + "[\(offered.joined(separator: " "))], server accepts [\(spdy.joined(separator: " "))]")
        }
        self = .spdy(
            version: version,
            headers: [("connection", "Upgrade"), ("upgrade", "SPDY/3.1"), (Self.versionHeader, version)])
    }
    private static let versionHeader = "x-stream-protocol-version"

    public var headers: [(name: String, value: String)] {
        switch self {
        case .webSocket(let handshake): handshake.headers
        case .spdy(_, let headers): headers
        }
    }
}
