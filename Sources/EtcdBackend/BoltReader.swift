import KeyValueCore

/// A file of etcd's backend is not what it should be.
public struct BackendFileError: Error, Equatable, CustomStringConvertible {
    /// Byte of the file where that was seen.
    public var offset: Int
    public var reason: String

    public var description: String { "at byte \(offset): \(reason)" }
}

/// Reads a file of etcd's backend whose bytes may be anything. Everything that is followed is checked to lie in the
/// file, and no more pages are visited than the file has.
struct BoltReader {
    private let bytes: UnsafeRawBufferPointer
    private let pageSize: Int
    private let root: UInt64
    /// Trees deeper than this are refused; bbolt's have three or four levels.
    private static let maximumDepth = 32

    /// The reader must not outlive the buffer. Takes the newer of the two first pages that are whole.
    init(_ bytes: UnsafeRawBufferPointer) throws(BackendFileError) {
        self.bytes = bytes
        var newest: (transaction: UInt64, pageSize: Int, root: UInt64)?
        // The second page's place depends on the page size that the first one tells.
        var places = [0, 4096]
        if let first = Self.meta(bytes, at: 0) { places = [0, first.pageSize] }
        for place in places {
            guard let found = Self.meta(bytes, at: place) else { continue }
            if newest == nil || found.transaction > newest?.transaction ?? 0 { newest = found }
        }
        guard let newest else { throw BackendFileError(offset: 0, reason: "no page says where the root is") }
        pageSize = newest.pageSize
        root = newest.root
    }

    private static func meta(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> (transaction: UInt64, pageSize: Int, root: UInt64)? {
        let start = offset + BoltFormat.headerSize
        guard start + BoltFormat.metaSize + 8 <= bytes.count else { return nil }
        func number(_ place: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + place, as: UInt64.self))
        }
        let content = bytes[start..<start + BoltFormat.metaSize]
        guard number(56) == BoltFormat.checksum(content) else { return nil }
        let magic = UInt32(truncatingIfNeeded: number(0))
        let pageSize = Int(UInt32(truncatingIfNeeded: number(8)))
        guard magic == BoltFormat.magic, UInt32(truncatingIfNeeded: number(0) >> 32) == BoltFormat.version,
            pageSize >= 512, pageSize <= 1 << 20, pageSize & (pageSize - 1) == 0
        else { return nil }
        return (number(48), pageSize, number(16))
    }

    /// Calls `body` for every entry of a bucket in order of the keys; a bucket that is not there has none.
    func visit(_ bucket: String, _ body: (_ key: [UInt8], _ value: [UInt8]) throws -> Void) throws {
        var walk = Walk(pagesLeft: bytes.count / pageSize + 1)
        var place: (root: UInt64, inline: Range<Int>)?
        try visit(page: root, &walk, depth: 0) { flags, key, value in
            guard flags & BoltFormat.bucketFlag != 0, Array(bytes[key]) == Array(bucket.utf8) else { return }
            guard value.count >= 16 else { throw failure(value.lowerBound, "the bucket has no root") }
            place = (load(value.lowerBound, UInt64.self), value.lowerBound + 16..<value.upperBound)
        }
        guard let place else { return }
        if place.root == 0 {
            try visit(elementsAt: place.inline.lowerBound, limit: place.inline.upperBound, &walk, depth: 0) {
                _, key, value in try body(Array(bytes[key]), Array(bytes[value]))
            }
        } else {
            try visit(page: place.root, &walk, depth: 0) { _, key, value in
                try body(Array(bytes[key]), Array(bytes[value]))
            }
        }
    }

    private struct Walk {
        var pagesLeft: Int
    }

    private func failure(_ offset: Int, _ reason: String) -> BackendFileError {
        BackendFileError(offset: offset, reason: reason)
    }

    /// The caller has checked that the number lies in the file.
    private func load<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    private typealias Visitor = (_ flags: UInt32, _ key: Range<Int>, _ value: Range<Int>) throws -> Void

    private func visit(page: UInt64, _ walk: inout Walk, depth: Int, _ body: Visitor) throws {
        guard page < UInt64(bytes.count / pageSize) else {
            throw failure(bytes.count, "page \(page) is not in the file")
        }
        let offset = Int(page) * pageSize
        guard load(offset, UInt64.self) == page else { throw failure(offset, "the page has another number") }
        let pages = Int(load(offset + 12, UInt32.self)) + 1
        let limit = min(bytes.count, offset + pages * pageSize)
        walk.pagesLeft -= 1
        guard walk.pagesLeft >= 0, depth < Self.maximumDepth else { throw failure(offset, "the pages go round") }
        try visit(elementsAt: offset, limit: limit, &walk, depth: depth, body)
    }

    /// The elements of a page, which ends before `limit`.
    private func visit(elementsAt offset: Int, limit: Int, _ walk: inout Walk, depth: Int, _ body: Visitor) throws {
        let first = offset + BoltFormat.headerSize
        guard first <= limit else { throw failure(offset, "the page is cut") }
        let flags = load(offset + 8, UInt16.self)
        let count = Int(load(offset + 10, UInt16.self))
        guard first + count * BoltFormat.elementSize <= limit else { throw failure(offset, "the page is cut") }
        for place in 0..<count {
            let element = first + place * BoltFormat.elementSize
            switch flags {
            case BoltFormat.PageFlags.branch:
                try visit(page: load(element + 8, UInt64.self), &walk, depth: depth + 1, body)
            case BoltFormat.PageFlags.leaf:
                let key = element + Int(load(element + 4, UInt32.self))
                let value = key + Int(load(element + 8, UInt32.self))
                let end = value + Int(load(element + 12, UInt32.self))
                guard end <= limit else { throw failure(element, "an entry ends outside of its page") }
                try body(load(element, UInt32.self), key..<value, value..<end)
            default:
                throw failure(offset, "the page is neither branch nor leaf")
            }
        }
    }
}
