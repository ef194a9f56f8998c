import NIOCore
import NIOHTTP2

/// A stream of a connection, by its number.
typealias HTTP2Stream = HTTP2StreamID

/// One call in progress, as its connection sees it. It never leaves the connection's thread.
final class CallStream {
    let method: CallMethod
    let context: CallContext
    /// What has arrived of the message that is under way.
    var splitter: MessageSplitter
    /// Where whole messages go that a method takes one after the other.
    var requests: AsyncThrowingStream<FramedMessage, any Error>.Continuation?
    /// When the client waits no longer.
    var deadline: NIODeadline?
    /// The client will send no more.
    var hasEnded = false
    /// The method runs.
    var hasBegun = false
    var hasHead = false
    /// Messages for the client that have not been made a frame yet.
    var outgoing = ByteBuffer()
    /// Bytes for the client that are not on the network yet.
    var unsentBytes = 0
    /// Bytes from the client that the method has not taken.
    var heldBytes = 0
    /// Bytes by which the client's window is smaller than it was.
    var owedBytes = 0
    /// Methods that wait until there is room for more.
    var writers: [UInt64: CheckedContinuation<Void, any Error>] = [:]

    init(_ method: CallMethod, _ context: CallContext, messageLimit: Int) {
        self.method = method
        self.context = context
        splitter = MessageSplitter(limit: messageLimit)
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
