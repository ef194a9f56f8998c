import Basics
import ContainerRuntime
import Synchronization

/// Carries connections to ports of a pod over a WebSocket (the kubelet's portforward over v4.channel.k8s.io): for the
/// n-th port channel 2n is data and 2n+1 errors; the server begins each with the port as two bytes, low byte first.
/// The protocol cannot close half of a connection.
final class PortForwardTunnel: SessionTunnel {
    static let supported = ["v4.channel.k8s.io"]
    static let maximumPorts = 64

    private let channels: [ForwardedChannel]
    private let outgoing: ByteQueue
    private let reader = Mutex(WebSocketReader())
    private let work = Mutex<Task<Void, Never>?>(nil)

    init(_ target: PortForwardTarget, ports: [Int]) {
        let outgoing = ByteQueue()
        self.outgoing = outgoing
        let channels = ports.indices.map { ForwardedChannel(UInt8(clamping: 2 * $0), outgoing) }
        self.channels = channels
        for (channel, port) in zip(channels, ports) {
            for number in [channel.number, channel.number + 1] {
                outgoing.put(ForwardedChannel.frame(number, [UInt8(port & 0xFF), UInt8(port >> 8)]))
            }
        }
        work.withLock { work in
            work = Task {
                await withTaskGroup(of: Void.self) { group in
                    for (channel, port) in zip(channels, ports) {
                        group.addTask { await Self.forward(port, channel, target) }
                    }
                }
                outgoing.put(WebSocketFrame.close(.normal).bytes)
                outgoing.finish()
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

    func next() async throws -> [UInt8]? { await outgoing.next() }

    func cancel() {
        for channel in channels { channel.reset() }
        outgoing.finish()
        work.withLock { $0?.cancel() }
    }

    func received(_ bytes: [UInt8]?) async throws {
        guard let bytes else { return cancel() }
        do throws(WebSocketReader.Violation) {
            reader.withLock { $0.append(bytes) }
            while let message = try reader.withLock({ reader throws(WebSocketReader.Violation) in try reader.next() }) {
                switch message {
                case .data(let payload, _):
                    guard let number = payload.first, number % 2 == 0, Int(number) / 2 < channels.count else {
                        continue
                    }
                    await channels[Int(number) / 2].received(Array(payload.dropFirst()))
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
}

/// One port's channel of a `PortForwardTunnel`.
private final class ForwardedChannel: ForwardedStream {
    let number: UInt8
    private let outgoing: ByteQueue
    private let incoming = ByteQueue()
    private let resetting = Mutex(false)

    init(_ number: UInt8, _ outgoing: ByteQueue) {
        self.number = number
        self.outgoing = outgoing
    }
    static func frame(_ channel: UInt8, _ payload: [UInt8]) -> [UInt8] {
        WebSocketFrame(opcode: .binary, payload: [channel] + payload).bytes
    }

    var isReset: Bool { resetting.withLock { $0 } }
    func read() async -> [UInt8]? { await incoming.next() }
    func write(_ bytes: [UInt8]) async -> Bool {
        await outgoing.send(Self.frame(number, bytes))
        return !isReset
    }
    /// The other side's end is the end of both: the protocol knows no half.
    func close() { incoming.finish() }
    func discard() { incoming.abandon() }

    func received(_ bytes: [UInt8]) async { await incoming.send(bytes) }
    func fail(_ message: String) async { await outgoing.send(Self.frame(number + 1, Array(message.utf8))) }
    func reset() {
        resetting.withLock { $0 = true }
        incoming.abandon()
    }
}
