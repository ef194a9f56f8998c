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
        /// Counts loads: cursors of an earlier one are void.
        var epoch = 0
        var waiting: [Int: (deadline: Int64, continuation: CheckedContinuation<Void, Never>)] = [:]
        var nextIdentity = 0
    }

    let resource: GroupResource
    private let state = Mutex(State())

    init(_ resource: GroupResource) { self.resource = resource }

    // MARK: Reading

    func object(_ key: String) -> StoredObject? { state.withLock { $0.tree[key] } }

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

    func wake(_ identity: Int) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: identity) }
        waiting?.continuation.resume()
    }

    // MARK: What the feed does

    /// Starts anew with these objects, all as of `revision`; every watcher is cut off.
    func load(_ objects: [StoredObject], revision: Int64) {
        let waiting = state.withLock { state in
            state.tree = ObjectTree()
            for object in objects { state.tree.insert(object) }
            state.firstSequence += state.events.count
            state.events.removeAll()
            state.eventBytes = 0
            state.completeAfter = revision
            state.revision = revision
            state.epoch += 1
            return Self.takeAll(&state)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// One change as the store tells it: the object's new bytes, or nil for a deletion.
    struct Change {
        var key: String
        var object: StoredObject?
        var revision: Int64
    }

    /// Takes changes of whole revisions, in order.
    func apply(_ changes: [Change]) {
        let waiting = state.withLock { state in
            for change in changes {
                state.revision = max(state.revision, change.revision)
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
            return Self.takeAll(&state)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Wakes the watchers whose deadline has passed.
    func tick(uptime: Int64) {
        let due = state.withLock { state in
            let due = state.waiting.filter { $0.value.deadline <= uptime }
            for identity in due.keys { state.waiting[identity] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
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
