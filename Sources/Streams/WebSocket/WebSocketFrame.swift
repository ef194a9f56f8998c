/// One WebSocket frame (RFC 6455 section 5.2).
public struct WebSocketFrame: Equatable, Sendable {
    public enum Opcode: UInt8, Sendable { case continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 }
    public var isFinal = true
    public var opcode: Opcode
    public var payload: [UInt8]

    public init(isFinal: Bool = true, opcode: Opcode, payload: [UInt8]) {
        self.isFinal = isFinal
        self.opcode = opcode
        self.payload = payload
    }

    /// As a server sends it: unmasked.
    public var bytes: [UInt8] {
        var output: [UInt8] = [(isFinal ? 0x80 : 0) | opcode.rawValue]
        let count = payload.count
        if count < 126 {
            output.append(UInt8(count))
        } else if count <= 0xFFFF {
            output += [126, UInt8(count >> 8), UInt8(count & 0xFF)]
        } else {
            output.append(127)
            for shift in stride(from: 56, through: 0, by: -8) {
                output.append(UInt8(truncatingIfNeeded: count >> shift))
            }
        }
        return output + payload
    }

    /// A close frame's status codes.
    public enum CloseCode: UInt16, Sendable {
        case normal = 1000, protocolError = 1002, tooBig = 1009, internalError = 1011
    }
    public static func close(_ code: CloseCode) -> WebSocketFrame {
        WebSocketFrame(opcode: .close, payload: [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)])
    }
}
