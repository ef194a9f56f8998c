import Basics
import ControlLoops
import Synchronization

/// The far side of an upgraded connection: raw bytes both ways after an answer of 101.
public protocol SessionTunnel: Sendable {
    /// Bytes that the client sent; nil when its side is closed. Returns when more may come.
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

/// Ends a session in which no byte moves either way for long (the kubelet's streamingConnectionIdleTimeout).
final class IdleLimit: SessionTunnel {
    private let tunnel: any SessionTunnel
    private let clock: any TimeSource
    private let moved: Mutex<Instant>
    private let watch = Mutex<Task<Void, Never>?>(nil)

    init(_ limit: Duration, _ tunnel: any SessionTunnel, clock: any TimeSource) {
        self.tunnel = tunnel
        self.clock = clock
        moved = Mutex(clock.now)
        watch.withLock { watch in
            watch = Task { [weak self] in
                while let last = self?.moved.withLock({ $0 }) {
                    do { try await clock.sleep(until: last + limit) } catch { return }
                    guard let self, self.moved.withLock({ $0 }) == last else { continue }
                    return self.cancel()
                }
            }
        }
    }

    private func note() { moved.withLock { $0 = clock.now } }

    func received(_ bytes: [UInt8]?) async throws {
        note()
        try await tunnel.received(bytes)
    }
    func next() async throws -> [UInt8]? {
        let bytes = try await tunnel.next()
        note()
        return bytes
    }
    func cancel() {
        watch.withLock { $0?.cancel() }
        tunnel.cancel()
    }
}
