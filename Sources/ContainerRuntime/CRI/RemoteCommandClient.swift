import APIMachinery
import FoundationEssentials
import Streams
import Synchronization

/// The client's side of exec and attach, as a container runtime's streaming server has it: SPDY/3.1 with a stream each
/// for input, output, errors, the terminal's size, and how it ended (version 4 of remotecommand).
final class RemoteCommandClient: ContainerSession {
    struct Wanted: Sendable {
        var hasInput: Bool
        /// With a terminal there is one output.
        var hasErrors: Bool
        var hasTerminal: Bool
    }
    static let version = "v4.channel.k8s.io"
    /// An answer's head.
    static let maximumHeadBytes = 16 << 10
    static let maximumStatusBytes = 64 << 10

    private struct Wire: ~Copyable {
        var reader = SPDYReader()
        var writer = SPDYWriter()
        var status: [UInt8] = []
        var hasEnded = false
    }
    private let connection: SocketConnection
    private let numbers: [RemoteCommandStreams.Kind: UInt32]
    private let wire = Mutex(Wire())
    /// What is written goes out whole, one after the other.
    private let outgoing = TurnLine(maximum: 1)

    private init(_ connection: SocketConnection, _ numbers: [RemoteCommandStreams.Kind: UInt32]) {
        self.connection = connection
        self.numbers = numbers
    }

    /// `address` is what the runtime answered to Exec or Attach: a URL of this machine that is good for one call.
    static func open(_ address: String, _ streams: Wanted) async throws -> RemoteCommandClient {
        guard let url = URL(string: address), let host = url.host(), let port = url.port else {
            throw ContainerError.refused("the runtime's streaming address is not understood: \(address)")
        }
        let connection = try await SocketConnection.connect(host, port: port)
        do {
            let head = """
                POST \(url.path()) HTTP/1.1\r
                Host: \(host):\(port)\r
                Connection: Upgrade\r
                Upgrade: SPDY/3.1\r
                X-Stream-Protocol-Version: \(version)\r
                Content-Length: 0\r
                \r

                """
            try await connection.write(Array(head.utf8))
            let rest = try await upgraded(connection)
            var numbers: [RemoteCommandStreams.Kind: UInt32] = [:]
            var wanted: [RemoteCommandStreams.Kind] = [.error]
            if streams.hasInput { wanted.append(.stdin) }
            wanted.append(.stdout)
            if streams.hasErrors { wanted.append(.stderr) }
            if streams.hasTerminal { wanted.append(.resize) }
            for (index, kind) in wanted.enumerated() { numbers[kind] = UInt32(2 * index + 1) }
            let client = RemoteCommandClient(connection, numbers)
            client.wire.withLock { $0.reader.append(rest) }
            for kind in wanted {
                guard let number = numbers[kind] else { continue }
                try await client.send(
                    .synStream(
                        SPDYOpening(stream: number, headers: [SPDYHeader(name: "streamtype", value: kind.rawValue)])))
            }
            return client
        } catch {
            connection.cancel()
            throw error
        }
    }

    /// Reads the answer's head; what came behind it.
    private static func upgraded(_ connection: SocketConnection) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = bytes.firstRange(of: end) {
                let head = String(decoding: bytes[..<range.lowerBound], as: UTF8.self)
                guard head.hasPrefix("HTTP/1.1 101") else {
                    let first = head.prefix { $0 != "\r\n" }
                    throw ContainerError.refused("unable to upgrade connection: \(first)")
                }
                return Array(bytes[range.upperBound...])
            }
            guard bytes.count < maximumHeadBytes, let more = try await connection.read() else {
                throw ContainerError.refused("unable to upgrade connection: the streaming server ended it")
            }
            bytes += more
        }
    }

    private func send(_ frame: SPDYFrame) async throws {
        try await outgoing.run { [self] in
            let bytes = try wire.withLock { wire throws(SPDYViolation) in try wire.writer.bytes(of: frame) }
            try await connection.write(bytes)
        }
    }

    // MARK: What comes

    func next() async throws -> SessionOutput? {
        while !wire.withLock({ $0.hasEnded }) {
            let frame = try wire.withLock { wire throws(SPDYViolation) in try wire.reader.next() }
            if let frame {
                if let output = try await received(frame) { return output }
            } else if let bytes = try await connection.read() {
                wire.withLock { $0.reader.append(bytes) }
            } else {
                wire.withLock { $0.hasEnded = true }
                return try ending()
            }
        }
        return nil
    }

    private func received(_ frame: SPDYFrame) async throws -> SessionOutput? {
        switch frame {
        case .data(let stream, let bytes, let isLast):
            if stream == numbers[.stdout] { return bytes.isEmpty ? nil : .standardOutput(bytes) }
            if stream == numbers[.stderr] { return bytes.isEmpty ? nil : .standardError(bytes) }
            guard stream == numbers[.error] else { return nil }
            wire.withLock { if $0.status.count < Self.maximumStatusBytes { $0.status += bytes } }
            // The status is said last, when all output is written.
            guard isLast || (try? JSON(parsing: wire.withLock { $0.status })) != nil else { return nil }
            wire.withLock { $0.hasEnded = true }
            return try ending()
        case .ping(let number) where number % 2 == 0: try await send(frame)
        default: break
        }
        return nil
    }

    /// What the status says; nil when there is none.
    private func ending() throws -> SessionOutput? {
        let bytes = wire.withLock { $0.status }
        guard !bytes.isEmpty, let status = try? JSON(parsing: bytes) else { return nil }
        if status["status"]?.string == "Success" { return .exited(code: 0) }
        let causes = status["details", "causes"]?.elements ?? []
        if let code = causes.first(where: { $0["reason"]?.string == "ExitCode" })?["message"]?.string.flatMap({
            Int($0)
        }) {
            return .exited(code: code)
        }
        throw ContainerError.cannotStart(status["message"]?.string ?? "the command's end is not known", exitCode: 126)
    }

    // MARK: What goes

    func write(_ bytes: [UInt8]) async throws {
        guard let stream = numbers[.stdin], !bytes.isEmpty else { return }
        try await send(.data(stream: stream, bytes, isLast: false))
    }
    func closeStandardInput() async throws {
        guard let stream = numbers[.stdin] else { return }
        try await send(.data(stream: stream, [], isLast: true))
    }
    func resize(rows: Int, columns: Int) async throws {
        guard let stream = numbers[.resize] else { return }
        let size: JSON = ["Width": JSON(columns), "Height": JSON(rows)]
        try await send(.data(stream: stream, size.bytes, isLast: false))
    }
    func cancel() { connection.cancel() }
}
