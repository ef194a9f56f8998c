/// What a session's bytes travel in: the connection itself, or the binary messages of a WebSocket (as kubectl's tunnel
/// `SPDY/3.1+portforward.k8s.io` does). A value.
public enum SessionTransport: Sendable {
    case connection
    case webSocket(WebSocketReader)

    public enum Arrival: Equatable, Sendable {
        case bytes([UInt8])
        /// To be sent back as it is.
        case answer([UInt8])
        case closed
    }

    /// What a client's bytes mean.
    public mutating func received(_ bytes: [UInt8]) throws(WebSocketReader.Violation) -> [Arrival] {
        guard case .webSocket(var reader) = self else { return [.bytes(bytes)] }
        self = .connection  // so that `reader` is the only owner of its buffer
        defer { self = .webSocket(reader) }
        reader.append(bytes)
        var arrivals: [Arrival] = []
        while let message = try reader.next() {
            switch message {
            case .data(let payload, _): arrivals.append(.bytes(payload))
            case .ping(let payload): arrivals.append(.answer(WebSocketFrame(opcode: .pong, payload: payload).bytes))
            case .pong: break
            case .close: arrivals.append(.closed)
            }
        }
        return arrivals
    }

    /// Bytes for the client as they go over the wire.
    public func wrapped(_ bytes: [UInt8]) -> [UInt8] {
        guard case .webSocket = self else { return bytes }
        return WebSocketFrame(opcode: .binary, payload: bytes).bytes
    }

    /// The last bytes before the connection is closed.
    public func ending(_ code: WebSocketFrame.CloseCode) -> [UInt8] {
        guard case .webSocket = self else { return [] }
        return WebSocketFrame.close(code).bytes
    }
}
