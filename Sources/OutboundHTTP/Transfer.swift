import CCurl
import Synchronization

/// One call on its way. The thread of curl fills it, one task empties it.
final class Transfer: Sendable {
    /// curl is paused while a reader has this much to take.
    static let highWater = 256 << 10
    static let maximumHeaderBytes = 64 << 10

    struct Head: Sendable {
        var status = 0
        var headers: [(name: String, value: String)] = []
    }
    private struct State {
        var head = Head()
        var headerBytes = 0
        var isHeadDone = false
        var chunks: [[UInt8]] = []
        var waitingBytes = 0
        var receivedBytes = 0
        var isPaused = false
        var end: Result<Void, OutboundError>?
        var headWaiter: CheckedContinuation<Head, any Error>?
        var chunkWaiter: CheckedContinuation<[UInt8]?, any Error>?
    }
    let request: OutboundRequest
    let number: Int
    private let state = Mutex(State())
    private let resume: @Sendable (Int) -> Void

    /// `resume` is called when a paused transfer may go on.
    init(_ request: OutboundRequest, number: Int, resume: @escaping @Sendable (Int) -> Void) {
        self.request = request
        self.number = number
        self.resume = resume
    }

    // MARK: The reader's side

    func head() async throws -> Head {
        try await withCheckedThrowingContinuation { continuation in
            let answer: Result<Head, any Error>? = state.withLock { state in
                if state.isHeadDone { return .success(state.head) }
                if case .failure(let error)? = state.end { return .failure(error) }
                if state.end != nil { return .success(state.head) }
                state.headWaiter = continuation
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    func nextChunk() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            var resumes = false
            let answer: Result<[UInt8]?, any Error>? = state.withLock { state in
                if !state.chunks.isEmpty {
                    let chunk = state.chunks.removeFirst()
                    state.waitingBytes -= chunk.count
                    if state.isPaused, state.waitingBytes < Self.highWater / 2 {
                        state.isPaused = false
                        resumes = true
                    }
                    return .success(chunk)
                }
                switch state.end {
                case .success?: return .success(nil)
                case .failure(let error)?: return .failure(error)
                case nil:
                    if state.chunkWaiter != nil {
                        return .failure(OutboundError.invalidRequest("two readers of one body"))
                    }
                    state.chunkWaiter = continuation
                    return nil
                }
            }
            if resumes { resume(number) }
            if let answer { continuation.resume(with: answer) }
        }
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
        enum Outcome { case taken, refused, paused }
        var headWaiter: (CheckedContinuation<Head, any Error>, Head)?
        var chunkWaiter: CheckedContinuation<[UInt8]?, any Error>?
        let outcome: Outcome = state.withLock { state in
            if state.receivedBytes + bytes.count > request.maximumBodyBytes {
                state.end = .failure(.tooLarge(limit: request.maximumBodyBytes))
                return .refused
            }
            if state.waitingBytes >= Self.highWater {
                state.isPaused = true
                return .paused
            }
            state.isHeadDone = true
            if let waiter = state.headWaiter {
                headWaiter = (waiter, state.head)
                state.headWaiter = nil
            }
            state.receivedBytes += bytes.count
            if let waiter = state.chunkWaiter {
                chunkWaiter = waiter
                state.chunkWaiter = nil
            } else {
                state.chunks.append(bytes)
                state.waitingBytes += bytes.count
            }
            return .taken
        }
        if let headWaiter { headWaiter.0.resume(returning: headWaiter.1) }
        chunkWaiter?.resume(returning: bytes)
        switch outcome {
        case .taken: return bytes.count
        case .refused: return 0
        case .paused: return nil
        }
    }

    func ended(_ result: Result<Void, OutboundError>) {
        let (headWaiter, chunkWaiter, head, end) = state.withLock { state in
            if state.end == nil { state.end = result }
            state.isHeadDone = state.isHeadDone || (try? result.get()) != nil
            defer {
                state.headWaiter = nil
                state.chunkWaiter = nil
            }
            return (state.headWaiter, state.chunkWaiter, state.head, state.end ?? result)
        }
        switch end {
        case .success:
            headWaiter?.resume(returning: head)
            chunkWaiter?.resume(returning: nil)
        case .failure(let error):
            headWaiter?.resume(throwing: error)
            chunkWaiter?.resume(throwing: error)
        }
    }
    var hasEnded: Bool { state.withLock { $0.end != nil } }
}
