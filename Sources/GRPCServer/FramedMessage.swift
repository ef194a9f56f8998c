import NIOCore
import SwiftProtobuf

/// A message as it is on the way, with its prefix. Encoding writes it into the buffer that is sent.
public struct FramedMessage: SwiftProtobufContiguousBytes, Sendable {
    @usableFromInline var content: ByteBuffer
    @inlinable public var buffer: ByteBuffer { content }

    /// A message that has its prefix.
    init(whole: ByteBuffer) { content = whole }

    public init(repeating byte: UInt8, count: Int) {
        content = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + count)
        writePrefix(count)
        content.writeRepeatingByte(byte, count: count)
    }

    public init<Bytes: Sequence>(_ bytes: Bytes) where Bytes.Element == UInt8 {
        let bytes = Array(bytes)
        content = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + bytes.count)
        writePrefix(bytes.count)
        content.writeBytes(bytes)
    }

    @inlinable
    public init(_ message: some Message) throws { self = try message.serializedBytes() }

    /// A message whose encoding has `count` bytes, which `write` writes.
    @inlinable
    public init(count: Int, _ write: (inout ProtobufWriter) -> Void) {
        content = ByteBufferAllocator().buffer(capacity: MessageSplitter.prefixBytes + count)
        writePrefix(count)
        content.writeFields(write)
    }

    @inlinable
    mutating func writePrefix(_ count: Int) {
        content.writeInteger(UInt8(0))
        content.writeInteger(UInt32(clamping: count))
    }

    @inlinable
    public var count: Int { content.readableBytes - MessageSplitter.prefixBytes }

    @inlinable
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try content.withUnsafeReadableBytes {
            try body(UnsafeRawBufferPointer(rebasing: $0[MessageSplitter.prefixBytes...]))
        }
    }

    public mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try content.withUnsafeMutableReadableBytes {
            try body(UnsafeMutableRawBufferPointer(rebasing: $0[MessageSplitter.prefixBytes...]))
        }
    }
}

/// Messages that follow each other on one stream, as they are on the way.
public struct FramedMessages: Sendable {
    @usableFromInline var content: ByteBuffer
    @inlinable public var buffer: ByteBuffer { content }

    public init(capacity: Int) { content = ByteBufferAllocator().buffer(capacity: capacity) }

    /// Bytes of all messages with their prefixes.
    @inlinable
    public var byteCount: Int { content.readableBytes }

    @inlinable
    public mutating func append(_ message: FramedMessage) { content.writeImmutableBuffer(message.buffer) }

    /// A message of `count` bytes, which `write` writes.
    @inlinable
    public mutating func append(count: Int, _ write: (inout ProtobufWriter) -> Void) {
        content.writeInteger(UInt8(0))
        content.writeInteger(UInt32(clamping: count))
        content.writeFields(write)
    }
}

extension ByteBuffer {
    /// The buffer is the writer's meanwhile, so that nothing is copied.
    @inlinable
    mutating func writeFields(_ write: (inout ProtobufWriter) -> Void) {
        var writer = ProtobufWriter(self)
        self = ByteBuffer()
        write(&writer)
        self = writer.buffer
    }
}
