import KeyValueCore

/// The watches of one stream: a value that gives numbers, and knows how far each watch has been told.
struct WatchStreamState<Handle> {
    struct Entry {
        var handle: Handle
        /// The first revision that the client asked for; 0: from now on.
        let start: Revision
        /// Everything up to this has been sent.
        var sent: Revision
        var isCancelled = false
    }
    private var entries: [Int64: Entry] = [:]
    /// The numbers of watches that a compaction has ended; as with etcd they are taken until the client cancels them.
    private var compacted: Set<Int64> = []
    private var nextID: Int64 = 0
    /// A progress request that waits until every watch has been told this far.
    private var progressWanted: Revision?

    var count: Int { entries.count + compacted.count }
    var handles: [Handle] { entries.values.map(\.handle) }

    /// The number for a new watch: what the client wishes, or the next free one for 0. Nil if that number is in use.
    mutating func number(wished: Int64) -> Int64? {
        if wished != 0 { return isTaken(wished) ? nil : wished }
        while isTaken(nextID) { nextID += 1 }
        defer { nextID += 1 }
        return nextID
    }

    private func isTaken(_ id: Int64) -> Bool { entries[id] != nil || compacted.contains(id) }

    mutating func add(_ id: Int64, _ handle: Handle, from start: Revision = 0, sent: Revision) {
        entries[id] = Entry(handle: handle, start: start, sent: sent)
    }

    /// The watch could not begin, as its history is gone.
    mutating func addCompacted(_ id: Int64) { compacted.insert(id) }

    /// The watch goes on with another handle; false if it was cancelled in the meantime.
    mutating func replace(_ id: Int64, _ handle: Handle) -> Bool {
        guard entries[id]?.isCancelled == false else { return false }
        entries[id]?.handle = handle
        return true
    }

    /// The client cancels a watch that a compaction has ended; false if there is none of this number.
    mutating func cancelCompacted(_ id: Int64) -> Bool { compacted.remove(id) != nil }

    /// Whom to stop; nil if there is no such watch.
    mutating func cancel(_ id: Int64) -> Handle? {
        guard entries[id]?.isCancelled == false else { return nil }
        entries[id]?.isCancelled = true
        return entries[id]?.handle
    }

    func handle(_ id: Int64) -> Handle? { entries[id]?.handle }

    /// Everything of the watch up to this has been sent; nil if there is no such watch.
    func sent(_ id: Int64) -> Revision? { entries[id]?.sent }

    func isCancelled(_ id: Int64) -> Bool { entries[id]?.isCancelled ?? true }

    /// The watch is over, by a compaction if its history is gone; returns a progress that only it held up.
    mutating func remove(_ id: Int64, isCompacted: Bool = false) -> Revision? {
        if isCompacted, !isCancelled(id) { compacted.insert(id) }
        entries[id] = nil
        return finishedProgress()
    }

    // MARK: Progress

    /// Whether the client waits for a progress of the whole stream.
    var awaitsProgress: Bool { progressWanted != nil }

    private var live: [Entry] { entries.values.filter { !$0.isCancelled } }

    /// The client asks how far the stream is, when the store is at `revision`: the watches that must catch up first.
    /// If there are none the answer is `finishedProgress`. Like etcd it answers nothing without watches, and nothing as
    /// long as one of them begins later: its client must not be told of revisions before its first.
    mutating func wantProgress(at revision: Revision) -> [Handle] {
        let live = live
        guard !live.isEmpty, live.allSatisfy({ $0.start <= revision }) else { return [] }
        progressWanted = max(revision, progressWanted ?? 0)
        return live.filter { $0.sent < revision }.map(\.handle)
    }

    /// Everything of a watch up to a revision has been sent; returns a progress to be sent after it.
    mutating func sent(_ id: Int64, upTo revision: Revision) -> Revision? {
        guard let before = entries[id]?.sent else { return nil }
        entries[id]?.sent = max(before, revision)
        return finishedProgress()
    }

    /// The revision that every watch has been told up to, if someone waits for it.
    mutating func finishedProgress() -> Revision? {
        guard let wanted = progressWanted else { return nil }
        let live = live
        guard live.allSatisfy({ $0.sent >= wanted }) else { return nil }
        progressWanted = nil
        return live.isEmpty ? nil : wanted
    }
}
