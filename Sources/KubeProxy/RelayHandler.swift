import NIOCore
import NIOPosix

/// One side of a proxied stream. It passes what it reads to its partner, reads only while the partner can take more,
/// passes on a half-close as a half-close and a reset as a reset. Both partners live on one event loop.
///
/// It is in place before it has a partner, as NIO delivers what a client that ended early has sent, asked or not; that
/// is no more than the socket's own buffer, and waits.
final class RelayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var partner: RelayHandler?
    private var context: ChannelHandlerContext?
    private var isReadWaiting = false
    private var isOutputEnding = false
    private var waiting: [ByteBuffer] = []
    private var isInputEnded = false
    private var isJoined = false
    private var whenActive: (() -> Void)?

    /// `whenActive` is called once, when there is a connection.
    init(whenActive: (() -> Void)? = nil) { self.whenActive = whenActive }

    /// Makes two handlers partners and passes on what waits.
    static func join(_ first: RelayHandler, _ second: RelayHandler) {
        first.partner = second
        second.partner = first
        for side in [first, second] {
            side.isJoined = true
            side.passOnWhatWaited()
        }
    }

    private func passOnWhatWaited() {
        for part in waiting { partner?.context?.write(wrapOutboundOut(part), promise: nil) }
        partner?.context?.flush()
        waiting = []
        if isInputEnded { partner?.endOutput() }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        whenActive?()
        whenActive = nil
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isJoined {
            partner?.context?.write(data, promise: nil)
        } else {
            waiting.append(unwrapInboundIn(data))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if let other = partner?.context, !other.channel.isWritable {
            isReadWaiting = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.readAgain() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            isInputEnded = true
            partner?.endOutput()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.closeAfterFlush()
        partner = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A cut-off stream must not look like one that ended: the far side is reset too.
        if let other = partner?.context { resetChannel(other.channel) }
        partner = nil
        context.close(promise: nil)
    }

    private func readAgain() {
        guard isReadWaiting, let context else { return }
        isReadWaiting = false
        context.read()
    }

    /// Once all bytes are out, tells the far side that no more will come; NIO closes the channel wholly when both
    /// directions have ended. Ending at once would drop what still waits.
    private func endOutput() {
        guard !isOutputEnding else { return }
        isOutputEnding = true
        afterFlush { $0.close(mode: .output, promise: nil) }
    }

    private func closeAfterFlush() { afterFlush { $0.close(promise: nil) } }

    private func afterFlush(_ act: @escaping (ChannelHandlerContext) -> Void) {
        guard let context else { return }
        let flushed = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((context, act), eventLoop: context.eventLoop)
        // An empty write completes behind all others.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: flushed)
        flushed.futureResult.whenComplete { _ in bound.value.1(bound.value.0) }
    }
}

/// Ends a connection with a reset instead of an orderly close.
func resetChannel(_ channel: any Channel) {
    guard let provider = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
    provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
}
