import Basics
import ContainerRuntime
import HTTPMessages
import Streams
import Synchronization

/// Carries connections to ports of a pod over a WebSocket (the kubelet's portforward over v4.channel.k8s.io): for the
/// n-th port channel 2n is data and 2n+1 errors; the server begins each with the port as two bytes, low byte first.
/// The protocol cannot close half of a connection.
final class PortForwardTunnel: Tunnel {
    static let supported = ["v4.channel.k8s.io"]
    static let maximumPorts = 64

    private let channels: [ForwardedChannel]
    private let connection = WebSocketConnection()
    private let work = Mutex<Task<Void, Never>?>(nil)

    init(_ target: PortForwardTarget, ports: [Int]) {
        let connection = self.connection
        let channels = ports.indices.map { ForwardedChannel(UInt8(clamping: 2 * $0), connection) }
        self.channels = channels
        for (channel, port) in zip(channels, ports) {
            for number in [channel.number, channel.number + 1] {
                connection.put(ForwardedChannel.frame(number, [UInt8(port & 0xFF), UInt8(port >> 8)]))
            }
        }
        work.withLock { work in
            work = Task {
                await withTaskGroup(of: Void.self) { group in
                    for (channel, port) in zip(channels, ports) {
                        group.addTask { await Self.forward(port, channel, target) }
                    }
                }
                connection.close(.normal)
            }
        }
    }

    private static func forward(_ port: Int, _ channel: ForwardedChannel, _ target: PortForwardTarget) async {
        do {
            await target.relay(channel, try await target.connect(port))
        } catch {
            await channel.fail(target.message(port: port, error))
        }
        channel.discard()
    }

    func next() async throws -> [UInt8]? { await connection.next() }

    func cancel() {
        for channel in channels { channel.reset() }
        connection.end()
        work.withLock { $0?.cancel() }
    }

    func received(_ bytes: [UInt8]?) async throws {
        let goesOn = await connection.received(bytes) { message, _ in
            guard let number = message.first, number % 2 == 0, Int(number) / 2 < channels.count else { return }
            await channels[Int(number) / 2].received(Array(message.dropFirst()))
        }
        if !goesOn { cancel() }
    }
}

/// One port's channel of a `PortForwardTunnel`.
private final class ForwardedChannel: ForwardedStream {
    let number: UInt8
    private let connection: WebSocketConnection
    private let incoming = ByteQueue()
    private let resetting = Mutex(false)

    init(_ number: UInt8, _ connection: WebSocketConnection) {
        self.number = number
        self.connection = connection
    }
    static func frame(_ channel: UInt8, _ payload: [UInt8]) -> WebSocketFrame {
        WebSocketFrame(opcode: .binary, payload: [channel] + payload)
    }

    var isReset: Bool { resetting.withLock { $0 } }
    func read() async -> [UInt8]? { await incoming.next() }
    func write(_ bytes: [UInt8]) async -> Bool {
        await connection.send(Self.frame(number, bytes))
        return !isReset
    }
    /// The other side's end is the end of both: the protocol knows no half.
    func close() { incoming.finish() }
    func discard() { incoming.abandon() }

    func received(_ bytes: [UInt8]) async { await incoming.send(bytes) }
    func fail(_ message: String) async { await connection.send(Self.frame(number + 1, Array(message.utf8))) }
    func reset() {
        resetting.withLock { $0 = true }
        incoming.abandon()
    }
}
