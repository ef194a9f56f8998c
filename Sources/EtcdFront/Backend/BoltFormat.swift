import Basics
import KeyValueCore

/// The file format of etcd's backend, a B+ tree of pages as bbolt writes it, as far as it is needed to write a file
/// at once and to read one that nobody writes. All numbers are little-endian.
/// Source: go.etcd.io/bbolt, page.go, db.go, bucket.go.
enum BoltFormat {
    static let pageSize = 4096
    static let magic: UInt32 = 0xED0C_DAED
    static let version: UInt32 = 2
    /// Bytes before a page's elements: number (8), flags (2), count (2), pages that follow it (4).
    static let headerSize = 16
    /// Bytes that each element takes before keys and values.
    static let elementSize = 16
    /// Bytes of what the two first pages say, without their checksum.
    static let metaSize = 56

    enum PageFlags {
        static let branch: UInt16 = 0x01
        static let leaf: UInt16 = 0x02
        static let meta: UInt16 = 0x04
        static let freelist: UInt16 = 0x10
    }
    /// An element of a leaf that is a bucket.
    static let bucketFlag: UInt32 = 0x01

    static func pageHeader(
        _ number: UInt64, _ flags: UInt16, count: Int, overflow: Int, into writer: inout ByteWriter
    ) {
        writer.write(number)
        writer.write(flags)
        writer.write(UInt16(truncatingIfNeeded: count))
        writer.write(UInt32(truncatingIfNeeded: overflow))
    }

    /// FNV-1a, 64 bits.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 { FNV1a.hash64(bytes) }
}
