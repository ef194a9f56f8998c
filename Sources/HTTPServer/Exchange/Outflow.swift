import NIOCore
import Synchronization

/// Bytes between a task that makes them and the event loop that sends them, as a value: pieces queue while the
/// connection is busy, and the maker waits when too many are queued.
struct OutflowState {
    private var pieces: [[UInt8]] = []
    private(set) var byteCount = 0
    private(set) var isEnded = false
    private(set) var isClosed = false
    private var drainIsDue = false
    private var endIsTaken = false
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// A piece was made: whether the event loop must be told, and whether the maker must wait.
    mutating func offered(_ piece: [UInt8]) -> (drain: Bool, wait: Bool) {
        guard !isClosed, !piece.isEmpty else { return (false, false) }
        pieces.append(piece)
        byteCount += piece.count
        return (becomesDue(), byteCount > limit)
    }
    /// There will be no more pieces: whether the event loop must be told.
    mutating func ended() -> Bool {
        isEnded = true
        return becomesDue()
    }
    /// The event loop takes all that is queued; of the end it is told once. A write can make the connection writable and
    /// so call for the next drain from within.
    mutating func taken() -> (pieces: [[UInt8]], isEnd: Bool) {
        defer {
            pieces = []
            byteCount = 0
            endIsTaken = isEnded
        }
        drainIsDue = false
        return (pieces, isEnded && !endIsTaken)
    }
    mutating func closed() {
        isClosed = true
        pieces = []
        byteCount = 0
    }
    private mutating func becomesDue() -> Bool {
        defer { drainIsDue = true }
        return !drainIsDue
    }
}

/// The shell around `OutflowState`: shared by the maker's task and the event loop.
final class Outflow: Sendable {
    private struct Shared {
        var state: OutflowState
        var waiting: CheckedContinuation<Void, Never>?
    }
    private let shared: Mutex<Shared>
    /// Called, on any thread, when there is something to drain.
    private let wake: @Sendable () -> Void

    init(limit: Int, wake: @escaping @Sendable () -> Void) {
        shared = Mutex(Shared(state: OutflowState(limit: limit)))
        self.wake = wake
    }

    /// Queues a piece; returns when there is room for another. False when the connection is gone.
    func write(_ piece: [UInt8]) async -> Bool {
        let (due, open) = shared.withLock { shared in (shared.state.offered(piece), !shared.state.isClosed) }
        if due.drain { wake() }
        guard due.wait, open else { return open }
        await withCheckedContinuation { continuation in
            let resumeNow = shared.withLock { shared in
                guard shared.state.byteCount > shared.state.limit, !shared.state.isClosed else { return true }
                shared.waiting = continuation
                return false
            }
            if resumeNow { continuation.resume() }
        }
        return shared.withLock { !$0.state.isClosed }
    }
    func end() {
        if shared.withLock({ $0.state.ended() }) { wake() }
    }
    func take() -> (pieces: [[UInt8]], isEnd: Bool) {
        let (taken, waiting) = shared.withLock { shared in (shared.state.taken(), shared.waiting.take()) }
        waiting?.resume()
        return taken
    }
    /// The connection is gone: nothing more is taken, nobody waits.
    func close() {
        let waiting = shared.withLock { shared in
            shared.state.closed()
            return shared.waiting.take()
        }
        waiting?.resume()
    }
}
