import Basics
import CCurl
import Synchronization

/// One call on its way. The thread of curl fills it, one task empties it; curl is paused while the reader has
/// `ByteQueue.highWater` bytes to take.
final class Transfer: Sendable {
    static let maximumHeaderBytes = 64 << 10

    struct Head: Sendable {
        var status = 0
        var headers: [(name: String, value: String)] = []
    }
    private struct State {
        var head = Head()
        var headerBytes = 0
        var receivedBytes = 0
        var isPaused = false
        var end: Result<Void, OutboundError>?
    }
    let request: OutboundRequest
    let number: Int
    private let state = Mutex(State())
    /// Opened with the body's first piece or the end, which follow the last head.
    private let wholeHead = Gate<Result<Head, OutboundError>>()
    private let body = ByteQueue()
    private let resume: @Sendable (Int) -> Void

    /// `resume` is called when a paused transfer may go on.
    init(_ request: OutboundRequest, number: Int, resume: @escaping @Sendable (Int) -> Void) {
        self.request = request
        self.number = number
        self.resume = resume
    }

    // MARK: The reader's side

    /// Waits for curl's word even when the task is cancelled: whoever cancels has the transfer ended, which says why.
    func head() async throws(OutboundError) -> Head { try await wholeHead.waitThroughCancellation().get() }

    /// nil at the body's end. Throws `CancellationError` when the task is cancelled while it waits.
    func nextChunk() async throws -> [UInt8]? {
        while true {
            if let chunk = await body.next() {
                tookChunk()
                return chunk
            }
            guard let end = state.withLock({ $0.end }) else {
                try Task.checkCancellation()
                throw OutboundError.invalidRequest("two readers of one body")
            }
            // A cancelled wait may have ended just before the last pieces came.
            if body.count > 0 { continue }
            try end.get()
            return nil
        }
    }

    /// The last header of this name that has come.
    func header(_ name: String) -> String? {
        state.withLock { $0.head.headers.last { $0.name == name }?.value }
    }

    private func tookChunk() {
        let resumes = state.withLock { state in
            guard state.isPaused, body.count < ByteQueue.highWater / 2 else { return false }
            state.isPaused = false
            return true
        }
        if resumes { resume(number) }
    }

    // MARK: curl's side

    /// One line of the head; false ends the transfer.
    func receivedHeader(_ bytes: [UInt8]) -> Bool {
        var line = bytes[...]
        while let last = line.last, last == 10 || last == 13 { line = line.dropLast() }
        let text = String(decoding: line, as: UTF8.self)
        return state.withLock { state in
            if text.hasPrefix("HTTP/") {
                // A new head: after an interim answer or a redirect.
                let words = text.split(separator: " ")
                state.head = Head(status: words.count > 1 ? Int(words[1]) ?? 0 : 0)
                state.headerBytes = 0
                return true
            }
            state.headerBytes += bytes.count
            guard state.headerBytes <= Self.maximumHeaderBytes else { return false }
            if let colon = text.firstIndex(of: ":") {
                var value = text[text.index(after: colon)...]
                while value.first == " " || value.first == "\t" { value = value.dropFirst() }
                state.head.headers.append((text[..<colon].lowercased(), String(value)))
            }
            return true
        }
    }

    /// How many bytes were taken; fewer than given ends the transfer, nil pauses it.
    func receivedBody(_ bytes: [UInt8]) -> Int? {
        enum Outcome { case taken(Head), refused, paused }
        let outcome: Outcome = state.withLock { state in
            if state.receivedBytes + bytes.count > request.maximumBodyBytes {
                state.end = .failure(.tooLarge(limit: request.maximumBodyBytes))
                return .refused
            }
            if body.count >= ByteQueue.highWater {
                state.isPaused = true
                return .paused
            }
            state.receivedBytes += bytes.count
            return .taken(state.head)
        }
        switch outcome {
        case .taken(let head):
            wholeHead.open(.success(head))
            body.put(bytes)
            return bytes.count
        case .refused: return 0
        case .paused: return nil
        }
    }

    /// The first end counts. What came before it can still be taken.
    func ended(_ result: Result<Void, OutboundError>) {
        let (end, head) = state.withLock { state in
            let end = state.end ?? result
            state.end = end
            return (end, state.head)
        }
        wholeHead.open(end.map { head })
        body.finish()
    }
    var hasEnded: Bool { state.withLock { $0.end != nil } }
}
