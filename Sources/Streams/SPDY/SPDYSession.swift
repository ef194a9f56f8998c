/// The server's view of one SPDY session: which streams are open and what may happen on them. A value; each event has a
/// method that says what to do about it.
///
/// Windows are neither kept nor asked for: Kubernetes' clients send no WINDOW_UPDATE and need none, the connection's own
/// flow control holds both sides back.
struct SPDYSession {
    /// Streams open at once; more are refused. Two are one forwarded connection.
    static let maximumStreams = 1_000

    /// What the shell does about a frame.
    enum Reaction: Equatable {
        case nothing
        case answer(SPDYFrame)
        /// The client opens a stream: `accept` or `reset` it.
        case opened(SPDYOpening)
        /// Bytes of a stream; after `isLast` come no more.
        case received(stream: UInt32, [UInt8], isLast: Bool)
        /// The client has ended the stream both ways; it is gone.
        case reset(stream: UInt32)
    }

    private struct Halves {
        var clientIsDone: Bool
        var serverIsDone = false
    }
    private var streams: [UInt32: Halves] = [:]
    private var lastStream: UInt32 = 0
    private var isLeaving = false
    private var clientIsLeaving = false

    func isOpen(_ stream: UInt32) -> Bool { streams[stream] != nil }
    /// The client opens no more streams and the last one has ended.
    var isOver: Bool { clientIsLeaving && streams.isEmpty }

    mutating func received(_ frame: SPDYFrame) throws(SPDYViolation) -> Reaction {
        switch frame {
        case .synStream(let opening): return try opened(opening)
        case .rstStream(let stream, _):
            return streams.removeValue(forKey: stream) == nil ? .nothing : .reset(stream: stream)
        case .ping(let identifier):
            // Even ones would answer ours, and we send none.
            return identifier % 2 == 1 ? .answer(frame) : .nothing
        case .goAway:
            clientIsLeaving = true
            return .nothing
        case .data(let stream, let bytes, let isLast): return received(stream, bytes, isLast)
        case .headers(let stream, _, let isLast): return isLast ? received(stream, [], true) : .nothing
        case .synReply(let stream, _, _): return .answer(.rstStream(stream: stream, .invalidStream))
        case .settings, .windowUpdate: return .nothing
        }
    }

    private mutating func opened(_ opening: SPDYOpening) throws(SPDYViolation) -> Reaction {
        guard opening.stream % 2 == 1, opening.stream > lastStream else {
            throw SPDYViolation(reason: "a stream's number is even or not above the last one's")
        }
        lastStream = opening.stream
        if isLeaving { return .nothing }
        guard !opening.isUnidirectional else {
            return .answer(.rstStream(stream: opening.stream, .protocolError))
        }
        guard streams.count < Self.maximumStreams else {
            return .answer(.rstStream(stream: opening.stream, .refusedStream))
        }
        streams[opening.stream] = Halves(clientIsDone: opening.isLast)
        return .opened(opening)
    }

    private mutating func received(_ stream: UInt32, _ bytes: [UInt8], _ isLast: Bool) -> Reaction {
        guard let halves = streams[stream] else {
            // What was under way when the stream ended is of no interest.
            return stream % 2 == 1 && stream <= lastStream
                ? .nothing : .answer(.rstStream(stream: stream, .invalidStream))
        }
        guard !halves.clientIsDone else {
            streams[stream] = nil
            return .answer(.rstStream(stream: stream, .streamAlreadyClosed))
        }
        if isLast {
            streams[stream] = halves.serverIsDone ? nil : Halves(clientIsDone: true)
        }
        return .received(stream: stream, bytes, isLast: isLast)
    }

    // MARK: What the server does; nil where the stream has ended meanwhile

    func accept(_ stream: UInt32) -> SPDYFrame? {
        streams[stream].map { _ in .synReply(stream: stream, headers: [], isLast: false) }
    }

    mutating func send(_ bytes: [UInt8], on stream: UInt32, isLast: Bool = false) -> SPDYFrame? {
        guard let halves = streams[stream], !halves.serverIsDone else { return nil }
        if isLast {
            streams[stream] = halves.clientIsDone ? nil : Halves(clientIsDone: false, serverIsDone: true)
        }
        return .data(stream: stream, bytes, isLast: isLast)
    }

    mutating func reset(_ stream: UInt32, _ status: SPDYResetStatus) -> SPDYFrame? {
        streams.removeValue(forKey: stream).map { _ in .rstStream(stream: stream, status) }
    }

    mutating func leave(_ status: SPDYGoAwayStatus) -> SPDYFrame {
        isLeaving = true
        return .goAway(lastGoodStream: lastStream, status)
    }
}
