/// What is done for one method's calls.
@usableFromInline
struct CallMethod: Sendable {
    @usableFromInline
    enum Work: Sendable {
        /// A task of its own; it returns when all answers are written. What it throws is told the client.
        case task(@Sendable (IncomingCall) async throws -> Void)
        /// Work that waits for nothing but what answers by itself: it costs no task.
        case direct(@Sendable (FramedMessage, CallReply) -> Void)
    }
    /// Whether the client sends exactly one message; then the call begins when that is there.
    let takesOneRequest: Bool
    let work: Work
}

/// Answers a call that has one answer; once, from any thread.
public struct CallReply: Sendable {
    let stream: HTTP2Stream
    let connection: CallConnection

    /// `answer` makes the message, on the connection's thread.
    public func callAsFunction(_ answer: @escaping @Sendable () throws -> FramedMessage) {
        connection.reply(answer, on: stream)
    }
}
