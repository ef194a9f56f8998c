/// Appends numbers (little-endian) and counted byte strings.
public struct ByteWriter: Sendable {
    public var bytes: [UInt8] = []
    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    @inlinable
    public mutating func write<T: FixedWidthInteger>(_ number: T) {
        bytes.appendInteger(number)
    }
    public mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }
    /// At most `UInt32.max` bytes.
    public mutating func write(_ string: [UInt8]) {
        write(UInt32(truncatingIfNeeded: string.count))
        bytes.append(contentsOf: string)
    }
}

/// The bytes are not what they should be.
public struct ByteReaderError: Error, Equatable {
    /// Offset from the reader's first byte.
    public var offset: Int
    public init(offset: Int) { self.offset = offset }
}

/// Reads what `ByteWriter` wrote from bytes that may be anything.
public struct ByteReader {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    @usableFromInline var position = 0

    /// The reader must not outlive the buffer.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    public var offset: Int { position }
    @inlinable public var remaining: Int { bytes.count - position }
    public var failure: ByteReaderError { ByteReaderError(offset: position) }

    @inlinable
    public mutating func read<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(ByteReaderError) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw failure }
        defer { position += size }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }
    /// Only 0 and 1.
    public mutating func readFlag() throws(ByteReaderError) -> Bool {
        let byte: UInt8 = try read()
        guard byte <= 1 else { throw failure }
        return byte == 1
    }
    public mutating func readBytes() throws(ByteReaderError) -> [UInt8] {
        let count: UInt32 = try read()
        return try readBytes(Int(count))
    }
    /// How many items follow, each of at least `size` bytes, so that a wrong count cannot ask for much memory.
    public mutating func readCount(ofAtLeast size: Int) throws(ByteReaderError) -> Int {
        let count: UInt32 = try read()
        guard Int(count) <= remaining / size else { throw failure }
        return Int(count)
    }

    /// Exactly so many.
    public mutating func readBytes(_ count: Int) throws(ByteReaderError) -> [UInt8] {
        guard count >= 0, remaining >= count else { throw failure }
        defer { position += count }
        return [UInt8](bytes[position..<position + count])
    }

    /// What `body` reads from all of `bytes`; throws too if it leaves some.
    public static func read<Content>(
        _ bytes: [UInt8], _ body: (inout ByteReader) throws(ByteReaderError) -> Content
    ) throws(ByteReaderError) -> Content {
        try read(bytes[...], body)
    }
    public static func read<Content>(
        _ bytes: ArraySlice<UInt8>, _ body: (inout ByteReader) throws(ByteReaderError) -> Content
    ) throws(ByteReaderError) -> Content {
        let result: Result<Content, ByteReaderError> = bytes.withUnsafeBytes { buffer in
            do throws(ByteReaderError) {
                var reader = ByteReader(buffer)
                let content = try body(&reader)
                return reader.remaining == 0 ? .success(content) : .failure(reader.failure)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

extension [UInt8] {
    /// Lowest byte first.
    @inlinable
    public mutating func appendInteger(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
