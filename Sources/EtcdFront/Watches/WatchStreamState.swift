import KeyValueCore

/// The watches of one stream: a value that gives numbers, and knows how far each watch has been told.
struct WatchStreamState<Handle> {
    struct Entry {
        var handle: Handle
        /// Everything up to this has been sent.
        var sent: Revision
        var isCancelled = false
    }
    private var entries: [Int64: Entry] = [:]
    private var nextID: Int64 = 0
    /// A progress request that waits until every watch has been told this far.
    private var progressWanted: Revision?

    var count: Int { entries.count }
    var handles: [Handle] { entries.values.map(\.handle) }

    /// The number for a new watch: what the client wishes, or the next free one for 0. Nil if that number is in use.
    mutating func number(wished: Int64) -> Int64? {
        if wished != 0 { return entries[wished] == nil ? wished : nil }
        while entries[nextID] != nil { nextID += 1 }
        defer { nextID += 1 }
        return nextID
    }

    mutating func add(_ id: Int64, _ handle: Handle, sent: Revision) {
        entries[id] = Entry(handle: handle, sent: sent)
    }

    /// The watch goes on with another handle; false if it was cancelled in the meantime.
    mutating func replace(_ id: Int64, _ handle: Handle) -> Bool {
        guard entries[id]?.isCancelled == false else { return false }
        entries[id]?.handle = handle
        return true
    }

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

    /// The watch is over; returns a progress that only it held up.
    mutating func remove(_ id: Int64) -> Revision? {
        entries[id] = nil
        return finishedProgress()
    }

    // MARK: Progress

    /// The client asks how far the stream is, when the store is at `revision`: the watches that must catch up first.
    /// If there are none the answer is `finishedProgress`.
    mutating func wantProgress(at revision: Revision) -> [Handle] {
        progressWanted = max(revision, progressWanted ?? 0)
        return entries.values.filter { $0.sent < revision && !$0.isCancelled }.map(\.handle)
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
        guard entries.values.allSatisfy({ $0.sent >= wanted || $0.isCancelled }) else { return nil }
        progressWanted = nil
        return wanted
    }
}
