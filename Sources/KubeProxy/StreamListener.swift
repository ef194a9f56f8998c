import Logging
import NIOCore
import NIOPosix

/// Takes TCP connections at one address and joins each with one to a backend.
///
/// A backend that cannot be reached is passed over for the next one while nothing has been read from the client, so
/// a pod that has just gone costs no connection. When none answers the client's connection is reset.
struct StreamListener: Sendable {
    let target: TrafficTarget
    let quota: Quota
    let logger: Logger

    /// Listens until the channel that it returns is closed; joined connections live on.
    func bind(_ listener: Listener, on group: any EventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // A channel that is being set up is not active yet, and may be closed only when it is.
                    let near = RelayHandler { accept(channel) }
                    try channel.pipeline.syncOperations.addHandler(near)
                }
            }
            .bind(host: listener.address, port: listener.port).get()
    }

    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: Limits.waitingBytesLow, high: Limits.waitingBytesHigh)

    private func accept(_ front: any Channel) {
        let client = front.remoteAddress?.ipAddress ?? ""
        guard target.admits(client), quota.take() else { return resetChannel(front) }
        front.closeFuture.whenComplete { _ in quota.release() }
        connect(front, client: client, tried: [])
    }

    private func connect(_ front: any Channel, client: String, tried: [Backend]) {
        guard tried.count < Limits.connectAttempts, let backend = target.choose(for: client, excluding: tried) else {
            logger.debug("No backend took the connection", metadata: ["tried": "\(tried)"])
            return resetChannel(front)
        }
        // An endpoint's address is never a name: nothing is looked up.
        guard let address = try? SocketAddress(ipAddress: backend.address, port: backend.port) else {
            return connect(front, client: client, tried: tried + [backend])
        }
        let far = NIOLoopBound(RelayHandler(), eventLoop: front.eventLoop)
        ClientBootstrap(group: front.eventLoop)
            .connectTimeout(.seconds(Limits.connectSeconds))
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.waterMark)
            .channelInitializer { back in
                back.eventLoop.makeCompletedFuture {
                    try back.pipeline.syncOperations.addHandler(far.value)
                }
            }
            .connect(to: address)
            .whenComplete { result in
                switch result {
                case .success(let back): join(front, back, far.value)
                case .failure where front.isActive: connect(front, client: client, tried: tried + [backend])
                case .failure: front.close(promise: nil)
                }
            }
    }

    private func join(_ front: any Channel, _ back: any Channel, _ far: RelayHandler) {
        guard let near = try? front.pipeline.syncOperations.handler(type: RelayHandler.self) else {
            // The client has gone meanwhile, and its handlers with it.
            return back.close(promise: nil)
        }
        RelayHandler.join(near, far)
        front.setOption(.autoRead, value: true).whenFailure { _ in front.close(promise: nil) }
        back.setOption(.autoRead, value: true).whenFailure { _ in back.close(promise: nil) }
    }
}
