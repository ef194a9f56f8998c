import RaftCore

/// What Raft wants on disk and is not written yet; it goes there as one record.
struct PendingWrite {
    private(set) var entries: [Entry] = []
    /// Of the last `.write` that is in here.
    private(set) var number: UInt64?
    /// A term or vote is to be remembered, too.
    private(set) var hasHardState = false
    /// Bytes that the record will have, at least.
    private(set) var bytes = LogBatch.overhead

    var isEmpty: Bool { number == nil && !hasHardState }

    mutating func rememberHardState() { hasHardState = true }

    /// Later entries replace those from their first index on.
    mutating func add(_ new: [Entry], number: UInt64) {
        self.number = number
        guard let first = new.first else { return }
        if entries.isEmpty {
            entries = new
        } else {
            while let last = entries.last, last.index >= first.index {
                bytes -= Self.size(last)
                entries.removeLast()
            }
            entries += new
        }
        for entry in new { bytes += Self.size(entry) }
    }

    static func size(_ entry: Entry) -> Int { LogBatch.entryOverhead + entry.command.count }

    /// The entries in parts that are each no larger than `limit` bytes, or a single entry; at least one part.
    func parts(limit: Int) -> [[Entry]] {
        if bytes <= limit { return [entries] }
        var parts: [[Entry]] = [[]]
        var size = LogBatch.overhead
        for entry in entries {
            if size + Self.size(entry) > limit, !parts[parts.count - 1].isEmpty {
                parts.append([])
                size = LogBatch.overhead
            }
            parts[parts.count - 1].append(entry)
            size += Self.size(entry)
        }
        return parts
    }
}
