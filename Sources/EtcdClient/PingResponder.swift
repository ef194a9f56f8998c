import NIOCore
import NIOHTTP2

/// Answers a server's pings before the client's HTTP/2 handler sees them. gRPC in Go, and so etcd, sends one with every
/// round trip to measure the connection; SwiftNIO takes more than 200 of them in
/// 30 s for an attack and ends the connection (`controlFrameRateLimit`, which gRPC does not let us set).
final class PingResponder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is more than this in a second goes on to the HTTP/2 handler, which ends such a connection soon.
    static let pingsPerSecond = 20_000

    private var filter = PingFilter()
    private var answered = 0
    private var second = NIODeadline.uptimeNanoseconds(0)
    private var hasAnswers = false

    /// Puts one in front of a connection's HTTP/2 handler.
    static func add(to channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(
                PingResponder(),
                position: .before(try pipeline.handler(type: NIOHTTP2Handler.self)))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for part in filter.filter(unwrapInboundIn(data)) {
            switch part {
            case .through(let bytes):
                context.fireChannelRead(wrapInboundOut(bytes))
            case .ping(let carried):
                if mayAnswer() {
                    let answer = PingFilter.answer(to: carried, in: context.channel.allocator)
                    context.write(wrapOutboundOut(answer), promise: nil)
                    hasAnswers = true
                } else {
                    context.fireChannelRead(wrapInboundOut(PingFilter.ping(carried, in: context.channel.allocator)))
                }
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if hasAnswers {
            hasAnswers = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    private func mayAnswer() -> Bool {
        let now = NIODeadline.now()
        if now - second >= .seconds(1) {
            second = now
            answered = 0
        }
        answered += 1
        return answered <= Self.pingsPerSecond
    }
}
