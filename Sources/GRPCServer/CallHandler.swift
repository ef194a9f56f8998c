import NIOCore
import NIOHPACK
import NIOHTTP2

/// A connection's streams: makes calls of the frames that arrive, and frames of the answers. It is in the pipeline behind
/// SwiftNIO's HTTP/2 handler, which knows the protocol's states and the client's windows; one handler for all streams,
/// as a channel for each costs more than many a call.
///
/// `CallConnectionState` and `CallState` decide; what arrives is here, what is answered is in `CallAnswers.swift`.
///
/// Source: grpc, doc/PROTOCOL-HTTP2.md; RFC 9113.
final class CallHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// A call whose method is to be run.
    struct Started: Sendable {
        let stream: HTTP2Stream
        let method: CallMethod
        let context: CallContext
        let source: CallRequests.Source
    }

    let routes: CallRoutes
    let limits: CallLimits
    private let started: AsyncStream<Started>.Continuation
    var context: ChannelHandlerContext?
    var state = CallConnectionState()
    var streams: [HTTP2Stream: CallStream] = [:]
    /// Streams that have messages which have not been made a frame yet.
    var dirty: [HTTP2Stream] = []
    var mustFlush = false
    private var lastHeard = NIODeadline.now()
    private var keepalive: RepeatedTask?
    /// Who begins calls, and waits until there may be more of them.
    var capacityWaiter: CheckedContinuation<Void, Never>?
    /// The earliest time at which a call may be over.
    private var nextDeadline: (at: NIODeadline, timer: Scheduled<Void>)?
    /// What the connection's tasks see of this.
    var connection: CallConnection?

    init(_ routes: CallRoutes, _ limits: CallLimits, _ started: AsyncStream<Started>.Continuation) {
        self.routes = routes
        self.limits = limits
        self.started = started
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        write(.windowUpdate(windowSizeIncrement: limits.connectionWindowBytes - Self.firstWindowBytes), on: .rootStream)
        mustFlush = true
        flushAnswers()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .seconds(limits.handshakeSeconds)) {
            if !bound.value.state.hasHeard { bound.value.close() }
        }
        let idle = TimeAmount.seconds(limits.keepaliveSeconds)
        keepalive = context.eventLoop.scheduleRepeatedTask(initialDelay: idle, delay: idle) { _ in
            bound.value.pingIfIdle()
        }
    }

    /// A window's size before either side says otherwise (RFC 9113 §6.9.2).
    private static let firstWindowBytes = 65_535

    private func pingIfIdle() {
        guard let context, NIODeadline.now() - lastHeard >= .seconds(limits.keepaliveSeconds) else { return }
        write(.ping(HTTP2PingData(withInteger: 0), ack: false), on: .rootStream)
        mustFlush = true
        flushAnswers()
        let asked = NIODeadline.now()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .seconds(limits.keepaliveTimeoutSeconds)) {
            if bound.value.lastHeard < asked { bound.value.close() }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        forgetAll()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        forgetAll()
        self.context = nil
    }

    /// Errors of the connection end it; HTTP/2's handler has told the client why.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOHTTP2Errors.StreamError { forget(error.streamID) } else { close() }
    }

    private func forgetAll() {
        state.closed()
        keepalive?.cancel()
        nextDeadline?.timer.cancel()
        started.finish()
        for stream in streams.values { stream.close() }
        streams = [:]
        resumeCapacityWaiter()
        connection = nil
    }

    private func close() { context?.close(promise: nil) }

    /// No further calls are taken.
    func stop() {
        guard state.stop() else { return }
        write(.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil), on: .rootStream)
        mustFlush = true
        for stream in streams.values { stream.context.cancellation.cancel() }
        started.finish()
        resumeCapacityWaiter()
        flushAnswers()
    }

    /// All tasks are done; when calls without one are answered too, the connection ends.
    func tasksEnded() {
        flushAnswers()
        if state.tasksEnded() { close() }
    }

    /// Runs a method that answers by itself.
    func runDirectly(_ call: Started) {
        guard case .direct(let work) = call.method.work, case .one(let message) = call.source, let connection else {
            return
        }
        begins(call.stream)
        state.directCallBegan()
        work(message, CallReply(stream: call.stream, connection: connection))
    }

    func directCallAnswered() {
        guard state.directCallAnswered() else { return }
        flushAnswers()
        close()
    }

    // MARK: What arrives

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        state.heard()
        switch frame.payload {
        case .headers(let headers):
            if streams[frame.streamID] != nil {
                if headers.endStream { clientEnded(frame.streamID) }
            } else {
                call(frame.streamID, headers.headers, isEnd: headers.endStream)
            }
        case .data(let data):
            guard case .byteBuffer(let bytes) = data.data else { return }
            let padding = data.paddingBytes.map { $0 + 1 } ?? 0
            received(bytes, frame.streamID, flowBytes: bytes.readableBytes + padding, isEnd: data.endStream)
        case .rstStream: forget(frame.streamID)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        lastHeard = .now()
        flushAnswers()
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let closed = event as? StreamClosedEvent { forget(closed.streamID) }
        context.fireUserInboundEventTriggered(event)
    }

    private func call(_ id: HTTP2Stream, _ headers: HPACKHeaders, isEnd: Bool) {
        let head: CallHead
        do throws(CallHead.Refusal) { head = try CallHead(headers) } catch {
            switch error {
            case .http(let status): return last(CallAnswer.refusal(httpStatus: status), on: id, hasEnded: isEnd)
            case .call(let error): return last(CallAnswer.refusal(error), on: id, hasEnded: isEnd)
            }
        }
        if !state.takesCalls { return last(CallAnswer.refusal(routes.refusals.stopped), on: id, hasEnded: isEnd) }
        guard let method = routes.methods[head.path] else {
            return last(CallAnswer.refusal(.unknownMethod(head.path, routes.methods.keys)), on: id, hasEnded: isEnd)
        }
        let call = CallContext(headers: headers, cancellation: CallCancellation())
        let stream = CallStream(method, call, messageLimit: limits.messageBytes)
        if let nanoseconds = head.timeoutNanoseconds, let context {
            let deadline = NIODeadline.now() + .nanoseconds(nanoseconds)
            stream.deadline = deadline
            wakeUp(at: deadline, context.eventLoop)
        }
        if !method.takesOneRequest {
            let (requests, continuation) = AsyncThrowingStream.makeStream(of: FramedMessage.self)
            stream.requests = continuation
            started.yield(Started(stream: id, method: method, context: call, source: .many(requests)))
        }
        streams[id] = stream
        if isEnd { clientEnded(id) }
    }

    /// Ends calls whose time is over, at the earliest of their times: nearly all are answered long before, so a timer for
    /// each would be made for nothing.
    private func wakeUp(at deadline: NIODeadline, _ loop: any EventLoop) {
        if let nextDeadline, nextDeadline.at <= deadline { return }
        nextDeadline?.timer.cancel()
        let bound = NIOLoopBound(self, eventLoop: loop)
        nextDeadline = (deadline, loop.scheduleTask(deadline: deadline) { bound.value.endExpiredCalls(loop) })
    }

    private func endExpiredCalls(_ loop: any EventLoop) {
        nextDeadline = nil
        let now = NIODeadline.now()
        for (id, stream) in streams where stream.deadline.map({ $0 <= now }) == true {
            finish(id, CallError(.deadlineExceeded, "context deadline exceeded"))
        }
        flushAnswers()
        if let next = streams.values.compactMap(\.deadline).min() { wakeUp(at: next, loop) }
    }

    private func received(_ bytes: ByteBuffer, _ id: HTTP2Stream, flowBytes: Int, isEnd: Bool) {
        if let credit = state.received(flowBytes: flowBytes, limits) {
            write(.windowUpdate(windowSizeIncrement: credit), on: .rootStream)
            mustFlush = true
        }
        guard let stream = streams[id] else { return }
        state.held(bytes.readableBytes)
        stream.state.received(bytes.readableBytes, flowBytes: flowBytes, isEnd: isEnd)
        stream.splitter.append(bytes)
        do throws(CallError) {
            if state.holdsTooMuch(limits) { throw routes.refusals.tooManyRequests }
            while let message = try stream.splitter.next() { try arrived(message, stream, id) }
        } catch { return finish(id, error) }
        if isEnd { clientEnded(id) } else { giveCredit(stream, id) }
    }

    private func arrived(_ message: FramedMessage, _ stream: CallStream, _ id: HTTP2Stream) throws(CallError) {
        switch try stream.state.messageArrived() {
        case .follows: stream.requests?.yield(message)
        case .begins:
            let call = Started(stream: id, method: stream.method, context: stream.context, source: .one(message))
            if case .direct = stream.method.work, state.hasCapacity(limits) {
                runDirectly(call)
            } else {
                started.yield(call)
            }
        }
    }

    private func clientEnded(_ id: HTTP2Stream) {
        guard let stream = streams[id] else { return }
        stream.requests?.finish()
        if let error = stream.state.clientEnded() { finish(id, error) }
    }

    /// Lets the client send more, if the method keeps up.
    private func giveCredit(_ stream: CallStream, _ id: HTTP2Stream) {
        guard let credit = stream.state.credit(incompleteBytes: stream.splitter.waitingBytes, limits) else { return }
        write(.windowUpdate(windowSizeIncrement: credit), on: id)
        mustFlush = true
    }

    /// The method's task runs, and its only message is no longer held here.
    func begins(_ id: HTTP2Stream) {
        guard let stream = streams[id], stream.requests == nil else { return }
        taken(stream.state.heldBytes, of: id)
    }

    func taken(_ bytes: Int, of id: HTTP2Stream) {
        guard let stream = streams[id] else { return }
        state.released(stream.state.taken(bytes))
        giveCredit(stream, id)
    }

    /// The client has given the call up, or it is over.
    private func forget(_ id: HTTP2Stream) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        state.released(stream.state.heldBytes)
        stream.close()
    }
}
