import Listening
import NIOCore
import NIOPosix
import Synchronization

/// Answers queries by datagram and by stream. What the zone knows is answered at once, on the event loop; what others
/// must be asked for is a task of its own, below `run`, so that nobody waits for it.
final class DNSServer: Sendable {
    private let zone: Mutex<Zone>
    private let turn = Atomic(0)
    private let forwarder: Forwarder
    private let metrics: DNSMetrics
    private let connections = Mutex(0)
    private let questions: AsyncStream<@Sendable () async -> Void>
    private let elsewhere: AsyncStream<@Sendable () async -> Void>.Continuation

    init(_ zone: Zone, forwarder: Forwarder, metrics: DNSMetrics) {
        self.zone = Mutex(zone)
        self.metrics = metrics
        self.forwarder = forwarder
        (questions, elsewhere) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Limits.forwardedQueries))
    }

    /// Asks other servers what they must be asked, until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            for await question in questions { tasks.addTask { await question() } }
            tasks.cancelAll()
        }
    }

    func change(_ change: (inout Zone) -> Void) { zone.withLock { change(&$0) } }

    /// Listens for datagrams and connections at the same address and port. Throws `ListenFailure`.
    func bind(_ address: String, _ port: Int, on group: any EventLoopGroup) async throws -> [any Channel] {
        var transport = ListenPlace.Transport.udp
        do {
            let datagrams = try await bindDatagrams(address, port, on: group)
            transport = .tcp
            do {
                return [datagrams, try await bindStreams(address, datagrams.localAddress?.port ?? port, on: group)]
            } catch {
                try? await datagrams.close()
                throw error
            }
        } catch let error as IOError {
            throw ListenFailure(ListenPlace(transport, address, port), for: "cluster DNS", errno: error.errnoCode)
        }
    }

    private func bindDatagrams(_ address: String, _ port: Int, on group: any EventLoopGroup) async throws -> any Channel
    {
        try await DatagramBootstrap(group: group)
            .channelOption(.socketOption(.so_rcvbuf), value: 1 << 20)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Limits.largestMessageBytes)
            )
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramQueries(self))
                }
            }
            .bind(host: address, port: port).get()
    }

    private func bindStreams(_ address: String, _ port: Int, on group: any EventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel) }
            }
            .bind(host: address, port: port).get()
    }

    /// The response to a query: now, or later, or never for what is not a query. `limit` is the most bytes it may have;
    /// nil is what the query says of datagrams.
    func respond(
        to bytes: [UInt8], limit: Int?, _ send: @escaping @Sendable ([UInt8]) -> Void
    ) {
        let done = { @Sendable [metrics, began = NIODeadline.now()] (answer: [UInt8]) in
            metrics.answered(answer, since: began)
            send(answer)
        }
        guard let query = try? DNSMessage(parsing: bytes) else {
            metrics.asked(nil, isDatagram: limit == nil)
            // Enough of a header to say no to.
            if bytes.count >= 12, bytes[2] & 0x80 == 0 {
                done(DNSMessage(id: UInt16(bytes[0]) << 8 | UInt16(bytes[1])).reply(.formatError).bytes())
            }
            return
        }
        metrics.asked(query.questions.first?.type, isDatagram: limit == nil)
        let limit = limit ?? query.datagramLimit
        let turn = turn.wrappingAdd(1, ordering: .relaxed).newValue
        switch zone.withLock({ Responder.respond(to: query, zone: $0, turn: turn) }) {
        case .answer(let answer): done(answer.bytes(limit: limit))
        case .forward: forward(query, bytes, limit: limit, done)
        case .complete(let answer, let target):
            ask(query, done) { [self] in await complete(answer, target, query).bytes(limit: limit) }
        case nil: break
        }
    }

    private func forward(
        _ query: DNSMessage, _ bytes: [UInt8], limit: Int, _ done: @escaping @Sendable ([UInt8]) -> Void
    ) {
        if let known = forwarder.cached(bytes) { return done(Self.fit(known, query, limit)) }
        ask(query, done) { [self] in
            let answer = await forwarder.forward(bytes)
            return answer.map { Self.fit($0, query, limit) } ?? query.reply(.serverFailure).bytes()
        }
    }

    private func ask(
        _ query: DNSMessage, _ done: @escaping @Sendable ([UInt8]) -> Void,
        _ find: @escaping @Sendable () async -> [UInt8]
    ) {
        if case .enqueued = elsewhere.yield({ done(await find()) }) { return }
        done(query.reply(.serverFailure).bytes())
    }

    /// An answer that is too long for a datagram is replaced by the word that it is.
    private static func fit(_ answer: [UInt8], _ query: DNSMessage, _ limit: Int) -> [UInt8] {
        guard answer.count > limit else { return answer }
        var short = query.reply()
        short.isTruncated = true
        return short.bytes()
    }

    /// Adds what other servers say of an alias' target.
    private func complete(_ answer: DNSMessage, _ target: DNSName, _ query: DNSMessage) async -> DNSMessage {
        guard let type = query.questions.first?.type else { return answer }
        var answer = answer
        answer.isAuthoritative = false
        let further = DNSMessage(
            id: query.id, DNSQuestion(target, type), datagramBytes: UInt16(Limits.largestDatagramBytes)
        ).bytes()
        let known: [UInt8]? =
            if let cached = forwarder.cached(further) { cached } else { await forwarder.forward(further) }
        guard let known, let message = try? DNSMessage(parsing: known) else {
            answer.code = .serverFailure
            return answer
        }
        // Only what can be written again as it was meant: other data may hold names compressed in their message.
        answer.answers += message.answers.filter { [.a, .aaaa, .cname].contains($0.data.type) }
        answer.code = message.code
        answer.isTruncated = message.isTruncated
        return answer
    }

    private func setUp(_ channel: any Channel) throws {
        let hasRoom = connections.withLock { count in
            guard count < Limits.connections else { return false }
            count += 1
            return true
        }
        guard hasRoom else { throw ChannelError.connectPending }
        channel.closeFuture.whenComplete { [self] _ in connections.withLock { $0 -= 1 } }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(Limits.connectionIdleSeconds)))
        try pipeline.addHandler(ByteToMessageHandler(DNSFrameDecoder()))
        try pipeline.addHandler(StreamQueries(self))
    }
}

private final class DatagramQueries: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let server: DNSServer
    init(_ server: DNSServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data)
        let channel = context.channel
        server.respond(to: Array(datagram.data.readableBytesView), limit: nil) { answer in
            channel.writeAndFlush(
                AddressedEnvelope(remoteAddress: datagram.remoteAddress, data: ByteBuffer(bytes: answer)), promise: nil)
        }
    }
    /// A client that has gone is told to us by an error; the others are still there.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

private final class StreamQueries: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let server: DNSServer
    init(_ server: DNSServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = context.channel
        // A client that asks and does not listen is not answered for ever.
        guard channel.isWritable else { return context.close(promise: nil) }
        server.respond(
            to: Array(unwrapInboundIn(data).readableBytesView), limit: Limits.largestMessageBytes
        ) { channel.writeAndFlush(DNSFrameDecoder.frame($0), promise: nil) }
    }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
