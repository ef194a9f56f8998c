import APIMachinery

/// The streams that a client of exec or attach opens over SPDY, each told by its header `streamtype`: which are expected
/// and which are there. A value.
struct RemoteCommandStreams {
    /// In order of preference; `channel.k8s.io` is version 1.
    static let supported = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"]

    enum Kind: String, CaseIterable { case error, stdin, stdout, stderr, resize }

    enum Decision: Equatable {
        /// Not what this client may open; the sentence says why.
        case refuse(String)
        case wait
        /// All are there.
        case ready
    }
    let version: String
    let expected: Set<Kind>
    private(set) var numbers: [Kind: UInt32] = [:]

    init(version: String, input: Bool, output: Bool, error: Bool, terminal: Bool) {
        self.version = version
        var expected: Set<Kind> = [.error]
        if input { expected.insert(.stdin) }
        if output { expected.insert(.stdout) }
        if error { expected.insert(.stderr) }
        // Versions before 3 cannot tell the terminal's size.
        if terminal, ["v4.channel.k8s.io", "v3.channel.k8s.io"].contains(version) { expected.insert(.resize) }
        self.expected = expected
    }

    var isReady: Bool { numbers.count == expected.count }

    mutating func opened(_ stream: UInt32, _ headers: [SPDYHeader]) -> Decision {
        let type = headers["streamtype"] ?? ""
        guard let kind = Kind(rawValue: type), expected.contains(kind) else {
            return .refuse("unexpected stream type: \"\(type)\"")
        }
        guard numbers[kind] == nil else { return .refuse("stream \"\(type)\" is open already") }
        numbers[kind] = stream
        return isReady ? .ready : .wait
    }

    /// What the error stream says at the end. Version 4 has a Status, earlier ones a sentence, and nothing for success.
    func ending(_ result: Result<Int, StatusError>) -> [UInt8] {
        let status = RemoteCommandChannel.status(result)
        if version == "v4.channel.k8s.io" { return status.bytes }
        return status["status"]?.string == "Success" ? [] : Array((status["message"]?.string ?? "").utf8)
    }
}

/// Takes a terminal's sizes out of a stream of JSON objects (`{"Width":80,"Height":24}`), however it was cut: a value.
struct TerminalSizes {
    /// A longer object is no size.
    static let maximumBytes = 1_024
    struct Size: Equatable { var rows, columns: Int }
    private var buffer: [UInt8] = []

    /// The newest whole size in what has come; older ones are of no interest.
    mutating func received(_ bytes: [UInt8]) -> Size? {
        buffer.append(contentsOf: bytes)
        var newest: Size?
        while let end = buffer.firstIndex(of: UInt8(ascii: "}")) {
            newest = Self.size(Array(buffer[...end])) ?? newest
            buffer.removeFirst(end + 1)
        }
        if buffer.count > Self.maximumBytes { buffer = [] }
        return newest
    }

    /// nil for what is no size.
    static func size(_ bytes: [UInt8]) -> Size? {
        guard let object = try? JSON(parsing: bytes), let width = object["Width"]?.int,
            let height = object["Height"]?.int,
            (0...65_535).contains(width), (0...65_535).contains(height)
        else { return nil }
        return Size(rows: height, columns: width)
    }
}
