import APIMachinery
import Collections

/// The recent changes of one resource, for watchers that each stand at a place of their own: a value that knows no lock
/// and no clock. Its life: `begin` opens it and voids all cursors before; `append` and `trim` move its window on;
/// `finish` ends it for good.
struct ChangeLog: Sendable {
    /// Where a watcher stands: the number of the next change it has not seen.
    struct Cursor: Sendable, Equatable {
        var epoch: Int
        var sequence: Int
        /// Changes up to this revision are skipped.
        var after: Int64
    }
    /// Whether there will be changes. A finished log stays finished.
    enum Life: Sendable { case open, finished }
    /// The resource is served no longer.
    struct Finished: Error {}

    /// The log keeps at most this many changes.
    static let eventLimit = 32_768
    /// The log keeps at most this much text.
    static let eventBytesLimit = 64 << 20

    private let eventLimit: Int
    private let eventBytesLimit: Int
    private var events = Deque<CacheEvent>()
    private var eventBytes = 0
    private var firstSequence = 0
    private(set) var life = Life.open
    /// Every later change of this resource is in the log.
    private(set) var completeAfter: Int64 = 0
    /// Counts beginnings: cursors of an earlier one are void.
    private(set) var epoch = 0
    /// What the last watcher was given, for those that stand at the same place.
    private var lastText: (from: Int, to: Int, prefix: String, text: [UInt8]) = (0, 0, "", [])

    /// For watchers who ask for one value each.
    private var pinned: [Pin.Kind: PinnedChanges] = [:]

    init(eventLimit: Int = Self.eventLimit, eventBytesLimit: Int = Self.eventBytesLimit) {
        self.eventLimit = eventLimit
        self.eventBytesLimit = eventBytesLimit
    }

    private var end: Int { firstSequence + events.count }
    /// Changes since the start, those that are forgotten among them.
    var eventCount: Int { end }

    // MARK: What the feed brings

    /// Starts anew with what is there as of `revision`; every watcher is cut off.
    mutating func begin(at revision: Int64) {
        firstSequence = end
        events.removeAll()
        eventBytes = 0
        completeAfter = revision
        epoch += 1
        let start = end
        for kind in pinned.keys { pinned[kind]?.begin(at: start) }
    }

    /// The values, of those that somebody watches, that the change concerns.
    @discardableResult
    mutating func append(_ event: CacheEvent) -> [Pin.Key] {
        let number = end
        events.append(event)
        eventBytes += event.object.text.count
        var concerned: [Pin.Key] = []
        for kind in pinned.keys {
            for value in pinned[kind]?.append(event, number) ?? [] {
                concerned.append(Pin.Key(kind: kind, value: value))
            }
        }
        return concerned
    }

    /// Forgets the oldest changes beyond the limits.
    mutating func trim() {
        while events.count > eventLimit || eventBytes > eventBytesLimit, let first = events.popFirst() {
            firstSequence += 1
            eventBytes -= first.object.text.count
            completeAfter = first.revision
        }
        let oldest = firstSequence
        for kind in pinned.keys { pinned[kind]?.forget(before: oldest) }
    }

    mutating func finish() { life = .finished }

    // MARK: Cursors

    /// The cursor of a watcher that has seen everything so far.
    var cursorAtEnd: Cursor { Cursor(epoch: epoch, sequence: end, after: 0) }

    /// The cursor of a watcher that has seen everything up to `revision`; throws 410 when later changes are gone.
    func cursor(after revision: Int64) throws -> Cursor {
        guard revision >= completeAfter else { throw StatusError.tooOld(revision, oldest: completeAfter) }
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if events[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return Cursor(epoch: epoch, sequence: firstSequence + low, after: revision)
    }

    /// How many changes there are at the cursor; nil when the watcher had better look, for the log has begun anew or is
    /// finished.
    func backlog(at cursor: Cursor) -> Int? {
        guard life == .open, cursor.epoch == epoch else { return nil }
        return end - cursor.sequence
    }

    private func place(of cursor: Cursor) throws -> Int {
        guard life == .open else { throw Finished() }
        guard cursor.epoch == epoch, cursor.sequence >= firstSequence else {
            throw StatusError.tooOld(cursor.after, oldest: completeAfter)
        }
        return cursor.sequence
    }

    // MARK: Watchers of one value

    /// A watcher comes who asks for one value alone, and stands at the cursor; he goes by `unpin`.
    mutating func pin(_ pin: Pin, at cursor: Cursor) {
        var changes = pinned[pin.key.kind].take() ?? PinnedChanges(from: end, pin.read)
        changes.enter(pin.key.value, at: cursor.sequence, oldest: firstSequence)
        pinned[pin.key.kind] = changes
    }
    mutating func unpin(_ pin: Pin) {
        pinned[pin.key.kind]?.leave(pin.key.value)
        if pinned[pin.key.kind]?.isIdle == true { pinned[pin.key.kind] = nil }
    }

    /// As `backlog`; what concerns others may be counted, too.
    func backlog(at cursor: Cursor, of pin: Pin?, limit: Int) -> Int? {
        guard let pin, let index = pinned[pin.key.kind], cursor.sequence >= index.start else {
            return backlog(at: cursor)
        }
        guard life == .open, cursor.epoch == epoch, index.isComplete(pin.key.value, from: cursor.sequence) else {
            return nil
        }
        return index.changes(of: pin.key.value, from: cursor.sequence, limit: limit).count
    }

    /// As `events`, without what does not concern the value, as far as that is known.
    func events(at cursor: Cursor, of pin: Pin?, limit: Int, byteLimit: Int) throws -> (events: [CacheEvent], next: Int)
    {
        guard let pin, let index = pinned[pin.key.kind], cursor.sequence >= index.start, cursor.epoch == epoch,
            life == .open
        else { return try events(at: cursor, limit: limit, byteLimit: byteLimit) }
        guard index.isComplete(pin.key.value, from: cursor.sequence) else {
            throw StatusError.tooOld(cursor.after, oldest: completeAfter)
        }
        var found: [CacheEvent] = []
        var bytes = 0
        for number in index.changes(of: pin.key.value, from: cursor.sequence, limit: limit) {
            let event = events[number - firstSequence]
            found.append(event)
            bytes += event.object.text.count
            if bytes >= byteLimit || found.count == limit { return (found, number + 1) }
        }
        return (found, end)
    }

    // MARK: Reading

    /// The next changes, at most `limit` and as many as make `byteLimit` full (at least one), and where the cursor stands
    /// then; throws 410 when the log has passed the cursor by, and `Finished`.
    func events(at cursor: Cursor, limit: Int, byteLimit: Int) throws -> (events: [CacheEvent], next: Int) {
        let from = try place(of: cursor) - firstSequence
        let last = min(events.count, from + limit)
        guard from < last else { return ([], cursor.sequence) }
        var to = from
        var bytes = 0
        while to < last, bytes < byteLimit {
            bytes += events[to].object.text.count
            to += 1
        }
        return (Array(events[from..<to]), firstSequence + to)
    }

    /// The next changes of a namespace (or of all, with an empty prefix) as the lines that a watcher gets, at most `limit`
    /// changes or about `byteLimit`, and where the cursor stands then; no text when there are none. Watchers at the same
    /// place share the text. Throws as `events`.
    mutating func text(
        at cursor: Cursor, prefix: String, limit: Int, byteLimit: Int
    ) throws -> (text: [UInt8]?, next: Int) {
        var from = try place(of: cursor)
        while from < end, events[from - firstSequence].revision <= cursor.after { from += 1 }
        guard from < end else { return (nil, from) }
        if lastText.from == from, lastText.to == end, lastText.prefix == prefix { return (lastText.text, lastText.to) }
        var text: [UInt8] = []
        var to = from
        while to < end, to - from < limit, text.count < byteLimit {
            let event = events[to - firstSequence]
            if prefix.isEmpty || event.object.key.utf8.starts(with: prefix.utf8) { event.appendLine(to: &text) }
            to += 1
        }
        lastText = (from, to, prefix, text)
        return (text, to)
    }
}

extension StatusError {
    /// 410: the changes since this revision are gone; list again.
    static func tooOld(_ revision: Int64, oldest: Int64) -> StatusError {
        StatusError(
            code: 410, reason: .expired, message: "too old resource version: \(revision) (\(oldest))")
    }
}
