import Basics
import ControlLoops
import HTTPMessages
import Streams
import Synchronization

/// Ends a session in which no byte moves either way for long (the kubelet's streamingConnectionIdleTimeout).
final class IdleLimit: Tunnel {
    private let tunnel: any Tunnel
    private let clock: any TimeSource
    private let moved: Mutex<Instant>
    private let watch = Mutex<Task<Void, Never>?>(nil)

    init(_ limit: Duration, _ tunnel: any Tunnel, clock: any TimeSource) {
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
