import Basics
import EtcdStore
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import Synchronization

/// The connections to all endpoints, and how a request finds one that answers.
final class EtcdConnections: Sendable {
    typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

    /// How often a request may be sent.
    enum Repetition {
        /// Twice is the same as once, so it is sent until it is answered.
        case freely
        /// Only as long as it is certain that nothing was done.
        case never
    }

    let limits: EtcdClientLimits
    private let endpoints: [EtcdEndpoint]
    private let tls: EtcdClientTLS
    private let files: FollowedFiles
    private struct State {
        /// One for each endpoint.
        var clients: [Client]
        var isClosed = false
    }
    private let state: Mutex<State>
    /// Clients that take the place of others.
    private let renewals: (stream: AsyncStream<[Client]>, continuation: AsyncStream<[Client]>.Continuation)
    private let rotation: Mutex<EndpointRotation>
    private let log: Logger
    private let origin = ContinuousClock.now

    init(_ endpoints: [EtcdEndpoint], tls: EtcdClientTLS, limits: EtcdClientLimits, log: Logger) throws {
        self.limits = limits
        self.endpoints = endpoints
        self.log = log
        rotation = Mutex(EndpointRotation(count: endpoints.count, limits))
        self.tls = tls
        files = try FollowedFiles(tls.paths)
        state = Mutex(State(clients: try endpoints.map { try Self.client($0, tls, limits) }))
        renewals = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    private static func client(_ endpoint: EtcdEndpoint, _ tls: EtcdClientTLS, _ limits: EtcdClientLimits) throws
        -> Client
    {
        let transport = try HTTP2ClientTransport.Posix(
            target: endpoint.target, transportSecurity: endpoint.isSecure ? tls.security : .plaintext,
            config: .defaults { config in
                config.backoff = HTTP2ClientTransport.Config.Backoff(
                    initial: .milliseconds(limits.restMilliseconds), max: .milliseconds(limits.mostRestMilliseconds),
                    multiplier: 2, jitter: 0.2)
                config.connection.keepalive = HTTP2ClientTransport.Config.Keepalive(
                    time: .seconds(limits.pingSeconds), timeout: .seconds(limits.pingAnswerSeconds),
                    allowWithoutCalls: false)
                config.channelDebuggingCallbacks.onCreateTCPConnection = { channel in PingResponder.add(to: channel) }
            })
        return Client(transport: transport, interceptors: [DepartureInterceptor()])
    }

    /// Keeps the connections until `close`, or until the task is cancelled.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for client in state.withLock({ $0.clients }) { group.addTask { try await client.runConnections() } }
            async let _ = followCertificates()
            for await clients in renewals.stream {
                for client in clients { group.addTask { try await client.runConnections() } }
            }
        }
    }

    /// Lets what is under way end, and refuses anything new.
    func close() {
        let clients = state.withLock { state in
            state.isClosed = true
            return state.clients
        }
        renewals.continuation.finish()
        for client in clients { client.beginGracefulShutdown() }
    }

    // MARK: Certificates

    private func followCertificates() async {
        if files.paths.isEmpty { return }
        while (try? await Task.sleep(for: .seconds(limits.certificateLookSeconds))) != nil { lookAtCertificates() }
    }

    /// New files are for new connections: those that there are end when what runs on them has ended.
    func lookAtCertificates() {
        let look = files.look { _ in
            let new = try endpoints.map { try Self.client($0, tls, limits) }
            let old = state.withLock { state -> [Client] in
                if state.isClosed { return new }
                defer { state.clients = new }
                // In the lock, as nothing may be handed to whoever runs the connections once they are closed.
                renewals.continuation.yield(new)
                return state.clients
            }
            for client in old { client.beginGracefulShutdown() }
        }
        switch look {
        case .used: log.notice("etcd is shown a new certificate", metadata: ["files": "\(files.paths)"])
        case .unusable(let reason, isNew: true):
            log.warning(
                "The certificate for etcd cannot be used, the former is still shown",
                metadata: ["files": "\(files.paths)", "error": "\(reason)"])
        case .unchanged, .unusable: break
        }
    }

    // MARK: Requests

    /// Asks one endpoint after another until there is an answer, the time is over, or it is not known any more what has
    /// been done. Throws `KeyValueError` and `StoreError`; of these `unknownOutcome` only if a request that must not be
    /// repeated may have reached the store.
    func ask<Answer: Sendable>(
        _ repetition: Repetition, _ request: @Sendable @escaping (Client, CallOptions) async throws -> Answer
    ) async throws -> Answer {
        let end = now + limits.requestMilliseconds
        while true {
            let place = rotation.withLock { $0.next(now: now) }
            if place.waitMilliseconds > 0 {
                try await Task.sleep(for: .milliseconds(min(place.waitMilliseconds, max(0, end - now))))
            }
            let remaining = end - now
            if remaining <= 0 { throw StoreError.noLeader }
            do {
                let milliseconds = repetition == .freely ? min(remaining, limits.readMilliseconds) : remaining
                return try await attempt(place.index, milliseconds, request)
            } catch .answer(let error) {
                throw error
            } catch .nothingDone(let error) {
                note(error, of: place.index)
            } catch .unknown(let error) {
                note(error, of: place.index)
                if repetition == .never { throw StoreError.unknownOutcome }
            }
            if Task.isCancelled { throw CancellationError() }
        }
    }

    /// One try at the endpoint whose turn it is, without waiting for its rest to end.
    func askOnce<Answer: Sendable>(
        milliseconds: Int64, _ request: @Sendable @escaping (Client, CallOptions) async throws -> Answer
    ) async throws -> Answer {
        let place = rotation.withLock { $0.next(now: now) }
        do {
            return try await attempt(place.index, milliseconds, request)
        } catch .answer(let error) {
            throw error
        } catch {
            throw StoreError.noLeader
        }
    }

    private func attempt<Answer: Sendable>(
        _ index: Int, _ milliseconds: Int64,
        _ request: @Sendable @escaping (Client, CallOptions) async throws -> Answer
    ) async throws(AttemptFailure) -> Answer {
        var options = callOptions
        options.timeout = .milliseconds(milliseconds)
        let departure = Departure()
        do {
            let answer = try await Departure.$current.withValue(departure) { [options] in
                try await request(client(at: index), options)
            }
            rotation.withLock { $0.succeeded(index) }
            return answer
        } catch {
            if Task.isCancelled { throw .answer(CancellationError()) }
            let failure = AttemptFailure(error, hasDeparted: departure.hasHappened, limits: limits)
            if case .answer = failure { rotation.withLock { $0.succeeded(index) } }
            throw failure
        }
    }

    /// Opens a stream at the endpoint whose turn it is, after its rest, and follows it to its end.
    func follow(_ stream: @Sendable @escaping (Client, CallOptions) async throws -> Void) async throws {
        let place = rotation.withLock { $0.next(now: now) }
        if place.waitMilliseconds > 0 { try await Task.sleep(for: .milliseconds(place.waitMilliseconds)) }
        do {
            try await stream(client(at: place.index), callOptions)
            rotation.withLock { $0.succeeded(place.index) }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            if case .answer(let error) = AttemptFailure(error, hasDeparted: true, limits: limits) { throw error }
            note(error, of: place.index)
        }
    }

    private func client(at index: Int) -> Client { state.withLock { $0.clients[index] } }

    /// The transport takes the limit of what is sent for the limit of what is received, too.
    private var callOptions: CallOptions {
        var options = CallOptions.defaults
        options.maxRequestMessageBytes = limits.answerBytes
        options.maxResponseMessageBytes = limits.answerBytes
        options.waitForReady = false
        return options
    }

    private func note(_ error: any Error, of index: Int) {
        log.debug(
            "An endpoint of etcd did not answer",
            metadata: ["endpoint": "\(endpoints[index])", "error": "\(error)"])
        rotation.withLock { $0.failed(index, now: now, chance: Double.random(in: 0...1)) }
    }

    private var now: Int64 {
        let elapsed = (ContinuousClock.now - origin).components
        return elapsed.seconds * 1_000 + elapsed.attoseconds / 1_000_000_000_000_000
    }
}

/// Whether a try has got as far as a stream of a connection: before that nothing of it can have left this process.
final class Departure: Sendable {
    @TaskLocal static var current: Departure?
    private let happened = Atomic<Bool>(false)

    var hasHappened: Bool { happened.load(ordering: .acquiring) }
    func happen() { happened.store(true, ordering: .releasing) }
}

/// Interceptors are called once a stream is open, and before anything is written to it.
struct DepartureInterceptor: ClientInterceptor {
    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>, context: ClientContext,
        next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        Departure.current?.happen()
        return try await next(request, context)
    }
}
