import GRPCCore
import NIOCore
import SwiftProtobuf

/// Cuts what a client sends on one stream into messages: a byte that says whether the message is compressed, its length
/// in four bytes, and the message. Source: grpc, doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message".
struct MessageSplitter {
    static let prefixBytes = 5
    private static let readBytesKept = 64 << 10
    private let limit: Int
    private var held = ByteBuffer()

    /// Messages of more than `limit` bytes are refused.
    init(limit: Int) { self.limit = limit }

    /// Bytes of a message that is not complete.
    var waitingBytes: Int { held.readableBytes }

    mutating func append(_ bytes: ByteBuffer) {
        if held.readableBytes == 0 {
            held = bytes
        } else {
            var bytes = bytes
            if held.readerIndex > Self.readBytesKept { held.discardReadBytes() }
            held.writeBuffer(&bytes)
        }
    }

    /// The next whole message. Throws what the call must end with if there can be none.
    mutating func next() throws(EtcdError) -> FramedMessage? {
        let start = held.readerIndex
        guard let isCompressed = held.getInteger(at: start, as: UInt8.self),
            let count = held.getInteger(at: start + 1, as: UInt32.self)
        else { return nil }
        if isCompressed != 0 {
            throw EtcdError(.unimplemented, "grpc: compressed messages are not taken")
        }
        if count > limit {
            throw EtcdError(
                .resourceExhausted, "grpc: received message larger than max (\(count) vs. \(limit))")
        }
        return held.readSlice(length: Self.prefixBytes + Int(count)).map { FramedMessage(whole: $0) }
    }
}

/// A message as it is on the way, with its prefix. Encoding writes it into the buffer that is sent.
struct FramedMessage: SwiftProtobufContiguousBytes, Sendable {
    private(set) var buffer: ByteBuffer

    /// A message that has its prefix.
    fileprivate init(whole: ByteBuffer) { buffer = whole }

    init(repeating byte: UInt8, count: Int) {
        buffer = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + count)
        writePrefix(count)
        buffer.writeRepeatingByte(byte, count: count)
    }

    init<Bytes: Sequence>(_ bytes: Bytes) where Bytes.Element == UInt8 {
        let bytes = Array(bytes)
        buffer = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + bytes.count)
        writePrefix(bytes.count)
        buffer.writeBytes(bytes)
    }

    init(_ message: some Message) throws { self = try message.serializedBytes() }

    /// A message whose encoding has `count` bytes, which `write` writes.
    init(count: Int, _ write: (inout ProtobufWriter) -> Void) {
        buffer = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + count)
        writePrefix(count)
        var writer = ProtobufWriter(buffer)
        buffer = ByteBuffer()
        write(&writer)
        buffer = writer.buffer
    }

    private mutating func writePrefix(_ count: Int) {
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(clamping: count))
    }

    var count: Int { buffer.readableBytes - MessageSplitter.prefixBytes }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try buffer.withUnsafeReadableBytes {
            try body(UnsafeRawBufferPointer(rebasing: $0[MessageSplitter.prefixBytes...]))
        }
    }

    mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try buffer.withUnsafeMutableReadableBytes {
            try body(UnsafeMutableRawBufferPointer(rebasing: $0[MessageSplitter.prefixBytes...]))
        }
    }
}

/// Messages that follow each other on one stream, as they are on the way.
struct FramedMessages: Sendable {
    private(set) var buffer: ByteBuffer

    init(capacity: Int) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

    var count: Int { buffer.readableBytes }

    mutating func append(_ message: FramedMessage) { buffer.writeImmutableBuffer(message.buffer) }

    /// A message of `count` bytes, which `write` writes.
    mutating func append(count: Int, _ write: (inout ProtobufWriter) -> Void) {
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(clamping: count))
        var writer = ProtobufWriter(buffer)
        buffer = ByteBuffer()
        write(&writer)
        buffer = writer.buffer
    }
}
