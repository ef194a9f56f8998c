import NIOCore
import NIOHTTP1

/// Writes HTTP/1.1 answers. What belongs together goes out as one buffer, a head with its small body, a chunk with its
/// frame, because over TLS each buffer is a record of its own.
final class ResponseSerializer: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = ByteBuffer

    /// A body up to this size is copied behind its head.
    private static let joinedBytes = 16 * 1024

    private var pending: ByteBuffer?
    private var isChunked = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            isChunked = head.headers.contains(name: "transfer-encoding")
            var buffer = pending.take() ?? context.channel.allocator.buffer(capacity: 512)
            Self.write(head, to: &buffer)
            pending = buffer
            promise?.succeed()
        case .body(.byteBuffer(let bytes)):
            if isChunked { writeChunk(bytes, context) } else { writeBytes(bytes, context) }
            promise?.succeed()
        case .body(.fileRegion):
            promise?.fail(ChannelError.operationUnsupported)
        case .end:
            if isChunked {
                var buffer = pending.take() ?? context.channel.allocator.buffer(capacity: 8)
                buffer.writeStaticString("0\r\n\r\n")
                pending = buffer
            }
            let buffer = pending.take() ?? context.channel.allocator.buffer(capacity: 0)
            context.write(wrapOutboundOut(buffer), promise: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        if let buffer = pending.take() { context.write(wrapOutboundOut(buffer), promise: nil) }
        context.flush()
    }

    func handlerRemoved(context: ChannelHandlerContext) { pending = nil }

    private func writeBytes(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard var buffer = pending.take() else { return context.write(wrapOutboundOut(bytes), promise: nil) }
        if bytes.readableBytes <= Self.joinedBytes {
            buffer.writeImmutableBuffer(bytes)
            pending = buffer
        } else {
            context.write(wrapOutboundOut(buffer), promise: nil)
            context.write(wrapOutboundOut(bytes), promise: nil)
        }
    }

    private func writeChunk(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard bytes.readableBytes > 0 else { return }
        var buffer = pending.take() ?? context.channel.allocator.buffer(capacity: bytes.readableBytes + 16)
        buffer.writeString(String(bytes.readableBytes, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(bytes)
        buffer.writeStaticString("\r\n")
        pending = buffer
    }

    private static func write(_ head: HTTPResponseHead, to buffer: inout ByteBuffer) {
        let version: StaticString = head.version == .http1_0 ? "HTTP/1.0 " : "HTTP/1.1 "
        let (code, reason) = (String(head.status.code), head.status.reasonPhrase)
        var count = version.utf8CodeUnitCount + code.utf8.count + reason.utf8.count + 5
        for (name, value) in head.headers { count += name.utf8.count + value.utf8.count + 4 }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { output in
            var text = HeadText(output: output)
            version.withUTF8Buffer { text.add($0) }
            text.add(code)
            text.add(UInt8(ascii: " "))
            text.add(reason)
            text.endLine()
            for (name, value) in head.headers {
                text.add(name)
                text.add(UInt8(ascii: ":"))
                text.add(UInt8(ascii: " "))
                text.add(value)
                text.endLine()
            }
            text.endLine()
            return text.count
        }
    }

    /// A head's text in memory that has room for it.
    private struct HeadText {
        let output: UnsafeMutableRawBufferPointer
        private(set) var count = 0

        init(output: UnsafeMutableRawBufferPointer) { self.output = output }

        mutating func add(_ byte: UInt8) {
            output[count] = byte
            count += 1
        }
        mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
            UnsafeMutableRawBufferPointer(rebasing: output[count..<count + bytes.count])
                .copyMemory(from: UnsafeRawBufferPointer(bytes))
            count += bytes.count
        }
        mutating func add(_ text: String) {
            var text = text
            text.withUTF8 { add($0) }
        }
        mutating func endLine() {
            add(0x0D)
            add(0x0A)
        }
    }
}
