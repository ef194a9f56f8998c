import NIOCore
import SwiftProtobuf

/// A message as it is on the way, with its prefix. Encoding writes it into the buffer that is sent.
public struct FramedMessage: SwiftProtobufContiguousBytes, Sendable {
    public private(set) var buffer: ByteBuffer

    /// A message that has its prefix.
    init(whole: ByteBuffer) { buffer = whole }

    public init(repeating byte: UInt8, count: Int) {
        buffer = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + count)
        writePrefix(count)
        buffer.writeRepeatingByte(byte, count: count)
    }

    public init<Bytes: Sequence>(_ bytes: Bytes) where Bytes.Element == UInt8 {
        let bytes = Array(bytes)
        buffer = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + bytes.count)
        writePrefix(bytes.count)
        buffer.writeBytes(bytes)
    }

    @inlinable
    public init(_ message: some Message) throws { self = try message.serializedBytes() }

    /// A message whose encoding has `count` bytes, which `write` writes.
    public init(count: Int, _ write: (inout ProtobufWriter) -> Void) {
        buffer = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + count)
        writePrefix(count)
        buffer.writeFields(write)
    }

    private mutating func writePrefix(_ count: Int) {
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(clamping: count))
    }

    public var count: Int { buffer.readableBytes - MessageSplitter.prefixBytes }

    @inlinable
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try buffer.withUnsafeReadableBytes {
            try body(UnsafeRawBufferPointer(rebasing: $0[MessageSplitter.prefixBytes...]))
        }
    }

    public mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try buffer.withUnsafeMutableReadableBytes {
            try body(UnsafeMutableRawBufferPointer(rebasing: $0[MessageSplitter.prefixBytes...]))
        }
    }
}

/// Messages that follow each other on one stream, as they are on the way.
public struct FramedMessages: Sendable {
    public private(set) var buffer: ByteBuffer

    public init(capacity: Int) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

    /// Bytes of all messages with their prefixes.
    public var byteCount: Int { buffer.readableBytes }

    public mutating func append(_ message: FramedMessage) { buffer.writeImmutableBuffer(message.buffer) }

    /// A message of `count` bytes, which `write` writes.
    public mutating func append(count: Int, _ write: (inout ProtobufWriter) -> Void) {
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(clamping: count))
        buffer.writeFields(write)
    }
}

extension ByteBuffer {
    /// The buffer is the writer's meanwhile, so that nothing is copied.
    fileprivate mutating func writeFields(_ write: (inout ProtobufWriter) -> Void) {
        var writer = ProtobufWriter(self)
        self = ByteBuffer()
        write(&writer)
        self = writer.buffer
    }
}
