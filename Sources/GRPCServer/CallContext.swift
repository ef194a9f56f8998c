import NIOHPACK
import Synchronization

/// What a method knows of its call besides its messages.
public struct CallContext: Sendable {
    let headers: HPACKHeaders
    public let cancellation: CallCancellation

    /// What the client says besides its messages, under this name in lower case; nil if it says nothing.
    public func metadata(_ name: String) -> String? { headers.first(name: name) }
}

/// Tells the tasks of a call that nobody waits for its answer any more: its client went away or gave it up, its time is
/// over, or the server stops.
public final class CallCancellation: Sendable {
    private struct Content {
        var isCancelled = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }
    private let content = Mutex(Content())

    public var isCancelled: Bool { content.withLock { $0.isCancelled } }

    func cancel() {
        let waiters = content.withLock { content in
            content.isCancelled = true
            defer { content.waiters = [:] }
            return content.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the call is given up. Throws if the waiting task is cancelled itself.
    public func wait() async throws {
        let number = content.withLock { content in
            content.nextWaiter += 1
            return content.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = content.withLock { content in
                    if content.isCancelled || Task.isCancelled { return true }
                    content.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            content.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
        try Task.checkCancellation()
    }
}

/// A call that a client has made: what a method reads and answers. Messages are bytes here; `CallRoutes` gives them
/// their types.
@usableFromInline
struct IncomingCall: Sendable {
    @usableFromInline let context: CallContext
    /// The messages the client sends. A method that takes only one gets only one.
    @usableFromInline let requests: CallRequests
    @usableFromInline let responses: CallResponses
}

/// The client's messages.
@usableFromInline struct CallRequests: Sendable {
    @usableFromInline enum Source: Sendable {
        case one(FramedMessage)
        case many(AsyncThrowingStream<FramedMessage, any Error>)
    }
    @usableFromInline let source: Source
    /// Lets the client send as many bytes more.
    @usableFromInline let taken: @Sendable (Int) -> Void
}

/// The way back to the client.
@usableFromInline struct CallResponses: Sendable {
    let stream: HTTP2Stream
    let connection: CallConnection

    /// Sends a message; returns when there is room for another one. Throws `CancellationError` if the client does not
    /// want it any more.
    @usableFromInline func write(_ message: FramedMessage) async throws {
        try await connection.write(message.buffer, on: stream)
    }

    /// The same for several at once, in order.
    @usableFromInline func write(_ messages: FramedMessages) async throws {
        try await connection.write(messages.buffer, on: stream)
    }
}
