import FoundationEssentials
import Synchronization

/// A connection to a container's supervisor: an exec, an attached client, or one signal.
final class SupervisorClient: ContainerSession {
    private let descriptor: AsyncDescriptor
    private let decoder = Mutex(SupervisorMessage.Decoder())
    private let hasEnded = Mutex(false)

    private init(directory: String) throws {
        descriptor = AsyncDescriptor(try UnixSocket.connect(directory: directory, name: ContainerFile.control))
    }

    static func exec(_ request: ExecRequest, directory: String) async throws -> SupervisorClient {
        let client = try SupervisorClient(directory: directory)
        try await client.send(.exec(Array(try JSONEncoder().encode(request))))
        return client
    }
    static func attach(directory: String) async throws -> SupervisorClient {
        let client = try SupervisorClient(directory: directory)
        try await client.send(.attach)
        return client
    }
    /// Returns once the supervisor has passed the signal on.
    static func signal(_ number: Int32, directory: String) async throws {
        let client = try SupervisorClient(directory: directory)
        try await client.send(.signal(number))
        _ = try await client.next()
        client.cancel()
    }

    private func send(_ message: SupervisorMessage) async throws { try await descriptor.write(message.bytes) }

    func next() async throws -> SessionOutput? {
        if hasEnded.withLock({ $0 }) { return nil }
        while true {
            switch try decoder.withLock({ try $0.next() }) {
            case .output(let bytes): return .standardOutput(bytes)
            case .errorOutput(let bytes): return .standardError(bytes)
            case .exited(let code):
                hasEnded.withLock { $0 = true }
                return .exited(code: Int(code))
            case .failed(let code, let why): throw ContainerError.cannotStart(why, exitCode: Int(code))
            case .some: continue
            case nil: break
            }
            guard let bytes = try await descriptor.read() else { return nil }
            decoder.withLock { $0.append(bytes) }
        }
    }
    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try await send(.input(Array(rest.prefix(65_536))))
            rest = rest.dropFirst(65_536)
        }
    }
    func closeStandardInput() async throws { try await send(.inputEnded) }
    func resize(rows: Int, columns: Int) async throws {
        try await send(.resize(rows: UInt16(clamping: rows), columns: UInt16(clamping: columns)))
    }
    func cancel() { descriptor.cancel() }
}
