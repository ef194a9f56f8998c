import DequeModule
import HTTPMessages
import NIOCore
import NIOHTTP1
import Synchronization

/// The answer of a server that a request was passed on to, read only as fast as it is taken.
final class ProxiedAnswer: ByteStream {
    /// The server closed the connection before its answer was complete.
    struct Broken: Error {}

    private enum Waiter {
        case head(CheckedContinuation<HTTPResponseHead, any Error>)
        case piece(CheckedContinuation<[UInt8]?, any Error>)
    }
    private struct State {
        var channel: (any Channel)?
        var head: HTTPResponseHead?
        var pieces: Deque<[UInt8]> = []
        var isComplete = false
        var isBroken = false
        var waiter: Waiter?
    }
    private let state = Mutex(State())

    func connected(_ channel: any Channel) { state.withLock { $0.channel = channel } }

    /// Whether the server has agreed to another protocol.
    var isSwitching: Bool { state.withLock { $0.head?.status == .switchingProtocols } }

    /// Whether somebody waits for more.
    var isWanted: Bool { state.withLock { $0.waiter != nil } }

    // MARK: What the connection brings

    func headCame(_ head: HTTPResponseHead) {
        let waiter = state.withLock { state -> Waiter? in
            state.head = head
            guard case .head = state.waiter else { return nil }
            return state.waiter.take()
        }
        if case .head(let continuation) = waiter { continuation.resume(returning: head) }
    }
    func pieceCame(_ piece: [UInt8]) {
        let waiter = state.withLock { state -> Waiter? in
            if case .piece = state.waiter { return state.waiter.take() }
            state.pieces.append(piece)
            return nil
        }
        if case .piece(let continuation) = waiter { continuation.resume(returning: piece) }
    }
    func completed() {
        let (waiter, channel) = state.withLock { state in
            state.isComplete = true
            return (state.waiter.take(), state.channel)
        }
        if case .piece(let continuation) = waiter { continuation.resume(returning: nil) }
        channel?.close(promise: nil)
    }
    func broke() {
        let waiter = state.withLock { state -> Waiter? in
            guard !state.isComplete else { return nil }
            state.isBroken = true
            return state.waiter.take()
        }
        switch waiter {
        case .head(let continuation): continuation.resume(throwing: Broken())
        case .piece(let continuation): continuation.resume(throwing: Broken())
        case nil: break
        }
    }

    // MARK: What is taken

    func head() async throws -> HTTPResponseHead {
        try await withCheckedThrowingContinuation { continuation in
            let (result, channel) = state.withLock { state -> (Result<HTTPResponseHead, any Error>?, (any Channel)?) in
                if let head = state.head { return (.success(head), nil) }
                if state.isBroken { return (.failure(Broken()), nil) }
                state.waiter = .head(continuation)
                return (nil, state.channel)
            }
            if let result { continuation.resume(with: result) } else { channel?.read() }
        }
    }

    func next() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let (result, channel) = state.withLock { state -> (Result<[UInt8]?, any Error>?, (any Channel)?) in
                if let piece = state.pieces.popFirst() { return (.success(piece), nil) }
                if state.isComplete { return (.success(nil), nil) }
                if state.isBroken { return (.failure(Broken()), nil) }
                state.waiter = .piece(continuation)
                return (nil, state.channel)
            }
            if let result { continuation.resume(with: result) } else { channel?.read() }
        }
    }

    func cancel() { state.withLock { $0.channel }?.close(promise: nil) }
}

/// Brings a connection's parts to its `ProxiedAnswer`.
final class ProxiedAnswerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let proxied: ProxiedAnswer

    init(_ proxied: ProxiedAnswer) { self.proxied = proxied }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): proxied.headCame(head)
        case .body(let buffer): proxied.pieceCame(Array(buffer.readableBytesView))
        // After a 101 what follows is no HTTP.
        case .end: if !proxied.isSwitching { proxied.completed() }
        }
    }
    func channelReadComplete(context: ChannelHandlerContext) {
        if proxied.isWanted { context.read() }
    }
    func channelInactive(context: ChannelHandlerContext) { proxied.broke() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Brings the bytes of a connection that has left HTTP to its `ProxiedAnswer`, of which they are the pieces.
final class ProxiedBytesHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let proxied: ProxiedAnswer

    init(_ proxied: ProxiedAnswer) { self.proxied = proxied }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        proxied.pieceCame(Array(unwrapInboundIn(data).readableBytesView))
    }
    func channelReadComplete(context: ChannelHandlerContext) {
        if proxied.isWanted { context.read() }
    }
    /// The end of such a connection is the end of what it says.
    func channelInactive(context: ChannelHandlerContext) { proxied.completed() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
