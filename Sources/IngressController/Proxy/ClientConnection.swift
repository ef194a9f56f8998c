import NIOCore
import NIOHTTP1
import NIOPosix

/// A client's connection: takes one request at a time (the pipelining handler before it sees to that), finds its route
/// and passes it on; passes answers back; and ends connections that are slow or idle for too long.
final class ClientConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let eventLoop: any EventLoop
    private let state: IngressState
    private let isSecure: Bool
    private let countdown: Countdown
    private var context: ChannelHandlerContext?
    private var proxied: ProxiedRequest?
    /// Of the request that is being answered.
    private var route: IngressRoute?
    private var method = HTTPMethod.GET
    private var isReadHeld = false
    /// What is said in the answer being sent: whether another request may follow.
    private var staysOpen = true
    /// The answer was sent before the request's end: the rest is read and dropped, so that the answer is not lost to
    /// a reset, and then the connection closes.
    private var isDiscarding = false

    init(_ eventLoop: any EventLoop, state: IngressState, isSecure: Bool) {
        self.eventLoop = eventLoop
        self.state = state
        self.isSecure = isSecure
        countdown = Countdown(eventLoop)
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { awaitRequest(seconds: state.configuration.clientHeadSeconds) }
    }

    func channelActive(context: ChannelHandlerContext) {
        awaitRequest(seconds: state.configuration.clientHeadSeconds)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        countdown.cancel()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): requestCame(head)
        case .body(let part): proxied?.bodyCame(part)
        case .end(let trailers):
            proxied?.bodyEnded(trailers)
            if isDiscarding { close() }
        }
        watchClient()
    }

    func read(context: ChannelHandlerContext) {
        if proxied?.takesMoreBody == false { isReadHeld = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { proxied?.clientTakesMoreAgain() }
        watchClient()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        countdown.cancel()
        leave()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, proxied == nil, staysOpen, !isDiscarding else {
            leave()
            return context.close(promise: nil)
        }
        (route, method) = (nil, .RAW(value: ""))
        let isTooLong = (error as? HTTPParserError) == .headerOverflow
        let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        answer(
            isTooLong ? .requestHeaderFieldsTooLarge : .badRequest, to: request, isRequestComplete: false, closes: true)
    }

    private func leave() {
        let left = proxied
        proxied = nil
        left?.clientLeft()
    }

    // MARK: A request

    private func requestCame(_ request: HTTPRequestHead) {
        countdown.pause()
        guard !isDiscarding else { return }
        (route, method) = (nil, request.method)
        if let status = HeaderRules.refusal(of: request) {
            return answer(status, to: request, isRequestComplete: false, closes: true)
        }
        guard let (host, target) = HeaderRules.destination(of: request), let name = RequestHost(host),
            let path = RequestPath(target)
        else { return answer(.badRequest, to: request, isRequestComplete: false, closes: true) }
        guard let route = state.route(host: name, path: path) else {
            return answer(.notFound, to: request, isRequestComplete: false)
        }
        self.route = route
        if route.options.redirectsToHTTPS, !isSecure {
            return answer(
                .permanentRedirect, to: request, isRequestComplete: false,
                headers: [("Location", state.secureAddress(host: name.text, target: target))])
        }
        start(request, host: host, target: target, route)
    }

    private func start(_ request: HTTPRequestHead, host: String, target: String, _ route: IngressRoute) {
        let address = context?.channel.remoteAddress?.ipAddress ?? ""
        let client = HeaderRules.Client(
            address: address, isSecure: isSecure, port: context?.channel.localAddress?.port ?? 0,
            requestID: HeaderRules.requestID(of: request.headers) ?? state.newRequestID(),
            isTrusted: state.configuration.trustedProxies.contains(address))
        let proxied = ProxiedRequest(
            self, state: state, request: request,
            forwarded: HeaderRules.forward(request, target: target, host: host, from: client), route: route)
        self.proxied = proxied
        staysOpen = true
        if request.headers.first(name: "expect")?.lowercased() == "100-continue" {
            context?.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
        proxied.start()
    }

    // MARK: What exchanges ask for

    var isWritable: Bool { context?.channel.isWritable ?? true }

    func keepsAlive(_ request: HTTPRequestHead) -> Bool { request.isKeepAlive && !state.isDraining }

    func send(head: HTTPResponseHead, keepsAlive: Bool) {
        staysOpen = keepsAlive
        state.metrics.answered(route, method, head.status)
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func send(body: ByteBuffer) { context?.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }

    func flush() {
        context?.flush()
        watchClient()
    }

    /// Reads on after the backend could not take more.
    func readAgain() {
        guard isReadHeld, let context, proxied?.takesMoreBody != false else { return }
        isReadHeld = false
        context.read()
    }

    /// Ends the answer, and with it the request.
    func finish(_ trailers: HTTPHeaders?, isRequestComplete: Bool) {
        proxied = nil
        guard let context else { return }
        if staysOpen && isRequestComplete {
            context.writeAndFlush(wrapOutboundOut(.end(trailers)), promise: nil)
            awaitRequest(seconds: state.configuration.clientIdleSeconds)
        } else if isRequestComplete {
            let sent = eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            sent.futureResult.whenComplete { _ in bound.value.close() }
            context.writeAndFlush(wrapOutboundOut(.end(trailers)), promise: sent)
        } else {
            isDiscarding = true
            context.writeAndFlush(wrapOutboundOut(.end(trailers)), promise: nil)
            countdown.restart(seconds: Limits.discardSeconds) { [self] in close() }
        }
        readAgain()
    }

    /// Ends the connection so that nobody takes what was sent for whole.
    func abort() {
        proxied = nil
        guard let channel = context?.channel else { return }
        guard let provider = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
        provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Answers with a status and its name as text, from here.
    func answer(
        _ status: HTTPResponseStatus, to request: HTTPRequestHead, isRequestComplete: Bool,
        headers: [(String, String)] = [], closes: Bool = false
    ) {
        let hasBody =
            request.headers.contains(name: "transfer-encoding")
            || (request.headers.first(name: "content-length").map { $0 != "0" } ?? false)
        let isComplete = !closes && (isRequestComplete || !hasBody)
        staysOpen = isComplete && keepsAlive(request)
        let text = "\(status.code) \(status.reasonPhrase)\n"
        var head = HTTPResponseHead(version: .http1_1, status: status, headers: HTTPHeaders(headers))
        head.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        head.headers.add(name: "Content-Length", value: String(text.utf8.count))
        if !staysOpen { head.headers.add(name: "Connection", value: "close") }
        state.metrics.answered(route, method, status)
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD { send(body: ByteBuffer(string: text)) }
        finish(nil, isRequestComplete: isComplete)
    }

    /// Passes the answer 101 on and leaves the bytes after it to a tunnel between both connections.
    func becomeTunnel(_ head: HTTPResponseHead, with backend: BackendConnection) {
        proxied = nil
        guard let context, let far = backend.channel else { return backend.close() }
        var answer = HTTPResponseHead(version: .http1_1, status: head.status, headers: head.headers)
        HeaderRules.removeHopByHop(from: &answer.headers)
        answer.headers.add(name: "Connection", value: "Upgrade")
        state.metrics.answered(route, method, head.status)
        answer.headers.add(name: "Upgrade", value: head.headers.first(name: "upgrade") ?? "")
        context.writeAndFlush(wrapOutboundOut(.head(answer)), promise: nil)
        UpgradedConnection.join(context.channel, removing: self, far, removing: backend)
    }

    // MARK: Time

    private func awaitRequest(seconds: Int64) { countdown.restart(seconds: seconds) { [self] in close() } }

    /// Counts the time in which a client must go on with its request, or take more of its answer.
    private func watchClient() {
        guard let proxied else { return }
        if !isWritable {
            countdown.restart(seconds: state.configuration.clientStallSeconds) { [self] in
                leave()
                abort()
            }
        } else if !proxied.isRequestComplete && proxied.takesMoreBody {
            countdown.restart(seconds: state.configuration.clientStallSeconds) { [self] in
                leave()
                close()
            }
        } else {
            countdown.pause()
        }
    }

    private func close() { context?.close(promise: nil) }
}
