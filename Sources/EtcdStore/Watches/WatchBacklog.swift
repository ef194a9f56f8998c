import KeyValueCore

/// What one watcher has not read yet: a value that says when to wake its reader, and with what.
struct WatchBacklog {
    enum State {
        /// Changes from this revision on are to be read from history first.
        case catchingUp(from: Revision)
        /// Registered: changes are put into `waiting` as they happen.
        case live
        case ended((any Error)?)
    }
    var state: State
    let limitBytes: Int
    /// Lists as they were given; none is empty.
    private var waiting: [[KeyValueEvent]] = []
    private var waitingBytes = 0
    /// Everything up to this is in `waiting` or was delivered.
    private(set) var seen: Revision = 0
    private var progressWanted = false

    init(from revision: Revision, limitBytes: Int) {
        state = .catchingUp(from: revision)
        self.limitBytes = limitBytes
    }

    /// More history is left, from this revision on.
    mutating func catchUp(from revision: Revision) {
        if case .catchingUp = state { state = .catchingUp(from: revision) }
    }

    /// What is not in `waiting` is to be read from history again.
    mutating func leaveLive() {
        if case .live = state { state = .catchingUp(from: seen + 1) }
    }

    /// Whether there is nothing to give the reader.
    var isIdle: Bool {
        if case .live = state { waiting.isEmpty && !progressWanted } else { false }
    }

    /// From now on changes after `revision` come by `append`.
    mutating func becomeLive(at revision: Revision) {
        guard case .catchingUp(let first) = state else { return }
        state = .live
        seen = max(seen, revision, first - 1)
    }

    /// Takes changes up to `revision`; ends the watch if its reader is too far behind.
    mutating func append(_ events: [KeyValueEvent], bytes: Int, upTo revision: Revision) {
        guard case .live = state, revision > seen else { return }
        waitingBytes += bytes
        if waitingBytes > limitBytes {
            end(StoreError.watcherTooSlow)
            return
        }
        let isNew = events.first.map { $0.current.modRevision > seen } ?? true
        let new = isNew ? events : events.filter { $0.current.modRevision > seen }
        if !new.isEmpty { waiting.append(new) }
        seen = revision
    }

    /// The store is at `revision`, and nothing of this watch's range is missing.
    mutating func advance(to revision: Revision) {
        if case .live = state { seen = max(seen, revision) }
    }

    mutating func wantProgress() { progressWanted = true }

    mutating func end(_ error: (any Error)?) {
        if case .ended = state { return }
        // What is waiting is still in order and complete, unless the reader was too slow to take it.
        if case StoreError.watcherTooSlow? = error as? StoreError { waiting = [] }
        state = .ended(error)
    }

    enum Answer {
        case batch(StoreWatchBatch)
        case ended((any Error)?)
        case catchUp(from: Revision)
        case wait
    }

    /// What the reader gets now.
    mutating func take() -> Answer {
        if !waiting.isEmpty {
            let events = waiting.count == 1 ? waiting[0] : waiting.flatMap { $0 }
            waiting.removeAll(keepingCapacity: waiting.count <= 4)
            waitingBytes = 0
            progressWanted = false
            return .batch(StoreWatchBatch(events: events, revision: seen))
        }
        switch state {
        case .ended(let error): return .ended(error)
        case .catchingUp(let revision): return .catchUp(from: revision)
        case .live:
            guard progressWanted else { return .wait }
            progressWanted = false
            return .batch(StoreWatchBatch(events: [], revision: seen))
        }
    }
}
