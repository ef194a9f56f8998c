import Basics
import Synchronization

/// The server's end of one WebSocket after its handshake: messages in, frames out. Pings and closes are answered here.
public final class WebSocketConnection: Sendable {
    private let reader = Mutex(WebSocketReader())
    private let outgoing = ByteQueue()

    public init() {}

    /// Takes what the client sent and hands out each whole message, one at a time. False when the connection is over,
    /// because the client left, closed it or broke the rules; what is to be said then is on its way. `pong` is called when the
    /// client has answered a ping.
    public func received(
        _ bytes: [UInt8]?, pong: () -> Void = {}, _ handle: (_ payload: [UInt8], _ isText: Bool) async -> Void
    ) async -> Bool {
        guard let bytes else {
            end()
            return false
        }
        do throws(WebSocketReader.Violation) {
            reader.withLock { $0.append(bytes) }
            while let message = try reader.withLock({ reader throws(WebSocketReader.Violation) in try reader.next() }) {
                switch message {
                case .data(let payload, let isText): await handle(payload, isText)
                case .ping(let payload): await send(WebSocketFrame(opcode: .pong, payload: payload))
                case .pong: pong()
                case .close:
                    close(.normal)
                    return false
                }
            }
            return true
        } catch {
            close(error.code)
            return false
        }
    }

    /// Waits while the client has too much to take.
    public func send(_ frame: WebSocketFrame) async { await outgoing.send(frame.bytes) }
    /// Without waiting, for what is small and comes once.
    public func put(_ frame: WebSocketFrame) { outgoing.put(frame.bytes) }
    /// Says that this is the end; what was put in before still goes out.
    public func close(_ code: WebSocketFrame.CloseCode) {
        outgoing.put(WebSocketFrame.close(code).bytes)
        end()
    }
    /// Ends without a word.
    public func end() { outgoing.finish() }

    /// The next bytes for the client; nil at the end.
    public func next() async -> [UInt8]? { await outgoing.next() }
}
