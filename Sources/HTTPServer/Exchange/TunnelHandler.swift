import HTTPMessages
import NIOCore
import Synchronization

/// The bytes of an upgraded connection, both ways, with back-pressure both ways.
final class TunnelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let tunnel: any Tunnel
    private let limits: HTTPLimits
    private var context: ChannelHandlerContext?
    private var outflow: Outflow?
    private let received: AsyncStream<[UInt8]>
    private let feed: AsyncStream<[UInt8]>.Continuation
    private var receivedBytes = 0
    private var readIsHeld = false
    private var inputClosed = false

    init(_ tunnel: any Tunnel, limits: HTTPLimits) {
        self.tunnel = tunnel
        self.limits = limits
        (received, feed) = AsyncStream<[UInt8]>.makeStream()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let loop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: loop)
        let outflow = Outflow(limit: limits.streamBufferBytes) { loop.execute { handler.value.drain() } }
        self.outflow = outflow
        let tunnel = self.tunnel
        let received = self.received
        Task {
            do {
                for await bytes in received {
                    try await tunnel.received(bytes)
                    let count = bytes.count
                    loop.execute { handler.value.consumed(count) }
                }
                try await tunnel.received(nil)
            } catch {
                loop.execute { handler.value.close() }
            }
        }
        Task {
            do {
                while let bytes = try await tunnel.next() {
                    guard await outflow.write(bytes) else { return }
                }
                outflow.end()
            } catch {
                loop.execute { handler.value.close() }
            }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        receivedBytes += buffer.readableBytes
        feed.yield(Array(buffer.readableBytesView))
    }

    func read(context: ChannelHandlerContext) {
        if receivedBytes > limits.tunnelBufferBytes { readIsHeld = true } else { context.read() }
    }

    private func consumed(_ count: Int) {
        receivedBytes -= count
        guard readIsHeld, receivedBytes <= limits.tunnelBufferBytes else { return }
        readIsHeld = false
        context?.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            inputClosed = true
            feed.finish()
        case is ChannelShouldQuiesceEvent: close()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { drain() }
        context.fireChannelWritabilityChanged()
    }

    private func drain() {
        guard let context, let outflow, context.channel.isWritable else { return }
        let taken = outflow.take()
        let count = taken.pieces.reduce(0) { $0 + $1.count }
        var buffer = context.channel.allocator.buffer(capacity: count)
        for piece in taken.pieces { buffer.writeBytes(piece) }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let written = context.writeAndFlush(wrapOutboundOut(buffer))
        if taken.isEnd { written.whenComplete { _ in handler.value.linger() } }
    }

    /// Closes after the last bytes: output first, since a connection closed with bytes unread is reset, and what the
    /// client has not read yet would be lost. What it still sends goes to the tunnel, which has no use for it.
    private func linger() {
        guard let context, context.channel.isActive, !inputClosed else { return close() }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: .seconds(1)) { handler.value.close() }
    }

    private func close() {
        end()
        context?.close(promise: nil)
    }

    private func end() {
        feed.finish()
        outflow?.close()
        tunnel.cancel()
    }
}
