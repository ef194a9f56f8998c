import NIOCore
import NIOHTTP1

/// One request on its way to a backend and its answer on the way back, over as many attempts as it takes.
///
/// Bytes are passed on as they come; each side is read only while the other takes more. Until the first byte of an
/// answer has been passed on, a failed attempt may be followed by another (`RetryPolicy`).
final class ProxiedRequest {
    private enum Phase {
        /// Waiting for a connection, or for the time of the next attempt.
        case seeking
        /// The request is being sent; no answer yet.
        case sent(BackendConnection)
        /// The answer's head was passed on.
        case answering(BackendConnection)
        case over
    }
    private let client: ClientConnection
    private let state: IngressState
    private let request: HTTPRequestHead
    private let forwarded: HTTPRequestHead
    private let route: IngressRoute
    private let countdown: Countdown
    private var phase = Phase.seeking
    private var body = RequestBody()
    private var policy: RetryPolicy
    private var tried: [Upstream] = []
    private var bodyLimit: Int
    private var reusesBackend = false
    /// The answer that makes this connection a tunnel, once it is whole.
    private var switched: HTTPResponseHead?

    init(
        _ client: ClientConnection, state: IngressState, request: HTTPRequestHead, forwarded: HTTPRequestHead,
        route: IngressRoute
    ) {
        self.client = client
        self.state = state
        self.request = request
        self.forwarded = forwarded
        self.route = route
        countdown = Countdown(client.eventLoop)
        policy = RetryPolicy(isIdempotent: HeaderRules.isIdempotent(request), started: .now())
        bodyLimit = route.options.maximumBodyBytes ?? state.configuration.maximumBodyBytes
    }

    /// Begins, unless the request's announced length is too much.
    func start() {
        if bodyLimit > 0, let length = request.headers.first(name: "content-length").flatMap({ Int($0) }),
            length > bodyLimit
        {
            return refuse(.payloadTooLarge)
        }
        state.requestCame()
        attempt()
    }

    /// The client's connection is gone: so is the reason for all this.
    func clientLeft() {
        let backend = backend
        end()
        backend?.close()
    }

    // MARK: From the client

    var takesMoreBody: Bool {
        switch phase {
        case .seeking: body.waitingBytes < Limits.replayBytes
        case .sent(let backend), .answering(let backend): backend.isWritable
        case .over: true
        }
    }
    /// Whether the client has sent its whole request.
    var isRequestComplete: Bool { body.isComplete }

    func bodyCame(_ part: ByteBuffer) {
        body.append(part)
        if bodyLimit > 0, body.length > bodyLimit { return refuse(.payloadTooLarge) }
        sendBody()
    }

    func bodyEnded(_ trailers: HTTPHeaders?) {
        body.end(trailers)
        sendBody()
    }

    func clientTakesMoreAgain() {
        guard let backend else { return }
        awaitBackend()
        backend.readAgain()
    }

    var clientTakesMore: Bool { client.isWritable }

    // MARK: From the backend

    func backendAnswered(_ head: HTTPResponseHead) {
        guard case .sent(let backend) = phase else { return }
        if RetryPolicy.retriedStatuses.contains(Int(head.status.code)) {
            let failure = AttemptFailure.unavailable(status: Int(head.status.code))
            state.upstreamFailed(backend.upstream, of: route.target)
            if case .retry(let delay) = decide(failure) {
                backend.close()
                return seekAgain(after: delay)
            }
        } else {
            state.upstreamSucceeded(backend.upstream, of: route.target)
        }
        phase = .answering(backend)
        logAnswer(head.status, from: backend.upstream)
        if head.status == .switchingProtocols {
            // What was not asked for is not passed on.
            guard HeaderRules.upgrade(of: request) != nil else { return refuseAnswer() }
            switched = head
            return
        }
        let keepsAlive =
            client.keepsAlive(request) && HeaderRules.isFramed(head, to: request)
            && HeaderRules.upgrade(of: request) == nil
        client.send(head: HeaderRules.back(head, to: request, keepsAlive: keepsAlive), keepsAlive: keepsAlive)
        reusesBackend = head.isKeepAlive && HeaderRules.upgrade(of: request) == nil
        awaitBackend()
    }

    func backendSent(_ part: ByteBuffer) {
        guard case .answering = phase else { return }
        if request.method != .HEAD { client.send(body: part) }
        awaitBackend()
    }

    func backendEnded(_ trailers: HTTPHeaders?) {
        guard case .answering(let backend) = phase else { return }
        if let switched {
            end()
            return client.becomeTunnel(switched, with: backend)
        }
        let isReusable = reusesBackend && body.isEndSent
        end()
        backend.release(isReusable: isReusable)
        client.finish(trailers, isRequestComplete: body.isComplete)
    }

    func backendPaused() { client.flush() }

    func backendTakesMore() { client.readAgain() }

    func backendFailed(_ failure: AttemptFailure) {
        switch phase {
        case .sent(let backend): attemptFailed(failure, at: backend.upstream)
        case .answering:
            // The client must not take half an answer for a whole one.
            end()
            client.abort()
        case .seeking, .over: break
        }
    }

    // MARK: Attempts

    private var backend: BackendConnection? {
        switch phase {
        case .sent(let backend), .answering(let backend): backend
        case .seeking, .over: nil
        }
    }

    private func attempt() {
        guard case .seeking = phase else { return }
        guard let upstream = state.chooseUpstream(of: route.target, excluding: tried) else {
            return refuse(.serviceUnavailable)
        }
        tried.append(upstream)
        // A connection that waited may be about to close: only what can be sent twice is sent on one.
        if policy.isIdempotent, let idle = state.pool(client.eventLoop).take(upstream) { return send(over: idle) }
        state.pool(client.eventLoop).connect(upstream) { [self] result in
            guard case .seeking = phase else {
                // The client left meanwhile.
                if case .success(let connection) = result { connection.close() }
                return
            }
            switch result {
            case .success(let connection): send(over: connection)
            case .failure: attemptFailed(.couldNotConnect, at: upstream)
            }
        }
    }

    private func send(over backend: BackendConnection) {
        backend.proxied = self
        phase = .sent(backend)
        backend.write(.head(forwarded))
        sendBody()
        backend.flush()
        awaitBackend()
    }

    private func sendBody() {
        guard let backend else { return client.readAgain() }
        let (chunks, isEnd) = body.takeUnsent()
        for chunk in chunks { backend.write(.body(.byteBuffer(chunk))) }
        if isEnd { backend.write(.end(body.trailers)) }
        backend.flush()
        awaitBackend()
        client.readAgain()
    }

    private func attemptFailed(_ failure: AttemptFailure, at upstream: Upstream) {
        // A connection that waited and was closed meanwhile says nothing of its upstream's health.
        if failure != .connectionLost(wasReused: true) { state.upstreamFailed(upstream, of: route.target) }
        switch decide(failure) {
        case .retry(let delay): seekAgain(after: delay)
        case .giveUp(let status):
            state.logger.debug(
                "A request got no answer from its backends",
                metadata: ["service": "\(route.target)", "failure": "\(failure)", "tried": "\(tried)"])
            refuse(HTTPResponseStatus(statusCode: status))
        }
    }

    private func decide(_ failure: AttemptFailure) -> RetryPolicy.Decision {
        // The budget pays only for what will be done.
        var trial = policy
        let now = NIODeadline.now()
        let jitter = Double.random(in: 0..<1)
        let decision = trial.attemptFailed(
            failure, canReplay: body.canReplay, budgetAllows: true, now: now, jitter: jitter)
        guard case .retry = decision else {
            policy = trial
            return decision
        }
        return policy.attemptFailed(
            failure, canReplay: body.canReplay, budgetAllows: state.takeRetry(now: now), now: now, jitter: jitter)
    }

    private func seekAgain(after delay: TimeAmount) {
        phase = .seeking
        countdown.pause()
        body.rewind()
        guard delay > .zero else { return attempt() }
        let bound = NIOLoopBound(self, eventLoop: client.eventLoop)
        client.eventLoop.scheduleTask(in: delay) { bound.value.attempt() }
    }

    /// Counts the time that the backend has; it has none to account for while the client takes nothing or sends slowly.
    private func awaitBackend() {
        guard let backend else { return countdown.pause() }
        guard client.isWritable, body.isEndSent || !backend.isWritable else { return countdown.pause() }
        countdown.restart(seconds: state.configuration.backendStallSeconds) { [self] in
            let phase = phase
            backend.close()
            if case .sent = phase {
                attemptFailed(.timedOut, at: backend.upstream)
            } else {
                end()
                client.abort()
            }
        }
    }

    private func refuse(_ status: HTTPResponseStatus) {
        let backend = backend
        if case .answering = phase {
            end()
            backend?.close()
            return client.abort()
        }
        end()
        backend?.close()
        logAnswer(status, from: nil)
        client.answer(status, to: request, isRequestComplete: body.isComplete)
    }

    private func logAnswer(_ status: HTTPResponseStatus, from upstream: Upstream?) {
        guard state.configuration.logsRequests else { return }
        let milliseconds = (NIODeadline.now() - policy.started).nanoseconds / 1_000_000
        state.logger.info(
            "A request was answered",
            metadata: [
                "method": "\(request.method)", "host": "\(forwarded.headers.first(name: "host") ?? "")",
                "target": "\(forwarded.uri)", "status": "\(status.code)", "service": "\(route.target)",
                "upstream": "\(upstream.map { "\($0)" } ?? "-")", "attempts": "\(tried.count)",
                "milliseconds": "\(milliseconds)", "id": "\(forwarded.headers.first(name: "x-request-id") ?? "")",
            ])
    }

    private func refuseAnswer() {
        let backend = backend
        end()
        backend?.close()
        client.answer(.badGateway, to: request, isRequestComplete: body.isComplete)
    }

    private func end() {
        phase = .over
        countdown.cancel()
    }
}
