/// One WebSocket frame (RFC 6455 section 5.2).
struct WebSocketFrame: Equatable {
    enum Opcode: UInt8 { case continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 }
    var isFinal = true
    var opcode: Opcode
    var payload: [UInt8]

    /// As a server sends it: unmasked.
    var bytes: [UInt8] {
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
    enum CloseCode: UInt16 { case normal = 1000, protocolError = 1002, tooBig = 1009, internalError = 1011 }
    static func close(_ code: CloseCode) -> WebSocketFrame {
        WebSocketFrame(opcode: .close, payload: [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)])
    }
}

/// Collects a client's bytes and gives whole messages: a value.
struct WebSocketReader {
    /// Longer messages are refused.
    static let maximumMessage = 4 << 20

    enum Message: Equatable {
        case data([UInt8], isText: Bool)
        case ping([UInt8])
        case pong
        case close
    }
    struct Violation: Error, Equatable { var code: WebSocketFrame.CloseCode }

    private var buffer: [UInt8] = []
    private var start = 0
    private var fragments: [UInt8]?
    private var isText = false

    mutating func append(_ bytes: [UInt8]) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// nil until a whole message is there.
    mutating func next() throws(Violation) -> Message? {
        while let frame = try nextFrame() {
            switch frame.opcode {
            case .ping: return .ping(frame.payload)
            case .pong: return .pong
            case .close: return .close
            case .text, .binary:
                guard fragments == nil else { throw Violation(code: .protocolError) }
                isText = frame.opcode == .text
                if frame.isFinal { return .data(frame.payload, isText: isText) }
                fragments = frame.payload
            case .continuation:
                guard let before = fragments else { throw Violation(code: .protocolError) }
                guard before.count + frame.payload.count <= Self.maximumMessage else { throw Violation(code: .tooBig) }
                if frame.isFinal {
                    fragments = nil
                    return .data(before + frame.payload, isText: isText)
                }
                fragments = before + frame.payload
            }
        }
        return nil
    }

    private mutating func nextFrame() throws(Violation) -> WebSocketFrame? {
        let bytes = buffer[start...]
        guard bytes.count >= 2 else { return nil }
        let first = bytes[start]
        let second = bytes[start + 1]
        guard first & 0x70 == 0, let opcode = WebSocketFrame.Opcode(rawValue: first & 0x0F), second & 0x80 != 0 else {
            // Reserved bits, an unknown kind, or a client that does not mask.
            throw Violation(code: .protocolError)
        }
        let isFinal = first & 0x80 != 0
        var length = UInt64(second & 0x7F)
        var position = start + 2
        if opcode.rawValue >= 8, !isFinal || length > 125 { throw Violation(code: .protocolError) }
        let extra = length == 126 ? 2 : length == 127 ? 8 : 0
        if extra > 0 {
            guard bytes.count >= 2 + extra else { return nil }
            length = bytes[position..<(position + extra)].reduce(0) { $0 << 8 | UInt64($1) }
            position += extra
        }
        guard length <= UInt64(Self.maximumMessage) else { throw Violation(code: .tooBig) }
        let end = position + 4 + Int(length)
        guard buffer.count >= end else { return nil }
        let mask = Array(buffer[position..<(position + 4)])
        var payload = Array(buffer[(position + 4)..<end])
        for index in payload.indices { payload[index] ^= mask[index & 3] }
        start = end
        return WebSocketFrame(isFinal: isFinal, opcode: opcode, payload: payload)
    }
}
