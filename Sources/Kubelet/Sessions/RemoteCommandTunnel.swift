import Basics
import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import Streams
import Synchronization

/// Carries exec and attach over a WebSocket.
final class RemoteCommandTunnel: SessionTunnel {
    /// How long nothing is sent to a client that has sent nothing: kubectl 1.32 makes its streams only after the answer of
    /// 101, and a frame that comes earlier ends it with "Unknown stream id 1". It says nothing when it has made them.
    static let clientPreparation = Duration.milliseconds(20)

    struct Streams: Sendable {
        var input = false
        var output = false
        var error = false
        var terminal = false
        /// An attached client is told of success whatever the container's exit code.
        var isAttach = false
    }
    private let session: any ContainerSession
    private let channel: RemoteCommandChannel
    private let streams: Streams
    private let connection = WebSocketConnection()
    /// Waits for the client's preparation; cancelled by its first bytes.
    private let preparation: Task<Void, Never>

    init(
        _ session: any ContainerSession, _ channel: RemoteCommandChannel, _ streams: Streams, clock: any TimeSource
    ) {
        self.session = session
        self.channel = channel
        self.streams = streams
        preparation = Task { try? await clock.sleep(for: Self.clientPreparation) }
        Task { await self.pump() }
    }

    func next() async throws -> [UInt8]? { await connection.next() }
    func cancel() {
        preparation.cancel()
        session.cancel()
        connection.end()
    }

    func received(_ bytes: [UInt8]?) async throws {
        preparation.cancel()
        if await !connection.received(bytes, { message, _ in await handle(channel.input(message)) }) { cancel() }
    }
    private func handle(_ input: RemoteCommandChannel.Input) async {
        switch input {
        case .standardInput(let bytes): if streams.input { try? await session.write(bytes) }
        case .standardInputClosed: if streams.input { try? await session.closeStandardInput() }
        case .resize(let size):
            if streams.terminal { try? await session.resize(rows: size.rows, columns: size.columns) }
        case .ignored: break
        }
    }

    /// From the command to the client, until the command's end.
    private func pump() async {
        await preparation.value
        // Some clients wait for it.
        await connection.send(channel.beginning(output: streams.output, error: streams.error))
        var result: Result<Int, StatusError> = .success(0)
        do {
            loop: while let output = try await session.next() {
                switch output {
                case .standardOutput(let bytes):
                    if streams.output { await connection.send(channel.output(.standardOutput, bytes)) }
                case .standardError(let bytes):
                    if streams.error { await connection.send(channel.output(.standardError, bytes)) }
                case .exited(let code):
                    result = .success(streams.isAttach ? 0 : code)
                    break loop
                }
            }
        } catch {
            result = .failure(
                .internalError("error executing command in container: failed to exec in container: \(error)"))
        }
        if let end = channel.end(result) { await connection.send(end) }
        connection.close(.normal)
    }
}
