import Basics
import ControlLoops
import Synchronization

/// Port-forward over SPDY (the protocol `portforward.k8s.io`): each pair of streams is one connection to the pod.
final class PortForwardService: Sendable {
    static let supported = ["portforward.k8s.io"]
    /// How long the second stream of a pair may take.
    static let pairingTimeout = Duration.seconds(30)

    private struct State {
        var pairing = PortForwardPairing()
        /// Those that wait for their other half.
        var streams: [UInt32: SPDYStream] = [:]
        var hasEnded = false
        var tasks: [UInt32: Task<Void, Never>] = [:]
    }
    private let state = Mutex(State())
    private let target: PortForwardTarget
    private let clock: any TimeSource

    init(_ target: PortForwardTarget, clock: any TimeSource) {
        self.target = target
        self.clock = clock
    }

    func opened(_ stream: SPDYStream) {
        let decision = state.withLock { $0.pairing.opened(stream.number, stream.headers) }
        switch decision {
        case .refuse: stream.reset(.cancel)
        case .wait(let request):
            stream.accept()
            state.withLock { $0.streams[stream.number] = stream }
            keep(stream.number) { await self.waitForOther(request) }
        case .forward(let pair):
            stream.accept()
            let other = state.withLock { state in
                (pair.data == stream.number ? pair.error : pair.data).flatMap { number in
                    state.tasks.removeValue(forKey: number)?.cancel()
                    return state.streams.removeValue(forKey: number)
                }
            }
            guard let other else { return stream.reset(.cancel) }
            let (data, error) = pair.data == stream.number ? (stream, other) : (other, stream)
            keep(stream.number) { await self.forward(pair.port, data, error) }
        }
    }

    /// Runs work until it is done or the connection ends.
    private func keep(_ number: UInt32, _ work: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.tasks[number] = Task {
                await work()
                self.state.withLock { $0.tasks[number] = nil }
            }
        }
    }

    func ended() {
        let tasks = state.withLock { state in
            state.hasEnded = true
            defer { state.tasks = [:] }
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
    }

    private func waitForOther(_ request: String) async {
        do { try await clock.sleep(for: Self.pairingTimeout) } catch { return }
        let streams = state.withLock { state in
            let pair = state.pairing.timedOut(request)
            return [pair?.error, pair?.data].compactMap { number in
                number.flatMap { state.streams.removeValue(forKey: $0) }
            }
        }
        for stream in streams {
            await stream.write(Array("(request=\(request)) timed out waiting for streams".utf8))
            stream.close()
        }
    }

    private func forward(_ port: Int, _ data: SPDYStream, _ error: SPDYStream) async {
        error.discard()
        do {
            let connection = try await target.connect(port)
            await target.relay(data, connection)
        } catch let failure {
            data.close()
            await error.write(Array(target.message(port: port, failure).utf8))
        }
        // The client waits for the end of both.
        data.close()
        error.close()
        data.reset(.cancel)
    }
}
