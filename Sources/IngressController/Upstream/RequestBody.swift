import NIOCore
import NIOHTTP1

/// A request's body on its way: what came from the client and is not sent yet, and, as long as it is short, all of
/// it, to be sent again to another backend.
struct RequestBody {
    private var chunks: [ByteBuffer] = []
    private var sent = 0
    private(set) var trailers: HTTPHeaders?
    /// The client has sent all of it.
    private(set) var isComplete = false
    /// The end was handed out to the present backend.
    private(set) var isEndSent = false
    /// Bytes that came in all.
    private(set) var length = 0
    /// Bytes not sent yet.
    private(set) var waitingBytes = 0
    /// Everything from the first byte on is still here.
    private(set) var canReplay = true

    mutating func append(_ chunk: ByteBuffer) {
        length += chunk.readableBytes
        waitingBytes += chunk.readableBytes
        chunks.append(chunk)
        if length > Limits.replayBytes { forgetSent() }
    }

    mutating func end(_ trailers: HTTPHeaders?) {
        isComplete = true
        self.trailers = trailers
    }

    /// What the present backend is to get next, and whether the end follows it.
    mutating func takeUnsent() -> (chunks: ArraySlice<ByteBuffer>, isEnd: Bool) {
        let unsent = chunks[sent...]
        waitingBytes = 0
        sent = chunks.count
        if length > Limits.replayBytes { forgetSent() }
        let isEnd = isComplete && !isEndSent
        isEndSent = isEndSent || isComplete
        return (unsent, isEnd)
    }

    private mutating func forgetSent() {
        guard sent > 0 else { return }
        chunks.removeFirst(sent)
        sent = 0
        canReplay = false
    }

    /// Begins anew for another backend; only when `canReplay`.
    mutating func rewind() {
        sent = 0
        waitingBytes = length
        isEndSent = false
    }
}
