import APIMachinery

/// The channels that kubectl multiplexes over one WebSocket for exec and attach (v4.channel.k8s.io, and v5 which can
/// close one): each message's first byte is the channel.
struct RemoteCommandChannel: Equatable {
    /// In order of preference.
    static let supported = [
        "v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io",
    ]

    enum Channel: UInt8 { case standardInput = 0, standardOutput = 1, standardError = 2, error = 3, resize = 4 }

    enum Input: Equatable {
        case standardInput([UInt8])
        case standardInputClosed
        case resize(rows: Int, columns: Int)
        /// For a channel that nobody listens to.
        case ignored
    }
    let subprotocol: String

    /// What a client's message means.
    func input(_ message: [UInt8]) -> Input {
        guard let first = message.first else { return .ignored }
        if first == 255, subprotocol == "v5.channel.k8s.io" {
            return message.count > 1 && message[1] == Channel.standardInput.rawValue ? .standardInputClosed : .ignored
        }
        let payload = Array(message.dropFirst())
        switch Channel(rawValue: first) {
        case .standardInput: return .standardInput(payload)
        case .resize: return TerminalSizes.size(payload).map { .resize(rows: $0.rows, columns: $0.columns) } ?? .ignored
        default: return .ignored
        }
    }

    /// A message for the client.
    func output(_ channel: Channel, _ payload: [UInt8]) -> WebSocketFrame {
        WebSocketFrame(opcode: .binary, payload: [channel.rawValue] + payload)
    }

    /// The last message on the error channel: how the command ended.
    func end(_ result: Result<Int, StatusError>) -> WebSocketFrame {
        output(.error, Self.status(result).bytes)
    }
    static func status(_ result: Result<Int, StatusError>) -> JSON {
        switch result {
        case .success(0): return ["metadata": .object, "status": "Success"]
        case .success(let code):
            return [
                "metadata": .object, "status": "Failure",
                "message": JSON(
                    "command terminated with non-zero exit code: command terminated with exit code \(code)"),
                "reason": "NonZeroExitCode",
                "details": ["causes": [["reason": "ExitCode", "message": JSON(String(code))]]],
            ]
        case .failure(let error): return error.json
        }
    }
}
