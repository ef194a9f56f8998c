import APIMachinery
import Collections
import Synchronization

/// One resource in memory: its objects in order and its recent changes. Watchers hold no queue of their own: each has a
/// cursor into the one log of changes, so a slow one costs nothing and is cut off when the log has passed it by.
final class ResourceCache: Sendable {
    /// The log keeps at most this many changes.
    static let eventLimit = 32_768
    /// The log keeps at most this much text.
    static let eventBytesLimit = 64 << 20
    /// What waking one polling watcher costs (writing to its connection), roughly. Between two rounds of waking as much
    /// time passes for each of them, so that they take half a processor at most; up to fifty are woken at once.
    static let nanosecondsPerCall: Int64 = 20_000
    static let shortestPause: Int64 = 1_000_000
    static let longestPause: Int64 = 50_000_000

    /// Where a watcher stands: the number of the next change it has not seen.
    struct Cursor: Sendable {
        var epoch: Int
        var sequence: Int
        /// Changes up to this revision are skipped.
        var after: Int64
    }

    private struct State {
        var tree = ObjectTree()
        var events = Deque<CacheEvent>()
        var firstSequence = 0
        var eventBytes = 0
        /// Every later change of this resource is in `events`.
        var completeAfter: Int64 = 0
        /// The revision of the last change, or of the load.
        var revision: Int64 = 0
        /// What writers were told of and the feed has not brought yet: objects as written, nil where removed.
        var acknowledged: [String: (revision: Int64, object: StoredObject?)] = [:]
        /// Counts loads: cursors of an earlier one are void.
        var epoch = 0
        var waiting: [Int: (deadline: Int64, continuation: CheckedContinuation<Void, Never>)] = [:]
        /// Watchers that are called when there is news, all of them in rounds.
        var polling: [Int: (deadline: Int64, ready: @Sendable () -> Void)] = [:]
        /// There is no round before this moment.
        var nextRound = Int64.min
        var roundIsDue = false
        var nextIdentity = 0
        /// What the last of them was given, for those that stand at the same place.
        var lastText: (from: Int, to: Int, prefix: String, text: [UInt8]) = (0, 0, "", [])
    }

    let resource: GroupResource
    private let state = Mutex(State())
    private let uptime: @Sendable () -> Int64
    /// Asks for a call of `wakeDue` in a moment.
    private let roundBecameDue: @Sendable () -> Void

    init(
        _ resource: GroupResource, uptime: @escaping @Sendable () -> Int64,
        roundBecameDue: @escaping @Sendable () -> Void
    ) {
        self.resource = resource
        self.uptime = uptime
        self.roundBecameDue = roundBecameDue
    }

    // MARK: Reading

    func object(_ key: String) -> StoredObject? { state.withLock { $0.tree[key] } }

    /// The object as new as every acknowledged write of this server's.
    func newest(_ key: String) -> StoredObject? {
        state.withLock { state in
            if !state.acknowledged.isEmpty, let written = state.acknowledged[key] { return written.object }
            return state.tree[key]
        }
    }

    /// Says that a client is about to be told of this change of the object (nil: it was removed).
    func acknowledge(_ key: String, _ object: StoredObject?, _ revision: Int64) {
        state.withLock { state in
            guard revision > state.revision, revision > state.acknowledged[key]?.revision ?? 0 else { return }
            state.acknowledged[key] = (revision, object)
        }
    }

    /// All objects, and a revision as of which they are complete (`reached` is how far the whole cache was before).
    func snapshot(reached: Int64) -> (tree: ObjectTree, revision: Int64) {
        state.withLock { ($0.tree, max(reached, $0.revision)) }
    }

    /// The same, and the cursor of a watcher that has seen just that.
    func snapshotForWatch(reached: Int64) -> (tree: ObjectTree, revision: Int64, cursor: Cursor) {
        state.withLock { state in
            let revision = max(reached, state.revision)
            let end = state.firstSequence + state.events.count
            return (state.tree, revision, Cursor(epoch: state.epoch, sequence: end, after: 0))
        }
    }

    /// The cursor of a watcher that has seen everything up to `revision`; throws 410 when later changes are gone.
    func cursor(after revision: Int64) throws -> Cursor {
        try state.withLock { state in
            guard revision >= state.completeAfter else {
                throw StatusError.tooOld(revision, oldest: state.completeAfter)
            }
            var low = 0
            var high = state.events.count
            while low < high {
                let middle = (low + high) / 2
                if state.events[middle].revision <= revision { low = middle + 1 } else { high = middle }
            }
            return Cursor(epoch: state.epoch, sequence: state.firstSequence + low, after: revision)
        }
    }

    /// The next changes, at most `limit` and as many as make `byteLimit` full (at least one), and moves the cursor behind
    /// them; throws 410 when the log has passed it by.
    func events(at cursor: inout Cursor, limit: Int, byteLimit: Int) throws -> [CacheEvent] {
        let (events, next): ([CacheEvent], Int) = try state.withLock { state in
            guard cursor.epoch == state.epoch, cursor.sequence >= state.firstSequence else {
                throw StatusError.tooOld(cursor.after, oldest: state.completeAfter)
            }
            let from = cursor.sequence - state.firstSequence
            let end = min(state.events.count, from + limit)
            guard from < end else { return ([], cursor.sequence) }
            var to = from
            var bytes = 0
            while to < end, bytes < byteLimit {
                bytes += state.events[to].object.text.count
                to += 1
            }
            return (Array(state.events[from..<to]), state.firstSequence + to)
        }
        cursor.sequence = next
        guard cursor.after > 0 else { return events }
        return events.filter { $0.revision > cursor.after }
    }

    /// The next changes of a namespace (or of all, with an empty prefix) as the lines that a watcher gets, at most
    /// `limit` changes or about `limitBytes`, and moves the cursor behind them; nil when there are none. Watchers at the
    /// same place share the text. Throws 410 when the log has passed the cursor by.
    func text(at cursor: inout Cursor, prefix: String, limit: Int, limitBytes: Int) throws -> [UInt8]? {
        let (text, next): ([UInt8]?, Int) = try state.withLock { state in
            guard cursor.epoch == state.epoch, cursor.sequence >= state.firstSequence else {
                throw StatusError.tooOld(cursor.after, oldest: state.completeAfter)
            }
            var from = cursor.sequence
            let end = state.firstSequence + state.events.count
            while from < end, state.events[from - state.firstSequence].revision <= cursor.after { from += 1 }
            guard from < end else { return (nil, from) }
            let last = state.lastText
            if last.from == from, last.to == end, last.prefix == prefix { return (last.text, last.to) }
            var text: [UInt8] = []
            var to = from
            while to < end, to - from < limit, text.count < limitBytes {
                let event = state.events[to - state.firstSequence]
                if prefix.isEmpty || event.object.key.utf8.starts(with: prefix.utf8) { event.appendLine(to: &text) }
                to += 1
            }
            state.lastText = (from, to, prefix, text)
            return (text, to)
        }
        cursor.sequence = next
        return text
    }

    /// What there is and has been.
    struct Figures: Sendable {
        var objectCount: Int
        var revision: Int64
        /// Changes since the start.
        var eventCount: Int
        var loadCount: Int
    }
    var figures: Figures {
        state.withLock { state in
            Figures(
                objectCount: state.tree.count, revision: state.revision,
                eventCount: state.firstSequence + state.events.count, loadCount: state.epoch)
        }
    }

    /// A number for a watcher, to wait and to be woken by.
    func newIdentity() -> Int {
        state.withLock { state in
            state.nextIdentity += 1
            return state.nextIdentity
        }
    }

    /// Returns when there is a change at the cursor, the deadline (by `uptime`) has passed, or `wake` is called.
    func wait(_ identity: Int, at cursor: Cursor, until deadline: Int64, isClosed: @Sendable () -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if isClosed() || Task.isCancelled || state.epoch != cursor.epoch
                        || cursor.sequence != state.firstSequence + state.events.count
                    {
                        return true
                    }
                    state.waiting[identity] = (deadline, continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            wake(identity)
        }
    }

    /// Has `ready` called, once, when there is a change at the cursor, the deadline has passed, or `wake` is called; false
    /// when it is worth while to look at once. On a busy resource all who ask so are called in rounds.
    func call(
        _ identity: Int, at cursor: Cursor, until deadline: Int64, isClosed: () -> Bool, backlog: Int,
        _ ready: @escaping @Sendable () -> Void
    ) -> Bool {
        let (isTaken, isDue) = state.withLock { state in
            if isClosed() || state.epoch != cursor.epoch { return (false, false) }
            let count = state.firstSequence + state.events.count - cursor.sequence
            if count != 0, count >= backlog || uptime() >= state.nextRound { return (false, false) }
            state.polling[identity] = (deadline, ready)
            defer { state.roundIsDue = state.roundIsDue || count != 0 }
            return (true, count != 0 && !state.roundIsDue)
        }
        if isDue { roundBecameDue() }
        return isTaken
    }

    func wake(_ identity: Int) {
        let (waiting, polling) = state.withLock { state in
            (state.waiting.removeValue(forKey: identity), state.polling.removeValue(forKey: identity))
        }
        waiting?.continuation.resume()
        polling?.ready()
    }

    /// Calls the watchers of a round that has become due and whose time has come; whether one is still due.
    func wakeDue() -> Bool {
        let (calls, isDue) = state.withLock { state in
            state.roundIsDue ? (takeRound(&state), state.roundIsDue) : ([], false)
        }
        for call in calls { call() }
        return isDue
    }

    /// All watchers that poll, if a round may begin now; else it is due.
    private func takeRound(_ state: inout State) -> [@Sendable () -> Void] {
        guard !state.polling.isEmpty else {
            state.roundIsDue = false
            return []
        }
        let now = uptime()
        state.roundIsDue = now < state.nextRound
        if state.roundIsDue { return [] }
        let calls = state.polling.values.map(\.ready)
        state.polling.removeAll(keepingCapacity: true)
        let pause = Int64(calls.count) * Self.nanosecondsPerCall
        state.nextRound = pause < Self.shortestPause ? .min : now + min(pause, Self.longestPause)
        return calls
    }

    // MARK: What the feed does

    /// Starts anew with these objects, all as of `revision`; every watcher is cut off.
    func load(_ objects: [StoredObject], revision: Int64) {
        let (waiting, calls) = state.withLock { state in
            state.tree = ObjectTree()
            for object in objects { state.tree.insert(object) }
            state.firstSequence += state.events.count
            state.events.removeAll()
            state.eventBytes = 0
            state.completeAfter = revision
            state.revision = revision
            state.acknowledged = state.acknowledged.filter { $0.value.revision > revision }
            state.epoch += 1
            state.nextRound = .min
            return (Self.takeAll(&state), takeRound(&state))
        }
        for continuation in waiting { continuation.resume() }
        for call in calls { call() }
    }

    /// One change as the store tells it: the object's new bytes, or nil for a deletion.
    struct Change {
        var key: String
        var object: StoredObject?
        var revision: Int64
    }

    /// Takes changes of whole revisions, in order.
    func apply(_ changes: [Change]) {
        let (waiting, calls, isDue) = state.withLock { state in
            for change in changes {
                state.revision = max(state.revision, change.revision)
                if let written = state.acknowledged[change.key], written.revision <= change.revision {
                    state.acknowledged[change.key] = nil
                }
                let event: CacheEvent
                if let object = change.object {
                    let previous = state.tree.insert(object)
                    event = CacheEvent(kind: previous == nil ? .added : .modified, object: object, previous: previous)
                } else {
                    guard let previous = state.tree.remove(change.key) else { continue }
                    event = CacheEvent(
                        kind: .deleted, object: previous.deleted(at: change.revision), previous: previous)
                }
                state.events.append(event)
                state.eventBytes += event.object.text.count
            }
            while state.events.count > Self.eventLimit || state.eventBytes > Self.eventBytesLimit,
                let first = state.events.popFirst()
            {
                state.firstSequence += 1
                state.eventBytes -= first.object.text.count
                state.completeAfter = first.revision
            }
            let wasDue = state.roundIsDue
            let calls = takeRound(&state)
            return (Self.takeAll(&state), calls, state.roundIsDue && !wasDue)
        }
        for continuation in waiting { continuation.resume() }
        for call in calls { call() }
        if isDue { roundBecameDue() }
    }

    /// Wakes the watchers whose deadline has passed.
    func tick(uptime: Int64) {
        let (due, calls) = state.withLock { state in
            let due = state.waiting.filter { $0.value.deadline <= uptime }
            for identity in due.keys { state.waiting[identity] = nil }
            let calls = state.polling.filter { $0.value.deadline <= uptime }
            for identity in calls.keys { state.polling[identity] = nil }
            return (due.values.map(\.continuation), calls.values.map(\.ready))
        }
        for continuation in due { continuation.resume() }
        for call in calls { call() }
    }

    private static func takeAll(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        guard !state.waiting.isEmpty else { return [] }
        let all = state.waiting.values.map(\.continuation)
        state.waiting.removeAll(keepingCapacity: true)
        return all
    }
}

extension StatusError {
    /// 410: the changes since this revision are gone; list again.
    static func tooOld(_ revision: Int64, oldest: Int64) -> StatusError {
        StatusError(
            code: 410, reason: .expired, message: "too old resource version: \(revision) (\(oldest))")
    }
}
