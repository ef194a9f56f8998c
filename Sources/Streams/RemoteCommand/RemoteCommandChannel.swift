import Basics
import APIMachinery

/// The channels that clients multiplex over one WebSocket for exec and attach: each message's first byte is the channel.
/// In version 5 a client can close its input; in the base64 forms messages are text, with the channel as a digit.
public struct RemoteCommandChannel: Equatable, Sendable {
    /// Chosen whenever a client offers it.
    public static let preferred = "v5.channel.k8s.io"
    /// Of these the client's first counts; the empty one is a client that names none, and means version 1.
    public static let supported = [
        preferred, "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io",
        "channel.k8s.io", "base64.channel.k8s.io", "",
    ]

    public enum Channel: UInt8, Sendable {
        case standardInput = 0
        case standardOutput = 1
        case standardError = 2
        case error = 3
        case resize = 4
    }

    public enum Input: Equatable, Sendable {
        case standardInput([UInt8])
        case standardInputClosed
        case resize(TerminalSizes.Size)
        /// For a channel that nobody listens to.
        case ignored
    }
    public let subprotocol: String

    public init(subprotocol: String) { self.subprotocol = subprotocol }

    private var isBase64: Bool { subprotocol == "base64.channel.k8s.io" || subprotocol == "v4.base64.channel.k8s.io" }

    /// What a client's message means.
    public func input(_ message: [UInt8]) -> Input {
        guard var first = message.first else { return .ignored }
        if first == 255, subprotocol == Self.preferred {
            return message.count > 1 && message[1] == Channel.standardInput.rawValue ? .standardInputClosed : .ignored
        }
        var payload = Array(message.dropFirst())
        if isBase64 {
            guard first >= UInt8(ascii: "0"), let bytes = Base64.decode(String(decoding: payload, as: UTF8.self)) else {
                return .ignored
            }
            first -= UInt8(ascii: "0")
            payload = bytes
        }
        switch Channel(rawValue: first) {
        case .standardInput: return .standardInput(payload)
        case .resize: return TerminalSizes.size(payload).map { .resize($0) } ?? .ignored
        default: return .ignored
        }
    }

    /// A message for the client.
    public func output(_ channel: Channel, _ payload: [UInt8]) -> WebSocketFrame {
        guard isBase64 else { return WebSocketFrame(opcode: .binary, payload: [channel.rawValue] + payload) }
        return WebSocketFrame(
            opcode: .text, payload: [UInt8(ascii: "0") + channel.rawValue] + Array(Base64.encode(payload).utf8))
    }

    /// The empty message that tells the client that the session has begun, on the lowest channel it listens to.
    public func beginning(output: Bool, error: Bool) -> WebSocketFrame {
        self.output(output ? .standardOutput : error ? .standardError : .error, [])
    }

    /// The last message, on the error channel: how the command ended; nil where the protocol says nothing.
    public func end(_ result: Result<Int, StatusError>) -> WebSocketFrame? {
        let bytes = RemoteCommandEnd(result).bytes(in: subprotocol)
        return bytes.isEmpty ? nil : output(.error, bytes)
    }
}
