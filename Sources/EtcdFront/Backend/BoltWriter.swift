import Basics
import KeyValueCore

/// One bucket of a file to be written: its entries in order of their keys, asked for by place so that they need not
/// all be in memory.
struct BoltBucket {
    var name: String
    var count: Int
    /// Bytes of key and value of an entry.
    var size: (Int) throws -> (key: Int, value: Int)
    var entry: (Int) throws -> (key: [UInt8], value: [UInt8])

    init(
        name: String, count: Int, size: @escaping (Int) throws -> (key: Int, value: Int),
        entry: @escaping (Int) throws -> (key: [UInt8], value: [UInt8])
    ) {
        self.name = name
        self.count = count
        self.size = size
        self.entry = entry
    }

    init(name: String, entries: [(key: [UInt8], value: [UInt8])]) {
        self.init(
            name: name, count: entries.count, size: { (entries[$0].key.count, entries[$0].value.count) },
            entry: { entries[$0] })
    }
}

/// Lays a whole file out, and then writes it page by page from its first byte to its last.
struct BoltWriter {
    /// Pages of one bucket: leaves first, then each level of branches, the root last.
    private struct Tree {
        var bucket: BoltBucket
        /// Where each leaf's entries begin, and its first page.
        var leaves: [(first: Int, page: Int)] = []
        /// From the lowest level up: where each branch's children begin, and its page.
        var levels: [[(first: Int, page: Int)]] = []
        var root = 0
    }
    private var trees: [Tree] = []
    private var nextPage = 2
    private let rootPage: Int
    private let freelistPage: Int

    /// Bytes of the whole file.
    var size: Int { nextPage * BoltFormat.pageSize }

    /// Buckets come in order of their names.
    init(_ buckets: [BoltBucket]) throws {
        for bucket in buckets.sorted(by: { $0.name < $1.name }) {
            var tree = Tree(bucket: bucket)
            try Self.layOut(&tree, &nextPage)
            trees.append(tree)
        }
        rootPage = nextPage
        freelistPage = nextPage + 1
        nextPage += 2
    }

    private static func pages(_ bytes: Int) -> Int { max(1, (bytes + BoltFormat.pageSize - 1) / BoltFormat.pageSize) }

    private static func layOut(_ tree: inout Tree, _ nextPage: inout Int) throws {
        var bytes = BoltFormat.headerSize
        var first = 0
        func close(_ tree: inout Tree) {
            tree.leaves.append((first, nextPage))
            nextPage += pages(bytes)
        }
        for place in 0..<tree.bucket.count {
            let (key, value) = try tree.bucket.size(place)
            let size = BoltFormat.elementSize + key + value
            if place > first, bytes + size > BoltFormat.pageSize {
                close(&tree)
                (first, bytes) = (place, BoltFormat.headerSize)
            }
            bytes += size
        }
        close(&tree)
        // Keys of branches are short, so a fixed number of children always fits into a page.
        let longest = try tree.leaves.map { try tree.bucket.count == 0 ? 0 : tree.bucket.size($0.first).key }.max() ?? 0
        let fanOut = max(2, (BoltFormat.pageSize - BoltFormat.headerSize) / (BoltFormat.elementSize + longest))
        var below = tree.leaves.count
        while below > 1 {
            var level: [(first: Int, page: Int)] = []
            for child in stride(from: 0, to: below, by: fanOut) {
                level.append((child, nextPage))
                nextPage += 1
            }
            tree.levels.append(level)
            below = level.count
        }
        tree.root = tree.levels.last?.first?.page ?? tree.leaves.first?.page ?? 0
    }

    // MARK: Writing

    /// Gives the file to `body` in pieces, in order.
    func write(_ body: ([UInt8]) async throws -> Void) async throws {
        try await body(meta(0) + meta(1))
        for tree in trees {
            for place in tree.leaves.indices { try await body(leaf(tree, place)) }
            for level in tree.levels.indices {
                for place in tree.levels[level].indices { try await body(branch(tree, level, place)) }
            }
        }
        try await body(rootLeaf())
        var writer = ByteWriter()
        BoltFormat.pageHeader(UInt64(freelistPage), BoltFormat.PageFlags.freelist, count: 0, overflow: 0, into: &writer)
        try await body(Self.padded(writer.bytes))
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: pages(bytes.count) * BoltFormat.pageSize - bytes.count)
    }

    private func meta(_ number: UInt64) -> [UInt8] {
        var content = ByteWriter()
        content.write(BoltFormat.magic)
        content.write(BoltFormat.version)
        content.write(UInt32(BoltFormat.pageSize))
        content.write(UInt32(0))
        content.write(UInt64(rootPage))
        content.write(UInt64(0))
        content.write(UInt64(freelistPage))
        content.write(UInt64(nextPage))
        content.write(number)
        var writer = ByteWriter()
        BoltFormat.pageHeader(number, BoltFormat.PageFlags.meta, count: 0, overflow: 0, into: &writer)
        writer.bytes += content.bytes
        writer.write(BoltFormat.checksum(content.bytes))
        return Self.padded(writer.bytes)
    }

    private func leaf(_ tree: Tree, _ place: Int) throws -> [UInt8] {
        let end = place + 1 < tree.leaves.count ? tree.leaves[place + 1].first : tree.bucket.count
        var entries: [(flags: UInt32, key: [UInt8], value: [UInt8])] = []
        for entry in tree.leaves[place].first..<end {
            let (key, value) = try tree.bucket.entry(entry)
            entries.append((0, key, value))
        }
        return Self.leaf(tree.leaves[place].page, entries)
    }

    private static func leaf(_ page: Int, _ entries: [(flags: UInt32, key: [UInt8], value: [UInt8])]) -> [UInt8] {
        let bytes = entries.reduce(BoltFormat.headerSize) {
            $0 + BoltFormat.elementSize + $1.key.count + $1.value.count
        }
        var writer = ByteWriter(capacity: pages(bytes) * BoltFormat.pageSize)
        BoltFormat.pageHeader(
            UInt64(page), BoltFormat.PageFlags.leaf, count: entries.count, overflow: pages(bytes) - 1, into: &writer)
        // Positions count from the element that has them.
        var data = BoltFormat.elementSize * entries.count
        for (flags, key, value) in entries {
            writer.write(flags)
            writer.write(UInt32(data))
            writer.write(UInt32(key.count))
            writer.write(UInt32(value.count))
            data += key.count + value.count - BoltFormat.elementSize
        }
        for (_, key, value) in entries {
            writer.bytes += key
            writer.bytes += value
        }
        return padded(writer.bytes)
    }

    private func branch(_ tree: Tree, _ level: Int, _ place: Int) throws -> [UInt8] {
        let own = tree.levels[level]
        let below = level == 0 ? tree.leaves : tree.levels[level - 1]
        let end = place + 1 < own.count ? own[place + 1].first : below.count
        var children: [(key: [UInt8], page: Int)] = []
        for child in own[place].first..<end {
            children.append((try firstKey(tree, level, child), below[child].page))
        }
        var writer = ByteWriter(capacity: BoltFormat.pageSize)
        BoltFormat.pageHeader(
            UInt64(own[place].page), BoltFormat.PageFlags.branch, count: children.count, overflow: 0, into: &writer)
        var data = BoltFormat.elementSize * children.count
        for (key, page) in children {
            writer.write(UInt32(data))
            writer.write(UInt32(key.count))
            writer.write(UInt64(page))
            data += key.count - BoltFormat.elementSize
        }
        for (key, _) in children { writer.bytes += key }
        return Self.padded(writer.bytes)
    }

    /// The first key under the child of a branch of `level`.
    private func firstKey(_ tree: Tree, _ level: Int, _ child: Int) throws -> [UInt8] {
        var child = child
        for lower in stride(from: level - 1, through: 0, by: -1) { child = tree.levels[lower][child].first }
        return try tree.bucket.entry(tree.leaves[child].first).key
    }

    /// The root names every bucket, with the page of its root.
    private func rootLeaf() -> [UInt8] {
        Self.leaf(
            rootPage,
            trees.map { tree in
                var value = ByteWriter()
                value.write(UInt64(tree.root))
                value.write(UInt64(0))
                return (BoltFormat.bucketFlag, Array(tree.bucket.name.utf8), value.bytes)
            })
    }
}
