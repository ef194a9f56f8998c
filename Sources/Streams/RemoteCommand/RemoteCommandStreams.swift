import APIMachinery

/// The streams that a client of exec or attach opens over SPDY, each told by its header `streamtype`: which are expected
/// and which are there. A value.
public struct RemoteCommandStreams: Sendable {
    /// In order of preference; `channel.k8s.io` is version 1.
    public static let supported = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"]

    public enum Kind: String, CaseIterable, Sendable { case error, stdin, stdout, stderr, resize }

    public enum Decision: Equatable, Sendable {
        /// Not what this client may open; the sentence says why.
        case refuse(String)
        case wait
        /// All are there.
        case ready
    }
    public let version: String
    public let expected: Set<Kind>
    public private(set) var numbers: [Kind: UInt32] = [:]

    public init(version: String, input: Bool, output: Bool, error: Bool, terminal: Bool) {
        self.version = version
        var expected: Set<Kind> = [.error]
        if input { expected.insert(.stdin) }
        if output { expected.insert(.stdout) }
        if error { expected.insert(.stderr) }
        // Versions before 3 cannot tell the terminal's size.
        if terminal, ["v4.channel.k8s.io", "v3.channel.k8s.io"].contains(version) { expected.insert(.resize) }
        self.expected = expected
    }

    public var isReady: Bool { numbers.count == expected.count }

    public mutating func opened(_ stream: UInt32, _ headers: [SPDYHeader]) -> Decision {
        let type = headers["streamtype"] ?? ""
        guard let kind = Kind(rawValue: type), expected.contains(kind) else {
            return .refuse("unexpected stream type: \"\(type)\"")
        }
        guard numbers[kind] == nil else { return .refuse("stream \"\(type)\" is open already") }
        numbers[kind] = stream
        return isReady ? .ready : .wait
    }

    /// What the error stream says at the end.
    public func ending(_ result: Result<Int, StatusError>) -> [UInt8] { RemoteCommandEnd(result).bytes(in: version) }
}
