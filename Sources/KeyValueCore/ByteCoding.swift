/// Appends numbers (little-endian) and counted byte strings.
public struct ByteWriter: Sendable {
    public var bytes: [UInt8] = []
    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    public mutating func write<T: FixedWidthInteger>(_ number: T) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
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
}

/// Reads what `ByteWriter` wrote from bytes that may be anything.
public struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    public private(set) var offset = 0

    /// The reader must not outlive the buffer.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    public var remaining: Int { bytes.count - offset }
    public var failure: ByteReaderError { ByteReaderError(offset: offset) }

    public mutating func read<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(ByteReaderError) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw failure }
        defer { offset += size }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
    public mutating func readFlag() throws(ByteReaderError) -> Bool {
        let byte: UInt8 = try read()
        guard byte <= 1 else { throw failure }
        return byte == 1
    }
    public mutating func readBytes() throws(ByteReaderError) -> [UInt8] {
        let count: UInt32 = try read()
        guard remaining >= Int(count) else { throw failure }
        defer { offset += Int(count) }
        return [UInt8](bytes[offset..<offset + Int(count)])
    }
    /// How many items follow, each of at least `size` bytes, so that a wrong count cannot ask for much memory.
    public mutating func readCount(ofAtLeast size: Int) throws(ByteReaderError) -> Int {
        let count: UInt32 = try read()
        guard Int(count) <= remaining / size else { throw failure }
        return Int(count)
    }
}
