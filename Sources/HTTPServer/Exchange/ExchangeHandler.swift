import DequeModule
import HTTPMessages
import Logging
import NIOCore
import NIOHTTP1

/// What every exchange of one listener needs.
struct ExchangeContext: Sendable {
    let limits: HTTPLimits
    let isSecure: Bool
    let handler: RequestHandler
    let date: DateHeader
    let logger: Logger
}

/// Carries out what `Exchange` decides, on one HTTP/1.1 connection or one HTTP/2 stream.
final class ExchangeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPServerResponsePart

    private let shared: ExchangeContext
    private let sourceAddress: String
    private let certificate: Request.CertificateSubject?
    /// Set on HTTP/1.1 connections only: turns the connection into a tunnel's bytes.
    private let upgrade: ((any Tunnel) -> Void)?

    private var exchange: Exchange
    private var context: ChannelHandlerContext?
    /// Parts of pipelined requests that wait for their turn; reading stops while there are any.
    private var held: Deque<HTTPServerRequestPart> = []
    private var readIsHeld = false
    private var isHandingOut = false
    private var outflow: Outflow?
    private var stream: (any ByteStream)?
    /// The stream, if it is polled from here, and what it calls when asking again is worth while.
    private var polled: (stream: any PolledStream, ready: @Sendable () -> Void)?
    private var request: HTTPRequestHead?
    private var watchdog: Watchdog
    private var inputClosed = false
    /// What the client had not taken at the last look; more than can be when nobody has looked yet.
    private var waitingBytes = Int.max
    /// On HTTP/2: what has been written and has not left.
    private var unsentBytes = 0
    /// How finely that is counted.
    private static let countedBytes = 32 << 10

    init(
        shared: ExchangeContext, sourceAddress: String, certificate: Request.CertificateSubject?,
        upgrade: ((any Tunnel) -> Void)?
    ) {
        self.shared = shared
        self.sourceAddress = sourceAddress
        self.certificate = certificate
        self.upgrade = upgrade
        exchange = Exchange(bodyLimit: shared.limits.bodyBytes)
        watchdog = Watchdog()
    }

    // MARK: The channel's events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        watchdog.start(after: shared.limits.firstHeadSeconds, on: context) { [unowned self] in self.timedOut() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watchdog.stop()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // After the last answer the client may still send; nobody will look at it.
        guard !exchange.isClosed, !exchange.isAnswering || exchange.isReusable else { return }
        held.append(unwrapInboundIn(data))
        handOut()
    }

    func read(context: ChannelHandlerContext) {
        if exchange.isAnswering && !held.isEmpty { readIsHeld = true } else { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            inputClosed = true
            // A client that sends no more may still wait for an answer, but a stream ends as for one that went away.
            if stream != nil || !exchange.isAnswering { close() } else { exchange.mustClose() }
        case is ChannelShouldQuiesceEvent:
            if exchange.isAnswering { exchange.mustClose() } else { close() }
            stream?.cancel()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, !exchange.isClosed else { return close() }
        if exchange.isAnswering { return exchange.mustClose() }
        let status: HTTPResponseStatus = error == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest
        perform(exchange.refuse(status))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            drain()
            poll()
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: A request comes in

    /// Hands the parts that came to the exchange, one request at a time.
    private func handOut() {
        guard !isHandingOut else { return }
        isHandingOut = true
        while !exchange.isAnswering, !exchange.isClosed, let part = held.popFirst() {
            switch part {
            case .head(let head):
                request = head
                watchdog.expect(within: shared.limits.bodySeconds)
                perform(exchange.headReceived(head))
            case .body(let bytes): perform(exchange.bodyReceived(bytes))
            case .end: perform(exchange.endReceived())
            }
        }
        isHandingOut = false
        if readIsHeld && !exchange.isAnswering {
            readIsHeld = false
            context?.read()
        }
    }

    private func perform(_ action: Exchange.Action) {
        switch action {
        case .nothing: break
        case .sendContinue:
            write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
            context?.flush()
        case .respond(let head, let body): respond(head, body)
        case .refuse(let status): refuse(status)
        }
    }

    private func respond(_ head: HTTPRequestHead, _ body: [UInt8]) {
        guard let context else { return }
        watchdog.relax()
        let request = Request(
            head: head, body: body, sourceAddress: sourceAddress, certificate: certificate, isSecure: shared.isSecure)
        let answer = shared.handler.answer
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let work: @Sendable () async -> Void = {
            let answer = await answer(request)
            if loop.inEventLoop {
                handler.value.answerReady(answer)
            } else {
                loop.execute { handler.value.answerReady(answer) }
            }
        }
        // An immediate task starts on this thread: an answer that needs no waiting costs no change of thread.
        if shared.handler.isQuick(request) { Task.immediate(operation: work) } else { Task(operation: work) }
    }

    /// Answers what cannot become a `Request`, and closes.
    private func refuse(_ status: HTTPResponseStatus) {
        let problem = Problem(
            status: Int(status.code), title: status.reasonPhrase, detail: Self.refusals[status.code] ?? "")
        answerReady(shared.handler.refusal(problem, request?.uri ?? ""))
    }
    private static let refusals: [UInt: String] = [
        400: "The request is not valid HTTP.", 408: "The request did not arrive in time.",
        413: "The body is larger than the limit.", 417: "Only the expectation 100-continue is known.",
        431: "The request line and headers are larger than the limit.",
    ]

    // MARK: An answer goes out

    private func answerReady(_ answer: Answer) {
        guard let context, context.channel.isActive, !exchange.isClosed else { return answer.abandon() }
        if answer.status == 101, case .tunnel(let tunnel) = answer.body, let upgrade {
            return startTunnel(tunnel, answer, upgrade)
        }
        if inputClosed { exchange.mustClose() }
        let isHead = request?.method == .HEAD
        let head = ResponseHead(answer, to: request, isReusable: exchange.isReusable, date: shared.date.now)
        if !head.isReusable { exchange.mustClose() }
        waitingBytes = .max
        write(.head(head.head))
        switch answer.body {
        case .bytes(let bytes):
            if !isHead && head.mayHaveBody && !bytes.isEmpty {
                send(context.channel.allocator.buffer(bytes: bytes))
            }
            finish()
        case .stream(let stream) where isHead || !head.mayHaveBody:
            stream.cancel()
            finish()
        case .stream(let stream): start(stream)
        case .tunnel(let tunnel):
            tunnel.cancel()
            exchange.mustClose()
            finish()
        }
    }

    private func write(_ part: HTTPServerResponsePart) { context?.write(wrapOutboundOut(part), promise: nil) }

    /// Ends the answer and turns to the next request, or closes.
    private func finish() {
        guard let context else { return }
        stream = nil
        polled = nil
        outflow = nil
        let goesOn = exchange.answered()
        guard goesOn else {
            let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
            watchdog.expect(within: shared.limits.stallSeconds)
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in handler.value.linger() }
            return
        }
        request = nil
        write(.end(nil))
        context.flush()
        watchdog.expect(within: shared.limits.idleSeconds)
        handOut()
    }

    /// Closes after the last answer: output first, so that a client that is still sending can read it.
    private func linger() {
        guard let context, context.channel.isActive else { return }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        guard upgrade != nil, !inputClosed else { return close() }
        context.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: .seconds(1)) { handler.value.close() }
    }

    private func close() {
        end()
        context?.close(promise: nil)
    }

    /// The connection is over: whatever was under way is told.
    private func end() {
        exchange.closed()
        watchdog.stop()
        held.removeAll()
        outflow?.close()
        stream?.cancel()
        stream = nil
        polled = nil
    }

    // MARK: Streams

    private func start(_ stream: any ByteStream) {
        guard let context else { return stream.cancel() }
        self.stream = stream
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        if let stream = stream as? any PolledStream {
            polled = (stream, { loop.execute { handler.value.poll() } })
            context.flush()
            return poll()
        }
        let outflow = Outflow(limit: shared.limits.streamBufferBytes) { loop.execute { handler.value.drain() } }
        self.outflow = outflow
        context.flush()
        Task {
            do {
                while let piece = try await stream.next() {
                    guard await outflow.write(piece) else { return }
                }
                outflow.end()
            } catch {
                loop.execute { handler.value.close() }
            }
        }
    }

    /// Sends what the stream has made, if the client takes it.
    private func drain() {
        guard let context, let outflow else { return }
        guard context.channel.isWritable else { return watchForStall() }
        watchdog.relax()
        let taken = outflow.take()
        let count = taken.pieces.reduce(0) { $0 + $1.count }
        if count > 0 {
            var buffer = context.channel.allocator.buffer(capacity: count)
            for piece in taken.pieces { buffer.writeBytes(piece) }
            send(buffer)
            context.flush()
        }
        // The write may have drained the rest, and ended the answer, from within.
        guard self.outflow === outflow else { return }
        if taken.isEnd { finish() } else if !context.channel.isWritable { watchForStall() }
    }

    /// Sends what a polled stream has, while the client takes it.
    private func poll() {
        while let context, let polled {
            guard context.channel.isWritable else { return watchForStall() }
            watchdog.relax()
            switch polled.stream.poll(polled.ready) {
            case .bytes(let bytes):
                let buffer = context.channel.allocator.buffer(bytes: bytes)
                send(buffer)
                context.flush()
            case .later: return
            case .end: return finish()
            }
        }
    }

    private func watchForStall() {
        waitingBytes = bufferedBytes
        watchdog.expect(within: shared.limits.stallSeconds)
    }

    /// Writes a part of the body. An HTTP/2 stream does not tell what waits in it (asking its channel would end the
    /// process), so there what is written is counted until it has left.
    private func send(_ buffer: ByteBuffer) {
        guard let context else { return }
        guard upgrade == nil else { return write(.body(.byteBuffer(buffer))) }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        var rest = buffer
        while rest.readableBytes > 0, let slice = rest.readSlice(length: min(Self.countedBytes, rest.readableBytes)) {
            let count = slice.readableBytes
            unsentBytes += count
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.whenComplete { _ in handler.value.unsentBytes -= count }
            context.write(wrapOutboundOut(.body(.byteBuffer(slice))), promise: written)
        }
    }

    /// What has been written and not yet taken by the client.
    private var bufferedBytes: Int {
        guard upgrade != nil else { return unsentBytes }
        return (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: Tunnels and time

    private func startTunnel(_ tunnel: any Tunnel, _ answer: Answer, _ upgrade: (any Tunnel) -> Void) {
        watchdog.stop()
        exchange.closed()
        let head = ResponseHead(answer, to: request, isReusable: true, date: shared.date.now)
        write(.head(head.head))
        context?.flush()
        upgrade(tunnel)
    }

    private func timedOut() {
        switch exchange.state {
        case .receiving: perform(exchange.refuse(.requestTimeout))
        default: if takesWhatIsWritten() { watchForStall() } else { close() }
        }
    }

    /// Whether the client has taken some of what is written to it since the last look, slow as it may be.
    private func takesWhatIsWritten() -> Bool {
        let bytes = bufferedBytes
        return bytes > 0 && bytes < waitingBytes
    }
}
