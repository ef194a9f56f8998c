import Synchronization

/// Bytes on their way from makers to one taker, in order, in the pieces in which they were put in. Makers wait while
/// more than `highWater` bytes are in it.
///
/// A wait for room is not ended by the cancellation of the maker's task, so that a maker that does not look at it cannot
/// put in without limit: `finish` and `abandon` end it.
public final class ByteQueue: Sendable {
    /// Bytes above which makers wait.
    public static let highWater = 256 << 10

    private struct State {
        var pieces: [[UInt8]] = []
        /// Those before it have been taken.
        var first = 0
        var count = 0
        var isFinished = false
        var taker: CheckedContinuation<[UInt8]?, Never>?
        var waiting: [(limit: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// nil when nothing waits.
        mutating func takePiece() -> [UInt8]? {
            guard first < pieces.count else { return nil }
            let piece = pieces[first]
            pieces[first] = []
            first += 1
            count -= piece.count
            // Now and then, so that many small pieces do not cost the square of their number.
            if first == pieces.count || first > 1_024 && first > pieces.count / 2 {
                pieces.removeFirst(first)
                first = 0
            }
            return piece
        }
        mutating func takeRoomed() -> [CheckedContinuation<Void, Never>] {
            guard !waiting.isEmpty else { return [] }
            let roomed = waiting.filter { isFinished || count <= $0.limit }.map(\.continuation)
            if !roomed.isEmpty { waiting.removeAll { isFinished || count <= $0.limit } }
            return roomed
        }
    }
    private let state = Mutex(State())

    public init() {}

    /// How many bytes are in it.
    public var count: Int { state.withLock { $0.count } }

    /// Puts bytes in and waits while there is too much for the taker.
    public func send(_ bytes: [UInt8]) async {
        put(bytes)
        await waitForRoom()
    }

    /// Puts bytes in without waiting: for the few that nobody may have to wait for.
    public func put(_ bytes: [UInt8]) {
        let taker: CheckedContinuation<[UInt8]?, Never>? = state.withLock { state in
            guard !state.isFinished else { return nil }
            if let taker = state.taker.take() { return taker }
            state.pieces.append(bytes)
            state.count += bytes.count
            return nil
        }
        taker?.resume(returning: bytes)
    }

    /// Returns when no more than `limit` bytes wait, or the queue is finished.
    public func waitForRoom(_ limit: Int = ByteQueue.highWater) async {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard state.count > limit, !state.isFinished else { return false }
                state.waiting.append((limit, continuation))
                return true
            }
            if !waits { continuation.resume() }
        }
    }

    /// What was put in before still comes out.
    public func finish() { end(keepsPieces: true) }
    /// Nothing comes out any more.
    public func abandon() { end(keepsPieces: false) }

    private func end(keepsPieces: Bool) {
        let (taker, waiting) = state.withLock { state in
            state.isFinished = true
            if !keepsPieces {
                (state.pieces, state.first, state.count) = ([], 0, 0)
            }
            return (state.taker.take(), state.takeRoomed())
        }
        taker?.resume(returning: nil)
        for continuation in waiting { continuation.resume() }
    }

    /// The next bytes; nil at the end, and when the task is cancelled while it waits. One task takes at a time: a second
    /// one gets nil.
    public func next() async -> [UInt8]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                var roomed: [CheckedContinuation<Void, Never>] = []
                let piece: [UInt8]?? = state.withLock { state in
                    if let piece = state.takePiece() {
                        roomed = state.takeRoomed()
                        return piece
                    }
                    if state.isFinished || state.taker != nil || Task.isCancelled { return .some(nil) }
                    state.taker = continuation
                    return nil
                }
                for continuation in roomed { continuation.resume() }
                if let piece { continuation.resume(returning: piece) }
            }
        } onCancel: {
            state.withLock { $0.taker.take() }?.resume(returning: nil)
        }
    }
}
