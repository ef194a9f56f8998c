import NIOCore
import NIOPosix
import Synchronization

@testable import IngressController

/// A backend that answers any request with 101 and its first bytes in one write, and keeps what it is sent.
final class EagerBackend: Sendable {
    let received = Mutex("")
    private let port: Int
    var upstream: Upstream { Upstream("127.0.0.1", port) }

    static func start(greeting: String) async throws -> EagerBackend {
        let backends = Mutex<EagerBackend?>(nil)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(greeting: greeting) { text in backends.withLock { $0 }?.received.withLock { $0 += text }
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let backend = EagerBackend(port: server.localAddress?.port ?? 0)
        backends.withLock { $0 = backend }
        return backend
    }

    private init(port: Int) { self.port = port }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let greeting: String
        private let note: @Sendable (String) -> Void
        private var head = ""
        private var hasAnswered = false

        init(greeting: String, note: @escaping @Sendable (String) -> Void) {
            self.greeting = greeting
            self.note = note
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            note(text)
            head += text
            guard !hasAnswered, head.contains("\r\n\r\n") else { return }
            hasAnswered = true
            let answer =
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\(greeting)"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }
}
