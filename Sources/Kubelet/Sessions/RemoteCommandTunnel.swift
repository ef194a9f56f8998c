import Basics
import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import HTTPMessages
import Streams
import Synchronization

/// Carries exec and attach over a WebSocket.
final class RemoteCommandTunnel: Tunnel {
    /// How long nothing is sent to a client that has sent nothing but a pong: kubectl 1.32 makes its streams after the answer
    /// of 101, beside the reading of frames. One that comes earlier it discards ("Unknown stream id 1"), and when that was the
    /// last it waits for ever. It says nothing when it has made them; that it answers a ping shows that it is about to.
    static let clientPreparation = Duration.milliseconds(20)
    /// How long the answer to the ping is waited for.
    static let pongPatience = Duration.seconds(2)

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
    private let clock: any TimeSource
    /// Whether the client has sent a message, or is gone.
    private let isReady = Atomic(false)
    /// The client has sent something.
    private let hasHeard = Signal()

    init(
        _ session: any ContainerSession, _ channel: RemoteCommandChannel, _ streams: Streams, clock: any TimeSource
    ) {
        self.session = session
        self.channel = channel
        self.streams = streams
        self.clock = clock
        Task { await self.pump() }
    }

    func next() async throws -> [UInt8]? { await connection.next() }
    func cancel() {
        becomeReady()
        session.cancel()
        connection.end()
    }

    func received(_ bytes: [UInt8]?) async throws {
        let goesOn = await connection.received(bytes, pong: { hasHeard.raise() }) { message, _ in
            becomeReady()
            await handle(channel.input(message))
        }
        if !goesOn { cancel() }
    }
    private func becomeReady() {
        isReady.store(true, ordering: .releasing)
        hasHeard.raise()
    }
    /// Returns when the client can be taken to have made its streams.
    private func prepare() async {
        connection.put(WebSocketFrame(opcode: .ping, payload: []))
        for pause in [Self.pongPatience, Self.clientPreparation] where !isReady.load(ordering: .acquiring) {
            await hasHeard.wait(until: clock.now + pause, clock)
        }
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
        await prepare()
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
