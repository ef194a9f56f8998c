/// Collects a client's bytes and gives whole messages: a value.
public struct WebSocketReader: Sendable {
    /// Longer messages are refused.
    public static let maximumMessage = 4 << 20

    public enum Message: Equatable, Sendable {
        case data([UInt8], isText: Bool)
        case ping([UInt8])
        case pong
        case close
    }
    public struct Violation: Error, Equatable { public var code: WebSocketFrame.CloseCode }

    private var buffer: [UInt8] = []
    private var start = 0
    private var fragments: [UInt8]?
    private var isText = false

    public init() {}

    public mutating func append(_ bytes: [UInt8]) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// nil until a whole message is there.
    public mutating func next() throws(Violation) -> Message? {
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
