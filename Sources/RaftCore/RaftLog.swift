/// The entries that are not applied yet, and the positions before and after them.
struct RaftLog: Sendable {
    /// The last applied entry; the entries follow it.
    private(set) var applied: LogPosition
    private var entries: ArraySlice<Entry> = []
    /// Entries up to this are on this member's disk.
    private(set) var persisted: Index
    private(set) var committed: Index

    /// A log of which everything given is on disk.
    init(applied: LogPosition, entries: [Entry], committed: Index) {
        self.applied = applied
        self.entries = entries[...]
        persisted = entries.last?.index ?? applied.index
        self.committed = max(committed, applied.index)
    }

    var last: LogPosition {
        entries.last.map { LogPosition(index: $0.index, term: $0.term) } ?? applied
    }

    /// Nil for an entry that is applied or not there.
    func term(at index: Index) -> Term? {
        if index == applied.index { return applied.term }
        guard index > applied.index, index <= last.index else { return nil }
        return entries[entries.startIndex + Int(index - applied.index) - 1].term
    }

    mutating func append(_ new: [Entry]) { entries.append(contentsOf: new) }

    mutating func persisted(upTo index: Index) { persisted = max(persisted, min(index, last.index)) }

    mutating func commit(upTo index: Index) { committed = max(committed, min(index, last.index)) }

    /// Takes the entries that are committed and not applied.
    mutating func takeCommitted() -> [Entry] {
        guard committed > applied.index else { return [] }
        let count = Int(committed - applied.index)
        let taken = Array(entries.prefix(count))
        entries.removeFirst(count)
        if entries.isEmpty { entries = [] }
        if let last = taken.last { applied = LogPosition(index: last.index, term: last.term) }
        return taken
    }
}
