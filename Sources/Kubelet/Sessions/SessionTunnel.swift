import APIMachinery
import ContainerRuntime
import Synchronization

/// The far side of an upgraded connection: raw bytes both ways after an answer of 101.
public protocol SessionTunnel: Sendable {
    /// Bytes that the client sent; nil when its side is closed.
    func received(_ bytes: [UInt8]?) async throws
    /// The next bytes for the client; nil closes the connection.
    func next() async throws -> [UInt8]?
    func cancel()
}

/// The answer to an upgrade.
public struct SessionAnswer: Sendable {
    /// Names in lower case; the status is 101.
    public var headers: [(name: String, value: String)]
    public var tunnel: any SessionTunnel
}

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
    private let outgoing = OutgoingBytes()
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
                case .ping(let payload): outgoing.sendNow(WebSocketFrame(opcode: .pong, payload: payload).bytes)
                case .pong: break
                case .close:
                    outgoing.sendNow(WebSocketFrame.close(.normal).bytes)
                    cancel()
                }
            }
        } catch {
            outgoing.sendNow(WebSocketFrame.close(error.code).bytes)
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

/// Carries connections to ports of a pod over a WebSocket (the kubelet's portforward over v4.channel.k8s.io): for the
/// n-th port channel 2n is data and 2n+1 errors; the server begins each with the port as two bytes, low byte first.
final class PortForwardTunnel: SessionTunnel {
    static let supported = ["v4.channel.k8s.io"]
    static let maximumPorts = 64

    private let connections: [any ContainerConnection]
    private let outgoing = OutgoingBytes()
    private let reader = Mutex(WebSocketReader())
    private let open: Mutex<Int>

    init(_ connections: [any ContainerConnection], ports: [Int]) {
        self.connections = connections
        open = Mutex(connections.count)
        for (index, port) in ports.enumerated() {
            for channel in [2 * index, 2 * index + 1] {
                outgoing.sendNow(Self.frame(channel, [UInt8(port & 0xFF), UInt8(port >> 8)]))
            }
        }
        for (index, connection) in connections.enumerated() { Task { await self.pump(index, connection) } }
    }
    private static func frame(_ channel: Int, _ payload: [UInt8]) -> [UInt8] {
        WebSocketFrame(opcode: .binary, payload: [UInt8(channel)] + payload).bytes
    }

    private func pump(_ index: Int, _ connection: any ContainerConnection) async {
        do {
            while let bytes = try await connection.read() { await outgoing.send(Self.frame(2 * index, bytes)) }
        } catch {
            await outgoing.send(Self.frame(2 * index + 1, Array("\(error)".utf8)))
        }
        let isLast = open.withLock { open in
            open -= 1
            return open == 0
        }
        guard isLast else { return }
        await outgoing.send(WebSocketFrame.close(.normal).bytes)
        outgoing.finish()
    }

    func next() async throws -> [UInt8]? { await outgoing.next() }
    func cancel() {
        for connection in connections { connection.cancel() }
        outgoing.finish()
    }
    func received(_ bytes: [UInt8]?) async throws {
        guard let bytes else { return cancel() }
        do throws(WebSocketReader.Violation) {
            reader.withLock { $0.append(bytes) }
            while let message = try reader.withLock({ reader throws(WebSocketReader.Violation) in try reader.next() }) {
                switch message {
                case .data(let payload, _):
                    guard let channel = payload.first, channel % 2 == 0, Int(channel) / 2 < connections.count else {
                        continue
                    }
                    try? await connections[Int(channel) / 2].write(Array(payload.dropFirst()))
                case .ping(let payload): outgoing.sendNow(WebSocketFrame(opcode: .pong, payload: payload).bytes)
                case .pong: break
                case .close:
                    outgoing.sendNow(WebSocketFrame.close(.normal).bytes)
                    cancel()
                }
            }
        } catch {
            outgoing.sendNow(WebSocketFrame.close(error.code).bytes)
            cancel()
        }
    }
}
