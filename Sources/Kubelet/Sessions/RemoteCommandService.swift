import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import HTTPMessages
import Streams
import Synchronization

/// Exec and attach over SPDY: the command starts when the client has opened all streams.
final class RemoteCommandService: Sendable {
    /// How long the client may take to open its streams.
    static let streamsTimeout = Duration.seconds(30)

    private struct State {
        var plan: RemoteCommandStreams
        var streams: [RemoteCommandStreams.Kind: SPDYStream] = [:]
        var connection: SPDYConnection?
        var hasEnded = false
        var task: Task<Void, Never>?
        var session: (any ContainerSession)?
    }
    private let state: Mutex<State>
    private let clock: any TimeSource
    /// An attached client is told of success whatever the container's exit code.
    private let isAttach: Bool
    private let start: @Sendable () async throws -> any ContainerSession

    private init(
        _ plan: RemoteCommandStreams, isAttach: Bool, clock: any TimeSource,
        start: @escaping @Sendable () async throws -> any ContainerSession
    ) {
        state = Mutex(State(plan: plan))
        self.isAttach = isAttach
        self.clock = clock
        self.start = start
    }

    /// The tunnel of one session; `start` makes the command's.
    static func tunnel(
        _ plan: RemoteCommandStreams, isAttach: Bool, clock: any TimeSource,
        start: @escaping @Sendable () async throws -> any ContainerSession
    ) -> any Tunnel {
        let service = RemoteCommandService(plan, isAttach: isAttach, clock: clock, start: start)
        let connection = SPDYConnection(
            over: .connection, pause: { try await clock.sleep(for: $0) }, opened: { service.opened($0) },
            ended: { service.ended() })
        service.state.withLock { state in
            state.connection = connection
            state.task = Task { await service.giveUpOnStreams() }
        }
        return connection
    }

    private func opened(_ stream: SPDYStream) {
        let decision = state.withLock { state in
            let decision = state.plan.opened(stream.number, stream.headers)
            if let kind = state.plan.numbers.first(where: { $0.value == stream.number })?.key {
                state.streams[kind] = stream
            }
            return decision
        }
        switch decision {
        case .refuse: stream.reset(.cancel)
        case .wait: stream.accept()
        case .ready:
            stream.accept()
            state.withLock { state in
                guard !state.hasEnded else { return }
                state.task?.cancel()
                state.task = Task { await self.run() }
            }
        }
    }

    private func giveUpOnStreams() async {
        do { try await clock.sleep(for: Self.streamsTimeout) } catch { return }
        let (connection, error) = state.withLock { ($0.connection, $0.streams[.error]) }
        await error?.write(Array("timed out waiting for client to create streams".utf8))
        error?.close()
        await connection?.close()
    }

    /// The client is gone.
    private func ended() {
        let (task, session) = state.withLock { state in
            state.hasEnded = true
            defer { (state.task, state.session, state.connection, state.streams) = (nil, nil, nil, [:]) }
            return (state.task, state.session)
        }
        task?.cancel()
        session?.cancel()
    }

    private func run() async {
        let (plan, streams) = state.withLock { ($0.plan, $0.streams) }
        for (kind, stream) in streams where kind != .stdin && kind != .resize { stream.discard() }
        let result = await command(streams)
        streams[.stdout]?.close()
        streams[.stderr]?.close()
        let ending = plan.ending(result)
        if !ending.isEmpty { await streams[.error]?.write(ending) }
        streams[.error]?.close()
        await state.withLock { $0.connection }?.close()
    }

    /// Runs the command with its streams, and says how it ended.
    private func command(_ streams: [RemoteCommandStreams.Kind: SPDYStream]) async -> Result<Int, StatusError> {
        let session: any ContainerSession
        do { session = try await start() } catch {
            return .failure(.internalError("error executing command in container: \(error)"))
        }
        let isWanted = state.withLock { state in
            if !state.hasEnded { state.session = session }
            return !state.hasEnded
        }
        guard isWanted else {
            session.cancel()
            return .success(0)
        }
        return await withTaskGroup(of: Void.self) { group in
            if let input = streams[.stdin] { group.addTask { await Self.feed(session, input) } }
            if let resize = streams[.resize] { group.addTask { await Self.resize(session, resize) } }
            let result = await output(session, streams)
            // What the client still types goes nowhere.
            streams[.stdin]?.discard()
            streams[.resize]?.discard()
            session.cancel()
            return result
        }
    }

    private static func feed(_ session: any ContainerSession, _ input: SPDYStream) async {
        while let bytes = await input.read() {
            do { try await session.write(bytes) } catch { return input.discard() }
        }
        try? await session.closeStandardInput()
    }

    private static func resize(_ session: any ContainerSession, _ stream: SPDYStream) async {
        var sizes = TerminalSizes()
        while let bytes = await stream.read() {
            guard let size = sizes.received(bytes) else { continue }
            try? await session.resize(rows: size.rows, columns: size.columns)
        }
    }

    private func output(
        _ session: any ContainerSession, _ streams: [RemoteCommandStreams.Kind: SPDYStream]
    ) async -> Result<Int, StatusError> {
        do {
            while let output = try await session.next() {
                switch output {
                case .standardOutput(let bytes): await streams[.stdout]?.write(bytes)
                case .standardError(let bytes): await streams[.stderr]?.write(bytes)
                case .exited(let code): return .success(isAttach ? 0 : code)
                }
            }
            return .success(0)
        } catch {
            return .failure(
                .internalError("error executing command in container: failed to exec in container: \(error)"))
        }
    }
}
