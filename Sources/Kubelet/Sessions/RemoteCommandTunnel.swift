import APIMachinery
import Basics
import ContainerRuntime
import Synchronization

/// Carries exec and attach over a WebSocket.
final class RemoteCommandTunnel: SessionTunnel {
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
    private let outgoing = ByteQueue()
    private let reader = Mutex(WebSocketReader())

    init(_ session: any ContainerSession, _ channel: RemoteCommandChannel, _ streams: Streams) {
        self.session = session
        self.channel = channel
        self.streams = streams
        Task { await self.pump() }
    }

    func next() async throws -> [UInt8]? { await outgoing.next() }
    func cancel() {
        session.cancel()
        outgoing.finish()
    }

    func received(_ bytes: [UInt8]?) async throws {
        guard let bytes else { return cancel() }
        do throws(WebSocketReader.Violation) {
            reader.withLock { $0.append(bytes) }
            while let message = try reader.withLock({ reader throws(WebSocketReader.Violation) in try reader.next() }) {
                switch message {
                case .data(let payload, _): await handle(channel.input(payload))
                case .ping(let payload): await outgoing.send(WebSocketFrame(opcode: .pong, payload: payload).bytes)
                case .pong: break
                case .close:
                    outgoing.put(WebSocketFrame.close(.normal).bytes)
                    cancel()
                }
            }
        } catch {
            outgoing.put(WebSocketFrame.close(error.code).bytes)
            cancel()
        }
    }
    private func handle(_ input: RemoteCommandChannel.Input) async {
        switch input {
        case .standardInput(let bytes): if streams.input { try? await session.write(bytes) }
        case .standardInputClosed: if streams.input { try? await session.closeStandardInput() }
        case .resize(let rows, let columns):
            if streams.terminal { try? await session.resize(rows: rows, columns: columns) }
        case .ignored: break
        }
    }

    /// From the command to the client, until the command's end.
    private func pump() async {
        // The streams are opened by an empty message each, which some clients wait for.
        if streams.output { await outgoing.send(channel.output(.standardOutput, []).bytes) }
        var result: Result<Int, StatusError> = .success(0)
        do {
            loop: while let output = try await session.next() {
                switch output {
                case .standardOutput(let bytes):
                    if streams.output { await outgoing.send(channel.output(.standardOutput, bytes).bytes) }
                case .standardError(let bytes):
                    if streams.error { await outgoing.send(channel.output(.standardError, bytes).bytes) }
                case .exited(let code):
                    result = .success(streams.isAttach ? 0 : code)
                    break loop
                }
            }
        } catch {
            result = .failure(
                .internalError("error executing command in container: failed to exec in container: \(error)"))
        }
        await outgoing.send(channel.end(result).bytes)
        await outgoing.send(WebSocketFrame.close(.normal).bytes)
        outgoing.finish()
    }
}
