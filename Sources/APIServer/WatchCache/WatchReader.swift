import APIMachinery
import Synchronization

/// One watch: the objects that were there, then every change, from a cursor into the resource's log.
final class WatchReader: Sendable {
    /// Changes taken from the log at a time.
    static let batchLimit = 512
    /// Text taken from the log at a time, roughly, so that a watcher who takes nothing holds no more than this and one
    /// object.
    static let batchBytes = 64 << 10
    /// How often a watch that asked for bookmarks gets one.
    static let bookmarkSeconds: Int64 = 60

    enum Piece: Sendable {
        /// An object that was there when the watch began.
        case initial(StoredObject)
        case event(CacheEvent.Kind, CacheEvent)
        /// Several changes as the lines that a client gets; only for who asks for text.
        case text([UInt8])
        case bookmark(Int64, endsInitialEvents: Bool)
        /// The last piece: why the watch cannot go on.
        case failure(StatusError)
    }

    private struct State {
        var initial: [StoredObject]
        var initialIndex = 0
        /// The revision for the bookmark that ends the initial objects; nil when none is wanted or it was sent.
        var initialBookmark: Int64?
        var cursor: ChangeLog.Cursor
        var nextBookmark: Int64
        var isOver = false
    }

    private let cache: ResourceCache
    private let watchCache: WatchCache
    private let selection: Selection
    private let counted: CountedWatch
    private let identity: Int
    private let uptime: @Sendable () -> Int64
    private let sendsBookmarks: Bool
    private let deadline: Int64
    private let isCancelled = Atomic<Bool>(false)
    private let state: Mutex<State>

    /// `deadline` is in nanoseconds of `uptime`.
    init(
        _ cache: ResourceCache, of watchCache: WatchCache, selection: Selection, initial: [StoredObject],
        initialBookmark: Int64?, cursor: ChangeLog.Cursor, sendsBookmarks: Bool, deadline: Int64,
        uptime: @escaping @Sendable () -> Int64, counted: CountedWatch
    ) {
        self.cache = cache
        self.counted = counted
        self.watchCache = watchCache
        self.selection = selection
        self.identity = cache.newIdentity()
        self.uptime = uptime
        self.sendsBookmarks = sendsBookmarks
        self.deadline = deadline
        self.state = Mutex(
            State(
                initial: initial, initialBookmark: initialBookmark, cursor: cursor,
                nextBookmark: uptime() + Self.bookmarkSeconds * 1_000_000_000))
        if let pin = selection.pin { cache.pin(pin, at: cursor) }
    }

    deinit { if let pin = selection.pin { cache.unpin(pin) } }

    func cancel() {
        isCancelled.store(true, ordering: .sequentiallyConsistent)
        cache.wake(identity, selection.pin)
    }

    /// The next pieces, at least one; nil at the end. One caller at a time.
    func next() async -> [Piece]? {
        while !isCancelled.load(ordering: .sequentiallyConsistent) {
            let (pieces, cursor, wakeAt, isOver) = taken(asText: false)
            if !pieces.isEmpty { return pieces }
            if isOver || Task.isCancelled { return nil }
            await cache.wait(identity, at: cursor, of: selection.pin, until: wakeAt) {
                self.isCancelled.load(ordering: .sequentiallyConsistent)
            }
        }
        return nil
    }

    /// Whether changes may be had as text: the watcher sees all of a namespace, or of the resource, as it is.
    var seesAll: Bool { selection.isWholeNamespace }

    /// The next pieces without waiting, changes as text; nil at the end. When there are none `ready` is called, once and on
    /// any thread, as soon as asking again is worth while. One caller at a time.
    func poll(_ ready: @escaping @Sendable () -> Void) -> [Piece]? {
        while !isCancelled.load(ordering: .sequentiallyConsistent) {
            let (pieces, cursor, wakeAt, isOver) = taken(asText: seesAll)
            if !pieces.isEmpty { return pieces }
            if isOver { return nil }
            let isTaken = cache.call(
                identity, at: cursor, of: selection.pin, until: wakeAt,
                isClosed: { self.isCancelled.load(ordering: .sequentiallyConsistent) }, backlog: Self.batchLimit, ready)
            if isTaken { return [] }
        }
        return nil
    }

    private func taken(
        asText: Bool
    ) -> (pieces: [Piece], cursor: ChangeLog.Cursor, wakeAt: Int64, isOver: Bool) {
        state.withLock { state in
            let pieces = take(&state, asText)
            if !pieces.isEmpty { counted.sent(pieces) }
            return (pieces, state.cursor, min(deadline, sendsBookmarks ? state.nextBookmark : deadline), state.isOver)
        }
    }

    private func take(_ state: inout State, _ asText: Bool) -> [Piece] {
        if state.isOver { return [] }
        if state.initialIndex < state.initial.count {
            let end = endOfInitialBatch(state)
            let pieces = state.initial[state.initialIndex..<end].map { Piece.initial($0) }
            state.initialIndex = end
            if end == state.initial.count {
                state.initial = []
                state.initialIndex = 0
            }
            return pieces
        }
        if let revision = state.initialBookmark {
            state.initialBookmark = nil
            return [.bookmark(revision, endsInitialEvents: true)]
        }
        do {
            // Read before the log, so that a bookmark never runs ahead of what was delivered.
            let reached = watchCache.reached
            var pieces: [Piece] = []
            while asText {
                let text = try cache.text(
                    at: &state.cursor, prefix: selection.prefix, limit: Self.batchLimit, byteLimit: Self.batchBytes)
                guard let text else { break }
                if !text.isEmpty { return [.text(text)] }
            }
            while !asText {
                let events = try cache.events(
                    at: &state.cursor, of: selection.pin, limit: Self.batchLimit, byteLimit: Self.batchBytes)
                if events.isEmpty { break }
                pieces = events.compactMap { event in selected(event).map { Piece.event($0, event) } }
                if !pieces.isEmpty { return pieces }
            }
            let now = uptime()
            if now >= deadline {
                state.isOver = true
                return sendsBookmarks ? [.bookmark(reached, endsInitialEvents: false)] : []
            }
            if sendsBookmarks, now >= state.nextBookmark {
                state.nextBookmark = now + Self.bookmarkSeconds * 1_000_000_000
                return [.bookmark(reached, endsInitialEvents: false)]
            }
            return []
        } catch is ChangeLog.Finished {
            state.isOver = true
            return []
        } catch {
            state.isOver = true
            return [.failure((error as? StatusError) ?? .internalError("\(error)"))]
        }
    }

    private func endOfInitialBatch(_ state: State) -> Int {
        var end = state.initialIndex
        var bytes = 0
        while end < state.initial.count, end - state.initialIndex < Self.batchLimit, bytes < Self.batchBytes {
            bytes += state.initial[end].text.count
            end += 1
        }
        return end
    }

    /// How this watcher sees the change: what enters its selection is added, what leaves it is deleted.
    private func selected(_ event: CacheEvent) -> CacheEvent.Kind? {
        guard selection.covers(event.object.key) else { return nil }
        if selection.isWholeNamespace { return event.kind }
        let wasSelected = event.previous.map { selection.matches($0) } ?? false
        let isSelected = event.kind != .deleted && selection.matches(event.object)
        switch (wasSelected, isSelected) {
        case (false, true): return .added
        case (true, true): return .modified
        case (true, false): return .deleted
        case (false, false): return nil
        }
    }
}
