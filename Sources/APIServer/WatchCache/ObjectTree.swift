/// Objects in the order of their keys, as chunks. Copies share everything: a copy is a snapshot, and a change after it
/// copies one chunk and the list of chunks.
struct ObjectTree: Sendable {
    /// Chunks split in two when they grow beyond this.
    static let chunkLimit = 128

    private var chunks: [[StoredObject]] = []
    private(set) var count = 0

    subscript(key: String) -> StoredObject? {
        guard let place = find(key), place.found else { return nil }
        return chunks[place.chunk][place.index]
    }

    /// Puts an object in its place; gives the one that was there.
    @discardableResult
    mutating func insert(_ object: StoredObject) -> StoredObject? {
        guard let place = find(object.key) else {
            chunks = [[object]]
            count = 1
            return nil
        }
        if place.found {
            let previous = chunks[place.chunk][place.index]
            chunks[place.chunk][place.index] = object
            return previous
        }
        chunks[place.chunk].insert(object, at: place.index)
        count += 1
        if chunks[place.chunk].count > Self.chunkLimit {
            // Keys often come in rising order: the last chunk splits unevenly so that its first part stays full.
            let isLast = place.chunk == chunks.count - 1
            let middle = isLast ? Self.chunkLimit - 8 : Self.chunkLimit / 2
            let second = Array(chunks[place.chunk][middle...])
            chunks[place.chunk].removeSubrange(middle...)
            chunks.insert(second, at: place.chunk + 1)
        }
        return nil
    }

    /// Takes an object out; gives it.
    @discardableResult
    mutating func remove(_ key: String) -> StoredObject? {
        guard let place = find(key), place.found else { return nil }
        let previous = chunks[place.chunk].remove(at: place.index)
        if chunks[place.chunk].isEmpty { chunks.remove(at: place.chunk) }
        count -= 1
        return previous
    }

    /// Calls `body` for the objects whose key begins with `prefix` and is greater than `after`, in order, until it
    /// answers false.
    func forEach(prefix: String = "", after: String = "", _ body: (StoredObject) throws -> Bool) rethrows {
        let start = max(prefix, after)
        guard var place = find(start) else { return }
        if place.found, start == after { place.index += 1 }
        for chunk in place.chunk..<chunks.count {
            let from = chunk == place.chunk ? place.index : 0
            guard from < chunks[chunk].count else { continue }
            for object in chunks[chunk][from...] {
                guard prefix.isEmpty || object.key.utf8.starts(with: prefix.utf8) else { return }
                guard try body(object) else { return }
            }
        }
    }

    /// Where the key is or would be inserted; nil when there are no chunks.
    private func find(_ key: String) -> (chunk: Int, index: Int, found: Bool)? {
        guard !chunks.isEmpty else { return nil }
        var low = 0
        var high = chunks.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if chunks[middle][0].key <= key { low = middle } else { high = middle - 1 }
        }
        let chunk = low
        low = 0
        high = chunks[chunk].count
        while low < high {
            let middle = (low + high) / 2
            if chunks[chunk][middle].key < key { low = middle + 1 } else { high = middle }
        }
        return (chunk, low, low < chunks[chunk].count && chunks[chunk][low].key == key)
    }
}
