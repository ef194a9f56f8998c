import NIOCore
import NIOPosix

/// Why a nameserver gave no answer.
public enum DNSFailure: Error, Sendable, Equatable {
    case timedOut
    case closed
    case notANameserver(String)
}

/// Puts one query to one nameserver: by datagram from a port of its own, and by TCP when the answer is too long.
struct Asking: Sendable {
    let group: any EventLoopGroup
    let timeout: TimeAmount

    /// The answer's bytes to a query's bytes; only an answer with the query's id and question counts.
    func ask(_ server: Nameserver, _ query: [UInt8]) async throws -> [UInt8] {
        guard let address = try? SocketAddress(ipAddress: server.address, port: server.port) else {
            throw DNSFailure.notANameserver(server.address)
        }
        let answer = try await byDatagram(address, query)
        // TC
        guard answer.count > 2, answer[2] & 0x02 != 0 else { return answer }
        do { return try await byStream(address, query) } catch is CancellationError {
            throw CancellationError()
        } catch {
            // What came says of itself that it is cut.
            return answer
        }
    }

    private func byDatagram(_ address: SocketAddress, _ query: [UInt8]) async throws -> [UInt8] {
        let waiter = Waiter(query: query, loop: group.next())
        let channel = try await DatagramBootstrap(group: waiter.loop)
            .channelOption(
                // A client's query is passed on as it is, and may allow more than we do.
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Limits.largestMessageBytes)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramAnswer(waiter))
                }
            }
            .connect(to: address).get()
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: query)), promise: nil)
        return try await waiter.answer(on: channel, within: timeout)
    }

    private func byStream(_ address: SocketAddress, _ query: [UInt8]) async throws -> [UInt8] {
        let waiter = Waiter(query: query, loop: group.next())
        let channel = try await ClientBootstrap(group: waiter.loop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(DNSFrameDecoder()))
                    try channel.pipeline.syncOperations.addHandler(StreamAnswer(waiter))
                }
            }
            .connect(to: address).get()
        channel.writeAndFlush(DNSFrameDecoder.frame(query), promise: nil)
        return try await waiter.answer(on: channel, within: timeout)
    }
}

/// Waits for the one answer to a query.
private final class Waiter: Sendable {
    let loop: any EventLoop
    private let query: [UInt8]
    private let promise: EventLoopPromise<[UInt8]>

    init(query: [UInt8], loop: any EventLoop) {
        self.query = query
        self.loop = loop
        promise = loop.makePromise()
    }

    /// Nobody can answer any more; without a connection nobody ever could.
    deinit { promise.fail(DNSFailure.closed) }

    func received(_ answer: [UInt8]) { if isAnswer(answer) { promise.succeed(answer) } }
    func failed(_ error: any Error) { promise.fail(error) }

    func answer(on channel: any Channel, within timeout: TimeAmount) async throws -> [UInt8] {
        let timer = loop.scheduleTask(in: timeout) { [promise] in promise.fail(DNSFailure.timedOut) }
        defer {
            timer.cancel()
            channel.close(promise: nil)
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }

    /// The id, the answer bit, and the question, which follows the header as it was asked.
    private func isAnswer(_ answer: [UInt8]) -> Bool {
        guard answer.count >= 12, query.count >= 12, answer[0] == query[0], answer[1] == query[1],
            answer[2] & 0x80 != 0
        else { return false }
        var reader = DNSReader(answer)
        var asked = DNSReader(query)
        // An error may come without the question.
        let isBareError = answer[4] == 0 && answer[5] == 0 && answer[3] & 0x0F != 0
        if isBareError { return true }
        return (try? reader.take(12)) != nil && (try? asked.take(12)) != nil
            && (try? reader.question()) == (try? asked.question())
    }
}

private final class DatagramAnswer: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let waiter: Waiter
    init(_ waiter: Waiter) { self.waiter = waiter }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        waiter.received(Array(unwrapInboundIn(data).data.readableBytesView))
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { waiter.failed(error) }
    func channelInactive(context: ChannelHandlerContext) { waiter.failed(DNSFailure.closed) }
}

private final class StreamAnswer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let waiter: Waiter
    init(_ waiter: Waiter) { self.waiter = waiter }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        waiter.received(Array(unwrapInboundIn(data).readableBytesView))
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { waiter.failed(error) }
    func channelInactive(context: ChannelHandlerContext) { waiter.failed(DNSFailure.closed) }
}

/// Messages on a stream, each after its length in two bytes (RFC 1035 §4.2.2).
struct DNSFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer
    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
            buffer.readableBytes >= 2 + Int(length)
        else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 2)
        guard let message = buffer.readSlice(length: Int(length)) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(message))
        return .continue
    }
    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws
        -> DecodingState
    { .needMoreData }

    static func frame(_ message: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt16(truncatingIfNeeded: message.count))
        buffer.writeBytes(message)
        return buffer
    }
}
