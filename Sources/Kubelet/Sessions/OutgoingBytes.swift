import Synchronization

/// What waits to be sent to a client: bounded for data, not for the few control frames.
final class OutgoingBytes: Sendable {
    static let highWater = 256 << 10

    private struct State {
        var pieces: [[UInt8]] = []
        var count = 0
        var isFinished = false
        var reader: CheckedContinuation<[UInt8]?, Never>?
        var writers: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    /// Waits while the client has too much to take.
    func send(_ bytes: [UInt8]) async {
        sendNow(bytes)
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard state.count > Self.highWater, !state.isFinished else { return false }
                state.writers.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
    }
    func sendNow(_ bytes: [UInt8]) {
        let reader: CheckedContinuation<[UInt8]?, Never>? = state.withLock { state in
            guard !state.isFinished else { return nil }
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            state.pieces.append(bytes)
            state.count += bytes.count
            return nil
        }
        reader?.resume(returning: bytes)
    }
    /// What was sent before still goes out.
    func finish() {
        let (reader, writers) = state.withLock { state in
            state.isFinished = true
            defer { (state.reader, state.writers) = (nil, []) }
            return (state.reader, state.writers)
        }
        reader?.resume(returning: nil)
        for writer in writers { writer.resume() }
    }
    func next() async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            var writers: [CheckedContinuation<Void, Never>] = []
            let piece: [UInt8]?? = state.withLock { state in
                if !state.pieces.isEmpty {
                    let piece = state.pieces.removeFirst()
                    state.count -= piece.count
                    if state.count <= Self.highWater { swap(&writers, &state.writers) }
                    return piece
                }
                if state.isFinished { return .some(nil) }
                state.reader = continuation
                return nil
            }
            for writer in writers { writer.resume() }
            if let piece { continuation.resume(returning: piece) }
        }
    }
}
