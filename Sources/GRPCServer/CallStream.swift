import NIOCore
import NIOHTTP2

/// A stream of a connection, by its number.
typealias HTTP2Stream = HTTP2StreamID

/// One call in progress, as its connection sees it. It never leaves the connection's thread.
final class CallStream {
    let method: CallMethod
    let context: CallContext
    var state: CallState
    /// What has arrived of the message that is under way.
    var splitter: MessageSplitter
    /// Where whole messages go that a method takes one after the other.
    var requests: AsyncThrowingStream<FramedMessage, any Error>.Continuation?
    /// When the client waits no longer.
    var deadline: NIODeadline?
    /// Messages for the client that have not been made a frame yet.
    var outgoing = ByteBuffer()
    /// Methods that wait until they may write more.
    private var writers: [UInt64: CheckedContinuation<Void, any Error>] = [:]

    init(_ method: CallMethod, _ context: CallContext, messageLimit: Int) {
        self.method = method
        self.context = context
        state = CallState(takesOneRequest: method.takesOneRequest)
        splitter = MessageSplitter(limit: messageLimit)
    }

    func add(_ writer: CheckedContinuation<Void, any Error>, _ number: UInt64) { writers[number] = writer }

    func cancelWriter(_ number: UInt64) { writers.removeValue(forKey: number)?.resume(throwing: CancellationError()) }

    /// They may write more.
    func resumeWriters() {
        if writers.isEmpty { return }
        let waiting = writers.values
        writers = [:]
        for writer in waiting { writer.resume() }
    }

    /// The call is over: whoever still works for it learns that.
    func close() {
        requests?.finish(throwing: CancellationError())
        context.cancellation.cancel()
        let waiting = writers.values
        writers = [:]
        for writer in waiting { writer.resume(throwing: CancellationError()) }
    }
}
