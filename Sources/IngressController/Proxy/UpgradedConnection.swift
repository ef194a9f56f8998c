import NIOCore
import NIOHTTP1

/// One side of a connection that has left HTTP (WebSocket and the like): passes bytes to the other side, reads only
/// while the other side takes more, and ends with it. Both sides live on one event loop.
final class UpgradedConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var other: UpgradedConnection?
    private var context: ChannelHandlerContext?
    private var isReadHeld = false
    private let countdown: Countdown

    private init(_ eventLoop: any EventLoop) { countdown = Countdown(eventLoop) }

    /// Takes HTTP out of both pipelines; what its decoders have read too far comes out as bytes.
    static func join(
        _ near: any Channel, removing front: ClientConnection, _ far: any Channel, removing back: BackendConnection
    ) {
        let (one, two) = (UpgradedConnection(near.eventLoop), UpgradedConnection(near.eventLoop))
        one.other = two
        two.other = one
        do {
            try near.pipeline.syncOperations.addHandler(one)
            try far.pipeline.syncOperations.addHandler(two)
        } catch {
            near.close(promise: nil)
            far.close(promise: nil)
            return
        }
        let nearby = near.pipeline.syncOperations
        let farther = far.pipeline.syncOperations
        // The decoders last, when nothing speaks HTTP on either side any more: what they hold goes across as bytes at once.
        _ = nearby.removeHandler(front)
        _ = nearby.removeHandler(name: HandlerName.pipelining)
        _ = nearby.removeHandler(name: HandlerName.encoder)
        _ = farther.removeHandler(back)
        _ = farther.removeHandler(name: HandlerName.encoder)
        // The backend's first: it watches what is written, and would end the process at a client's early bytes. What a decoder
        // held is written when it is gone, and no read follows that would send it on its way.
        let sides = NIOLoopBound((one, two, nearby), eventLoop: near.eventLoop)
        farther.removeHandler(name: HandlerName.decoder).whenComplete { _ in
            sides.value.0.context?.flush()
            sides.value.2.removeHandler(name: HandlerName.decoder).whenComplete { _ in sides.value.1.context?.flush() }
        }
        near.read()
        far.read()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        moved()
    }
    func handlerRemoved(context: ChannelHandlerContext) {
        countdown.cancel()
        self.context = nil
        other = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        moved()
        other?.context?.write(data, promise: nil)
    }
    func channelReadComplete(context: ChannelHandlerContext) {
        other?.context?.flush()
        context.fireChannelReadComplete()
    }
    func read(context: ChannelHandlerContext) {
        if let far = other?.context, !far.channel.isWritable { isReadHeld = true } else { context.read() }
    }
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { other?.readAgain() }
        context.fireChannelWritabilityChanged()
    }
    func channelInactive(context: ChannelHandlerContext) {
        other?.closeAfterFlush()
        other = nil
        context.fireChannelInactive()
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func readAgain() {
        guard isReadHeld, let context else { return }
        isReadHeld = false
        context.read()
    }

    private func closeAfterFlush() {
        guard let context else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let flushed = context.eventLoop.makePromise(of: Void.self)
        flushed.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: flushed)
    }

    private func moved() {
        countdown.restart(seconds: Limits.tunnelIdleSeconds) { [self] in context?.close(promise: nil) }
    }
}
