import NIOCore
import NIOHTTP1

/// The turns of request and answer on one HTTP/1.1 connection or one HTTP/2 stream, as a value: each event has a
/// method that says what to do about it.
struct Exchange {
    enum State {
        case awaitingHead
        case receiving(HTTPRequestHead, [UInt8])
        /// `reusable` is whether another request may follow on this connection.
        case answering(reusable: Bool)
        case closed
    }
    /// What the shell does about a part of a request.
    enum Action {
        case nothing
        /// Tell the client to go on with its body (RFC 9110 §10.1.1).
        case sendContinue
        case respond(HTTPRequestHead, [UInt8])
        /// Answer with this status and close: the rest of the connection cannot be understood or is not wanted.
        case refuse(HTTPResponseStatus)
    }

    private(set) var state = State.awaitingHead
    let bodyLimit: Int

    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    var isAnswering: Bool { if case .answering = state { true } else { false } }
    var isClosed: Bool { if case .closed = state { true } else { false } }

    mutating func headReceived(_ head: HTTPRequestHead) -> Action {
        guard case .awaitingHead = state else { return .nothing }
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > bodyLimit {
            return refuse(.payloadTooLarge)
        }
        if head.version.major == 1 && head.version.minor == 1 && head.headers["host"].count != 1 {
            return refuse(.badRequest)
        }
        state = .receiving(head, [])
        guard let expectation = head.headers.first(name: "expect") else { return .nothing }
        return expectation.lowercased() == "100-continue" ? .sendContinue : refuse(.expectationFailed)
    }

    mutating func bodyReceived(_ part: ByteBuffer) -> Action {
        guard case .receiving(let head, var body) = state else { return .nothing }
        guard body.count + part.readableBytes <= bodyLimit else { return refuse(.payloadTooLarge) }
        state = .awaitingHead  // so that `body` is the only owner of its bytes and grows in place
        body.append(contentsOf: part.readableBytesView)
        state = .receiving(head, body)
        return .nothing
    }

    mutating func endReceived() -> Action {
        guard case .receiving(let head, let body) = state else { return .nothing }
        // A decoder that has seen "Upgrade" reads no further, so after any answer but 101 the connection ends.
        state = .answering(reusable: head.isKeepAlive && !head.headers.contains(name: "upgrade"))
        return .respond(head, body)
    }

    /// Whether the answer in progress lets the connection go on.
    var isReusable: Bool { if case .answering(let reusable) = state { reusable } else { false } }

    /// The answer must be this connection's last.
    mutating func mustClose() { if case .answering = state { state = .answering(reusable: false) } }

    /// The answer has been written; says whether another request may follow.
    mutating func answered() -> Bool {
        guard case .answering(reusable: true) = state else {
            state = .closed
            return false
        }
        state = .awaitingHead
        return true
    }

    mutating func closed() { state = .closed }

    mutating func refuse(_ status: HTTPResponseStatus) -> Action {
        state = .answering(reusable: false)
        return .refuse(status)
    }
}
