import APIMachinery
import Basics
import KubeAPI
import OutboundHTTP
import Synchronization

/// A running watch over a connection of its own. It is begun with the first `next`, so that a server which has no news yet
/// keeps nobody waiting.
final class RemoteWatch: ClusterWatch {
    private struct State {
        var lines: WatchLines
        var opening: Task<OutboundResponse, any Error>?
        var body: OutboundBody?
        /// What ends the watch once the events before it were taken.
        var failure: StatusError?
        var isCancelled = false
        var isStalled = false
        var heard: Int64
    }
    private let state: Mutex<State>
    private let client: OutboundClient
    private let request: OutboundRequest
    private let silence: Duration
    private let clock: any TimeSource
    private let watchdog = Mutex<Task<Void, Never>?>(nil)

    init(_ client: OutboundClient, _ request: OutboundRequest, _ limits: ClientLimits, clock: any TimeSource) {
        self.client = client
        self.request = request
        self.clock = clock
        silence = limits.watchSilence
        state = Mutex(State(lines: WatchLines(limit: limits.eventBytes), heard: clock.uptime))
    }

    deinit { cancel() }

    func next() async throws -> [WatchEvent]? {
        try await withTaskCancellationHandler {
            do { return try await take() } catch let error as OutboundError {
                let (isCancelled, isStalled) = state.withLock { ($0.isCancelled, $0.isStalled) }
                try Task.checkCancellation()
                if isStalled {
                    throw StatusError(
                        code: 504, reason: .timeout,
                        message: "nothing was heard of the watch \(request.url) for \(silence)")
                }
                if isCancelled { return nil }
                throw RemoteCluster.status(of: error, "GET", request.url)
            }
        } onCancel: {
            cancel()
        }
    }

    func cancel() {
        let (opening, body) = state.withLock { state in
            state.isCancelled = true
            return (state.opening, state.body)
        }
        opening?.cancel()
        body?.cancel()
        watchdog.withLock { $0?.cancel() }
    }

    private func take() async throws -> [WatchEvent]? {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        guard let body = try await opened() else { return nil }
        var pieces = body.makeAsyncIterator()
        while let piece = try await pieces.next() {
            let (events, failure) = try state.withLock { state in
                state.heard = clock.uptime
                do throws(WatchLines.Malformed) {
                    let (events, failure) = try state.lines.received(piece)
                    state.failure = failure
                    return (events, failure)
                } catch {
                    throw StatusError(code: 500, reason: .internalError, message: "\(request.url): \(error.reason)")
                }
            }
            if !events.isEmpty { return events }
            if let failure { throw failure }
        }
        return nil
    }

    /// The watch's body; nil when it was cancelled.
    private func opened() async throws -> OutboundBody? {
        let (known, opening) = state.withLock { state -> (OutboundBody?, Task<OutboundResponse, any Error>?) in
            if state.isCancelled { return (nil, nil) }
            if let body = state.body { return (body, nil) }
            if let opening = state.opening { return (nil, opening) }
            let opening = Task { [client, request] in try await client.send(request) }
            state.opening = opening
            state.heard = clock.uptime
            return (nil, opening)
        }
        if let known { return known }
        guard let opening else { return nil }
        watch()
        let response = try await opening.value
        guard response.status == 200 else {
            throw RemoteCluster.failure(response.status, try await response.body.collect())
        }
        return state.withLock { state in
            state.opening = nil
            guard !state.isCancelled else { return nil }
            state.body = response.body
            return response.body
        }
    }

    /// Ends the watch when nothing is heard of it for long.
    private func watch() {
        let task = Task { [weak self, clock, silence] in
            while let heard = self?.state.withLock({ $0.heard }) {
                let rest = silence - .nanoseconds(clock.uptime - heard)
                if rest <= .zero {
                    self?.state.withLock { $0.isStalled = true }
                    self?.cancel()
                    return
                }
                do { try await clock.sleep(for: rest) } catch { return }
            }
        }
        watchdog.withLock { $0 = task }
    }
}
