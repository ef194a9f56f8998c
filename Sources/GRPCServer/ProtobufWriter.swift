import NIOCore

/// Writes a message's fields in the wire format, for messages of which very many are sent: what the generated types do
/// costs several copies of each key and value. Fields with their type's zero are left out.
/// Source: protobuf.dev/programming-guides/encoding.
public struct ProtobufWriter {
    @usableFromInline var content: ByteBuffer
    /// What has been written.
    @inlinable public var buffer: ByteBuffer { content }

    @inlinable
    public init(_ buffer: ByteBuffer) { content = buffer }

    @inlinable
    public mutating func field(_ number: Int, _ value: UInt64) {
        if value == 0 { return }
        varint(UInt64(number) << 3)
        varint(value)
    }

    @inlinable
    public mutating func field(_ number: Int, _ value: Int64) { field(number, UInt64(bitPattern: value)) }

    @inlinable
    public mutating func field(_ number: Int, _ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        length(number, bytes.count)
        content.writeBytes(bytes)
    }

    /// The beginning of a field of `count` bytes that are written next.
    @inlinable
    public mutating func length(_ number: Int, _ count: Int) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(count))
    }

    /// Bytes that are fields already.
    @inlinable
    public mutating func append(_ fields: ByteBuffer) { content.writeImmutableBuffer(fields) }

    @inlinable
    mutating func varint(_ value: UInt64) {
        if value < 0x80 {
            content.writeInteger(UInt8(value))
            return
        }
        content.writeWithUnsafeMutableBytes(minimumWritableBytes: 10) { bytes in
            var rest = value
            var count = 0
            while rest >= 0x80 {
                bytes[count] = UInt8(truncatingIfNeeded: rest) | 0x80
                rest >>= 7
                count += 1
            }
            bytes[count] = UInt8(rest)
            return count + 1
        }
    }

    // MARK: Sizes

    @inlinable
    public static func bytes(_ value: UInt64) -> Int { value == 0 ? 1 : (70 - value.leadingZeroBitCount) / 7 }

    /// The bytes of a field with a number below 16.
    @inlinable
    public static func fieldBytes(_ value: UInt64) -> Int { value == 0 ? 0 : 1 + bytes(value) }
    @inlinable
    public static func fieldBytes(_ value: Int64) -> Int { fieldBytes(UInt64(bitPattern: value)) }
    @inlinable
    public static func fieldBytes(_ content: [UInt8]) -> Int {
        content.isEmpty ? 0 : lengthBytes(content.count) + content.count
    }

    /// The bytes before a field's content of `count` bytes.
    @inlinable
    public static func lengthBytes(_ count: Int) -> Int { 1 + bytes(UInt64(count)) }
}
