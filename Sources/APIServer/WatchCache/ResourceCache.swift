import APIMachinery
import Synchronization

/// One resource in memory: its objects in order and its recent changes. Watchers hold no queue of their own: each has a
/// cursor into the one log of changes, so a slow one costs nothing and is cut off when the log has passed it by. This is
/// the shell that locks; what is decided is decided by the values of `State`.
final class ResourceCache: Sendable {
    private typealias Wakes = WakeUps<CheckedContinuation<Void, Never>, @Sendable () -> Void>
    private struct State {
        var tree = ObjectTree()
        var log = ChangeLog()
        var unfed = UnfedWrites()
        var wakeUps = Wakes()
        /// Of those who ask for one value each.
        var pinnedWakeUps: [Pin.Key: Wakes] = [:]

        /// Does something to all tables, and forgets those in which nobody is left.
        mutating func wakeAll(
            _ body: (inout Wakes) -> (waiting: [CheckedContinuation<Void, Never>], polling: [@Sendable () -> Void])
        ) -> (waiting: [CheckedContinuation<Void, Never>], polling: [@Sendable () -> Void]) {
            var calls = body(&wakeUps)
            for key in pinnedWakeUps.keys {
                let more = body(&pinnedWakeUps[key, default: Wakes()])
                calls.waiting += more.waiting
                calls.polling += more.polling
                if pinnedWakeUps[key]?.isIdle == true { pinnedWakeUps[key] = nil }
            }
            return calls
        }
        /// The revision of the last change, or of the load.
        var revision: Int64 = 0
        /// What is not newer than this was there when the objects were loaded.
        var loaded: Int64 = 0
        var lastIdentity = 0
    }

    let resource: GroupResource
    private let state = Mutex(State())
    private let uptime: @Sendable () -> Int64
    /// Asks for a call of `wakeDue` in a moment.
    private let roundBecameDue: @Sendable () -> Void
    /// Called with the keys (nil: all) of which there is something newer to read, before anyone is told of it.
    typealias Follower = @Sendable (ResourceCache, [String]?) -> Void
    private let follower: Follower?

    init(
        _ resource: GroupResource, uptime: @escaping @Sendable () -> Int64, follower: Follower? = nil,
        roundBecameDue: @escaping @Sendable () -> Void
    ) {
        self.resource = resource
        self.uptime = uptime
        self.follower = follower
        self.roundBecameDue = roundBecameDue
    }

    // MARK: Reading

    func object(_ key: String) -> StoredObject? { state.withLock { $0.tree[key] } }

    /// The object as new as every acknowledged write of this server's.
    func newest(_ key: String) -> StoredObject? {
        state.withLock { state in
            switch state.unfed.find(key) {
            case .written(let object): object
            case .removed: nil
            case nil: state.tree[key]
            }
        }
    }

    /// The object that this server wrote at this revision, if the feed has not brought it yet.
    func written(_ key: String, at revision: Int64) -> StoredObject? {
        state.withLock { $0.unfed.written(key, at: revision) }
    }

    /// All objects whose key begins so, as new as every acknowledged write of this server's.
    func newest(below prefix: String) -> [StoredObject] {
        let (tree, unfed) = state.withLock { ($0.tree, $0.unfed.all(below: prefix)) }
        var objects: [StoredObject] = []
        tree.forEach(prefix: prefix) { object in
            if unfed[object.key] == nil { objects.append(object) }
            return true
        }
        for case .written(let object) in unfed.values { objects.append(object) }
        return objects
    }

    /// Says that a client is about to be told of this change of the object (nil: it was removed).
    func acknowledge(_ key: String, _ object: StoredObject?, _ revision: Int64) {
        state.withLock { $0.unfed.note(key, object, revision: revision, fed: $0.revision) }
        follower?(self, [key])
    }

    /// All objects, and a revision as of which they are complete (`reached` is how far the whole cache was before).
    func snapshot(reached: Int64) -> (tree: ObjectTree, revision: Int64) {
        state.withLock { ($0.tree, max(reached, $0.revision)) }
    }

    /// The same, and the cursor of a watcher that has seen just that.
    func snapshotForWatch(reached: Int64) -> (tree: ObjectTree, revision: Int64, cursor: ChangeLog.Cursor) {
        state.withLock { ($0.tree, max(reached, $0.revision), $0.log.cursorAtEnd) }
    }

    /// The cursor of a watcher that has seen everything up to `revision`; throws 410 when later changes are gone.
    func cursor(after revision: Int64) throws -> ChangeLog.Cursor {
        try state.withLock { try $0.log.cursor(after: revision) }
    }

    /// The next changes at the cursor, which moves behind them (see `ChangeLog`).
    func events(at cursor: inout ChangeLog.Cursor, of pin: Pin?, limit: Int, byteLimit: Int) throws -> [CacheEvent] {
        let (events, next) = try state.withLock {
            try $0.log.events(at: cursor, of: pin, limit: limit, byteLimit: byteLimit)
        }
        cursor.sequence = next
        guard cursor.after > 0 else { return events }
        return events.filter { $0.revision > cursor.after }
    }

    /// The same as text; nil when there are none.
    func text(at cursor: inout ChangeLog.Cursor, prefix: String, limit: Int, byteLimit: Int) throws -> [UInt8]? {
        let (text, next) = try state.withLock {
            try $0.log.text(at: cursor, prefix: prefix, limit: limit, byteLimit: byteLimit)
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
                objectCount: state.tree.count, revision: state.revision, eventCount: state.log.eventCount,
                loadCount: state.log.epoch)
        }
    }

    // MARK: Waiting

    /// A watcher comes or goes who asks for one value alone.
    func pin(_ pin: Pin, at cursor: ChangeLog.Cursor) { state.withLock { $0.log.pin(pin, at: cursor) } }
    func unpin(_ pin: Pin) { state.withLock { $0.log.unpin(pin) } }

    /// A number for a watcher, to wait and to be woken by.
    func newIdentity() -> Int {
        state.withLock { state in
            state.lastIdentity += 1
            return state.lastIdentity
        }
    }

    /// Returns when there is a change at the cursor, the deadline (by `uptime`) has passed, or `wake` is called.
    func wait(
        _ identity: Int, at cursor: ChangeLog.Cursor, of pin: Pin?, until deadline: Int64,
        isClosed: @Sendable () -> Bool
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if isClosed() || Task.isCancelled || state.log.backlog(at: cursor, of: pin, limit: 1) != 0 {
                        return true
                    }
                    if let pin {
                        state.pinnedWakeUps[pin.key, default: Wakes()].wait(identity, until: deadline, continuation)
                    } else {
                        state.wakeUps.wait(identity, until: deadline, continuation)
                    }
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            wake(identity, pin)
        }
    }

    /// Has `ready` called, once, when there is a change at the cursor, the deadline has passed, or `wake` is called; false
    /// when it is worth while to look at once. On a busy resource all who ask so are called in rounds.
    func call(
        _ identity: Int, at cursor: ChangeLog.Cursor, of pin: Pin?, until deadline: Int64, isClosed: () -> Bool,
        backlog: Int,
        _ ready: @escaping @Sendable () -> Void
    ) -> Bool {
        let answer = state.withLock { state in
            guard !isClosed(), let count = state.log.backlog(at: cursor, of: pin, limit: backlog) else {
                return Wakes.Answer.lookAtOnce
            }
            if let pin {
                return state.pinnedWakeUps[pin.key, default: Wakes()].poll(
                    identity, until: deadline, count: count, backlog: backlog, now: uptime(), ready)
            }
            return state.wakeUps.poll(
                identity, until: deadline, count: count, backlog: backlog, now: uptime(), ready)
        }
        guard case .taken(let asksForRound) = answer else { return false }
        if asksForRound { roundBecameDue() }
        return true
    }

    func wake(_ identity: Int, _ pin: Pin?) {
        let (waiting, polling) = state.withLock { state in
            guard let pin else { return state.wakeUps.take(identity) }
            defer { if state.pinnedWakeUps[pin.key]?.isIdle == true { state.pinnedWakeUps[pin.key] = nil } }
            return state.pinnedWakeUps[pin.key]?.take(identity) ?? (nil, nil)
        }
        waiting?.resume()
        polling?()
    }

    /// Calls the watchers of a round that has become due and whose time has come; whether one is still due.
    func wakeDue() -> Bool {
        let (calls, isDue) = state.withLock { state in
            let now = uptime()
            let calls = state.wakeAll { wakes in ([], wakes.takeDue(at: now)) }.polling
            return (calls, state.wakeUps.isDue || state.pinnedWakeUps.values.contains(where: \.isDue))
        }
        for call in calls { call() }
        return isDue
    }

    /// Wakes the watchers whose deadline has passed.
    func tick(uptime: Int64) {
        let (waiting, polling) = state.withLock { state in state.wakeAll { $0.expire(at: uptime) } }
        for continuation in waiting { continuation.resume() }
        for call in polling { call() }
    }

    // MARK: What the feed does

    /// Starts anew with these objects, all as of `revision`; every watcher is cut off.
    func load(_ objects: [StoredObject], revision: Int64) {
        let (waiting, polling) = state.withLock { state in
            state.tree = ObjectTree()
            for object in objects { state.tree.insert(object) }
            state.log.begin(at: revision)
            state.unfed.load(revision: revision)
            state.revision = revision
            state.loaded = revision
            return state.wakeAll { $0.upheaval(at: uptime()) }
        }
        follower?(self, nil)
        for continuation in waiting { continuation.resume() }
        for call in polling { call() }
    }

    /// One change as the store tells it: the object's new bytes, or nil for a deletion.
    struct Change: Sendable {
        var key: String
        var object: StoredObject?
        var revision: Int64
    }

    /// Takes changes of whole revisions, in order; those that the load had are left out.
    func apply(_ changes: [Change]) {
        let (waiting, polling, asksForRound) = state.withLock { state in
            var concerned: Set<Pin.Key> = []
            for change in changes where change.revision > state.loaded {
                state.revision = max(state.revision, change.revision)
                state.unfed.feed(change.key, revision: change.revision)
                if let object = change.object {
                    let previous = state.tree.insert(object)
                    concerned.formUnion(
                        state.log.append(
                            CacheEvent(kind: previous == nil ? .added : .modified, object: object, previous: previous)))
                } else if let previous = state.tree.remove(change.key) {
                    concerned.formUnion(
                        state.log.append(
                            CacheEvent(
                                kind: .deleted, object: previous.deleted(at: change.revision), previous: previous)))
                }
            }
            state.log.trim()
            var calls = state.wakeUps.news(at: uptime())
            for key in concerned where state.pinnedWakeUps[key] != nil {
                guard let more = state.pinnedWakeUps[key]?.news(at: uptime()) else { continue }
                calls.waiting += more.waiting
                calls.polling += more.polling
                calls.asksForRound = calls.asksForRound || more.asksForRound
            }
            return calls
        }
        follower?(self, changes.map(\.key))
        for continuation in waiting { continuation.resume() }
        for call in polling { call() }
        if asksForRound { roundBecameDue() }
    }

    /// The resource is served no longer: every watch of it ends.
    func finish() {
        let (waiting, polling) = state.withLock { state in
            state.log.finish()
            return state.wakeAll { $0.upheaval(at: uptime()) }
        }
        for continuation in waiting { continuation.resume() }
        for call in polling { call() }
    }
}
