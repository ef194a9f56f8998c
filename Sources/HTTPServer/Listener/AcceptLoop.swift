import Listening
import NIOCore
import NIOPosix
import Synchronization

/// Takes connections at one address, about so many at once and no more (those that the kernel hands over in one go are let
/// in together), and ends them in order.
public final class AcceptLoop: Sendable {
    private struct State {
        var server: (any Channel)?
        var connections: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }
    private let limit: Int
    private let state = Mutex(State())
    private let setUp: @Sendable (any Channel) throws -> Void

    /// `setUp` is called on each connection's event loop before anything is read from it.
    public init(limit: Int, setUp: @escaping @Sendable (any Channel) throws -> Void) {
        self.limit = limit
        self.setUp = setUp
    }

    /// Begins to accept; returns the port, which the system chooses for port 0. Throws `ListenFailure` when the address
    /// cannot be had; `purpose` is what it is told to be for. Options are those of each connection.
    @discardableResult
    public func listen(
        at place: ListenPlace, for purpose: String, on group: any EventLoopGroup,
        _ options: (ServerBootstrap) -> ServerBootstrap = { $0 }
    ) async throws -> Int {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate { [self] in hasRoom })
                }
            }
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try admit(channel)
                    try setUp(channel)
                }
            }
        do {
            let server = try await options(bootstrap).bind(host: place.address, port: place.port).get()
            state.withLock { $0.server = server }
            return server.localAddress?.port ?? place.port
        } catch let error as IOError {
            throw ListenFailure(place, for: purpose, errno: error.errnoCode)
        }
    }

    private var hasRoom: Bool { state.withLock { $0.connections.count < limit } }

    private func admit(_ channel: any Channel) throws {
        let id = ObjectIdentifier(channel)
        let isOpen = state.withLock { state in
            guard !state.isClosed else { return false }
            state.connections[id] = channel
            return true
        }
        guard isOpen else { throw ChannelError.ioOnClosedChannel }
        channel.closeFuture.whenComplete { [self] _ in left(id) }
    }

    private func left(_ id: ObjectIdentifier) {
        let (server, wasFull) = state.withLock { state in
            let wasFull = state.connections.count >= limit
            state.connections[id] = nil
            return (state.server, wasFull)
        }
        if wasFull { server?.pipeline.fireUserInboundEventTriggered(AcceptGate.HasRoom()) }
    }

    // MARK: The end

    /// Accepts no more, lets what is under way finish, closes each connection after that, and returns when all are gone.
    /// After `seconds`, or when the task is cancelled, the rest is closed as it is; nil waits for as long as it takes.
    public func drain(within seconds: Int64? = nil) async {
        await stopAccepting()
        for connection in connections {
            connection.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        let timer = seconds.flatMap { seconds in
            connections.first?.eventLoop.scheduleTask(in: .seconds(seconds)) { [self] in closeConnections() }
        }
        await withTaskCancellationHandler {
            while let connection = connections.first { try? await connection.closeFuture.get() }
        } onCancel: {
            closeConnections()
        }
        timer?.cancel()
    }

    /// Accepts no more and closes every connection as it is.
    public func close() async {
        await stopAccepting()
        closeConnections()
        while let connection = connections.first { try? await connection.closeFuture.get() }
    }

    private var connections: [any Channel] { state.withLock { Array($0.connections.values) } }

    private func stopAccepting() async {
        let server = state.withLock { state in
            state.isClosed = true
            return state.server.take()
        }
        try? await server?.close()
    }

    private func closeConnections() { for connection in connections { connection.close(promise: nil) } }
}

/// Accepts only while there is room: connections beyond wait in the kernel's queue.
private final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = any Channel

    /// Told when a connection of a full server has ended.
    struct HasRoom: Sendable {}

    private let hasRoom: () -> Bool
    private var isHeld = false

    init(_ hasRoom: @escaping () -> Bool) { self.hasRoom = hasRoom }

    func read(context: ChannelHandlerContext) {
        if hasRoom() { context.read() } else { isHeld = true }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is HasRoom else { return context.fireUserInboundEventTriggered(event) }
        guard isHeld else { return }
        isHeld = false
        read(context: context)
    }
}
