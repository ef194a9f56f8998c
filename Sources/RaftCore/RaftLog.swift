/// The end of the log in memory: what is not applied yet, and some before it for peers that lag behind.
///
/// Entries stay in the batches in which they came, so that writing, sending and applying a batch share one array.
struct RaftLog: Sendable {
    /// Contiguous entries, at least one. `bytesBefore` counts from the log's first batch in this run on.
    private struct Batch: Sendable {
        var entries: [Entry]
        var bytesBefore: Int
        var bytes: Int
        var first: Index { entries.first?.index ?? 0 }
        var last: Index { entries.last?.index ?? 0 }
    }

    /// The position before the first entry in memory.
    private(set) var base: LogPosition
    private(set) var last: LogPosition
    private(set) var applied: Index
    private(set) var committed: Index
    /// Entries up to this are on this member's disk and stay there whatever of the open writes is lost in a crash.
    private(set) var persisted: Index
    private var batches: [Batch] = []
    /// Batches before this one are dropped; now and then they are removed together.
    private var head = 0
    /// Writes that are not known to be on disk, oldest first; each replaces what was there from `first` on.
    private var openWrites: [(number: UInt64, first: Index)] = []
    private var writeCount: UInt64 = 0

    /// A log of which everything given is on disk. Entries that are applied already serve peers that lag behind; the
    /// first of them is taken for its position only.
    init(applied: LogPosition, entries: [Entry], committed: Index) {
        let startsEarlier = entries.first.map { $0.index <= applied.index } ?? false
        base = startsEarlier ? entries[0].position : applied
        let kept = startsEarlier ? Array(entries.dropFirst()) : entries
        last = kept.last?.position ?? base
        self.applied = applied.index
        persisted = last.index
        self.committed = max(applied.index, min(committed, last.index))
        for start in stride(from: 0, to: kept.count, by: Self.entriesPerBatchAtStart) {
            add(Array(kept[start..<min(start + Self.entriesPerBatchAtStart, kept.count)]))
        }
    }

    /// What was on disk at the start is kept, and later dropped, in batches of this size.
    private static let entriesPerBatchAtStart = 1_024

    private mutating func add(_ entries: [Entry]) {
        let before = batches.last.map { $0.bytesBefore + $0.bytes } ?? 0
        batches.append(
            Batch(entries: entries, bytesBefore: before, bytes: entries.reduce(0) { $0 + $1.bytes }))
    }

    // MARK: Reading

    /// The batch with the entry, and the entry's place in it.
    private func find(_ index: Index) -> (batch: Int, place: Int)? {
        guard index > base.index, index <= last.index else { return nil }
        var (low, high) = (head, batches.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if batches[middle].first <= index { low = middle } else { high = middle - 1 }
        }
        return (low, Int(index - batches[low].first))
    }

    /// Nil for an entry that is not in memory.
    func term(at index: Index) -> Term? {
        if index == last.index { return last.term }
        if index == base.index { return base.term }
        return find(index).map { batches[$0.batch].entries[$0.place].term }
    }

    /// Entries from an index on up to another, as many as the bytes allow and at least one if there is one. A batch
    /// that fits is not copied.
    func entries(from first: Index, upTo end: Index, bytes limit: Int = .max) -> [Entry] {
        guard first <= end, let (start, place) = find(first) else { return [] }
        let batch = batches[start]
        if place == 0, batch.last <= end, batch.bytes <= limit {
            let next = start + 1
            let isAll = next == batches.count || batch.last == end
            if isAll || batch.bytes + (batches[next].entries.first?.bytes ?? 0) > limit { return batch.entries }
        }
        var found: [Entry] = []
        var bytes = 0
        for place in start..<batches.count {
            for entry in batches[place].entries where entry.index >= first {
                if entry.index > end || !found.isEmpty && entry.bytes > limit - bytes { return found }
                found.append(entry)
                bytes += entry.bytes
            }
        }
        return found
    }

    /// What entries after this one weigh.
    func bytes(after index: Index) -> Int {
        guard let (start, place) = find(index + 1), let last = batches.last else { return 0 }
        let skipped = batches[start].entries[..<place].reduce(0) { $0 + $1.bytes }
        return last.bytesBefore + last.bytes - batches[start].bytesBefore - skipped
    }

    /// The last position, not after `index`, of a term that is not later than `term`: where two logs may agree (§3.5).
    func position(notAfter index: Index, termUpTo term: Term) -> LogPosition {
        var index = min(index, last.index)
        while index > base.index, let own = self.term(at: index), own > term { index -= 1 }
        // Below the base only committed entries are, which every later leader has.
        return LogPosition(index: index, term: self.term(at: index) ?? 0)
    }

    // MARK: Growing

    /// Appends entries that follow the last. Returns the number of the write that puts them on disk.
    mutating func append(_ entries: [Entry]) -> UInt64 {
        guard let first = entries.first, let end = entries.last else { return writeCount }
        add(entries)
        last = end.position
        writeCount += 1
        openWrites.append((writeCount, first.index))
        return writeCount
    }

    /// Takes away the entries from an index on, which are not committed; a write that replaces them follows.
    mutating func truncate(from index: Index) {
        while let batch = batches.last, batches.count > head, batch.last >= index {
            batches.removeLast()
            if batch.first < index {
                let kept = Array(batch.entries.prefix(Int(index - batch.first)))
                batches.append(
                    Batch(
                        entries: kept, bytesBefore: batch.bytesBefore, bytes: kept.reduce(0) { $0 + $1.bytes }))
            }
        }
        last = batches.count > head ? batches.last?.entries.last?.position ?? base : base
        persisted = min(persisted, last.index)
    }

    /// The write and those before it are on disk.
    mutating func persisted(write number: UInt64) {
        let done = openWrites.prefix { $0.number <= number }.count
        guard done > 0 else { return }
        openWrites.removeFirst(done)
        // A write that is still open may take away what is on disk from its first entry on.
        persisted = openWrites.reduce(last.index) { min($0, $1.first - 1) }
    }

    mutating func commit(upTo index: Index) { committed = max(committed, min(index, last.index)) }

    /// Takes note that committed entries up to an index are applied, and returns them.
    mutating func apply(upTo index: Index) -> [Entry] {
        let end = min(index, committed)
        let taken = entries(from: applied + 1, upTo: end)
        applied = max(applied, end)
        return taken
    }

    /// Drops applied entries, whole batches of them, as long as more than this is left.
    mutating func trim(entries limit: Int, bytes byteLimit: Int) {
        guard let end = batches.last else { return }
        let endBytes = end.bytesBefore + end.bytes
        while head < batches.count, batches[head].last <= applied {
            let batch = batches[head]
            let exceeds = last.index - base.index > UInt64(limit) || endBytes - batch.bytesBefore > byteLimit
            guard exceeds, let position = batch.entries.last?.position else { break }
            base = position
            batches[head].entries = []
            head += 1
        }
        if head > 32, head * 2 > batches.count || head == batches.count {
            batches.removeFirst(head)
            head = 0
        }
    }

    /// A snapshot takes the place of everything.
    mutating func reset(to position: LogPosition) {
        (base, last) = (position, position)
        (applied, committed, persisted) = (position.index, position.index, position.index)
        (batches, head, openWrites) = ([], 0, [])
    }
}
