import Basics
import Collections

/// What came of one turn at a key.
public struct Turn: Sendable, Equatable {
    public enum Outcome: Sendable, Equatable {
        /// Nothing was wanted.
        case idle
        /// At least one change had effect.
        case changed
        /// Changes were wanted, and none had effect.
        case fruitless
        case failed
    }
    public var outcome: Outcome
    /// Look again after this long, whatever happens until.
    public var again: Duration?
    /// Revisions that this turn wrote: news of them alone does not bring a key back before its back-off.
    public var wrote: Set<Int64>

    public init(_ outcome: Outcome, again: Duration? = nil, wrote: Set<Int64> = []) {
        self.outcome = outcome
        self.again = again
        self.wrote = wrote
    }
}

/// What a work queue has counted since it was made.
public struct WorkQueueCounts: Sendable, Equatable {
    /// Keys put in, those that were in it already included.
    public var adds = 0
    /// Keys handed out.
    public var turns = 0
    /// Turns that failed.
    public var retries = 0
    /// Turns that changed nothing and yet wanted another: a loop at odds with what it writes to shows here.
    public var fruitlessTurns = 0
}

/// Keys to look at, as a value: each key once however often it is added, never handed out while it is being worked on,
/// later again when asked to. A key whose turn failed, or changed nothing and yet wants another, backs off: 5 ms
/// doubling to 1,000 s, unless somebody else changes something that concerns it.
public struct WorkQueue<Key: Hashable & Sendable>: Sendable {
    /// What a worker does next.
    public enum Next: Sendable {
        case work(on: Key)
        /// Nothing is due (or all places are taken) before this instant; nil means until something is added or finished.
        case wait(until: Instant?)
    }
    /// Why a key waits, and how long.
    public struct Setback: Sendable, Equatable {
        public var outcome: Turn.Outcome
        /// Turns in a row that did not get on, this one included.
        public var count: Int
        public var delay: Duration
        /// The delay is longer than the last one was (chance aside).
        public var isNewStep: Bool
    }
    private struct Later: Comparable, Sendable {
        var due: Instant
        var key: Key
        static func < (left: Later, right: Later) -> Bool { left.due < right.due }
        static func == (left: Later, right: Later) -> Bool { left.due == right.due }
    }
    /// What was heard of a key while it was worked on.
    private struct Heard: Sendable {
        /// Something that this turn cannot have written itself.
        var isForeign = false
        /// Revisions of what it may have written.
        var revisions: Set<Int64> = []
    }
    /// A turn that changed nothing and wants another sooner than this is one too many.
    public static var soon: Duration { .seconds(1) }
    /// So many void entries of `later` may stay.
    private static var voidLimit: Int { 1_024 }
    /// More revisions of one turn than this are not told apart.
    private static var heardLimit: Int { 4_096 }

    /// How many keys may be worked on at once.
    public let concurrency: Int
    public private(set) var counts = WorkQueueCounts()
    private let backoff: Backoff
    private var ready: Deque<Key> = []
    private var queued: Set<Key> = []
    private var working: Set<Key> = []
    private var heard: [Key: Heard] = [:]
    private var later = Heap<Later>()
    /// The instant that counts for a key in `later`; other entries of the key are void.
    private var due: [Key: Instant] = [:]
    private var setbacks: [Key: Int] = [:]

    public init(concurrency: Int, backoff: Backoff = .perKey) {
        self.concurrency = max(1, concurrency)
        self.backoff = backoff
    }

    /// Keys that wait for a place.
    public var depth: Int { ready.count }
    /// Looks that are to come, and what is kept of those that are not.
    public var waitingCount: Int { later.count }
    /// How often in a row a key's turns failed or were fruitless.
    public func setbacks(of key: Key) -> Int { setbacks[key] ?? 0 }

    /// Something that concerns the key has changed; `revision` is that of the object which did, where it is known.
    public mutating func add(_ key: Key, revision: Int64? = nil) {
        counts.adds += 1
        if working.contains(key) {
            var entry = heard[key] ?? Heard()
            if let revision, entry.revisions.count < Self.heardLimit {
                entry.revisions.insert(revision)
            } else {
                entry.isForeign = true
            }
            heard[key] = entry
        } else {
            enqueue(key)
        }
    }

    /// Adds the key at an instant, or at an earlier one if that was asked for before.
    public mutating func add(_ key: Key, at instant: Instant) {
        if let earlier = due[key], earlier <= instant { return }
        due[key] = instant
        later.insert(Later(due: instant, key: key))
    }

    public mutating func next(_ now: Instant) -> Next {
        while let first = later.min, first.due <= now || due[first.key] != first.due {
            _ = later.popMin()
            if due[first.key] == first.due {
                due[first.key] = nil
                if working.contains(first.key) {
                    heard[first.key, default: Heard()].isForeign = true
                } else {
                    enqueue(first.key)
                }
            }
        }
        guard working.count < concurrency, let key = ready.popFirst() else { return .wait(until: later.min?.due) }
        queued.remove(key)
        working.insert(key)
        counts.turns += 1
        return .work(on: key)
    }

    /// Frees the key; says why it backs off, if it does.
    @discardableResult
    public mutating func finish(_ key: Key, _ turn: Turn, _ now: Instant) -> Setback? {
        guard working.remove(key) != nil else { return nil }
        let news = heard.removeValue(forKey: key)
        guard isSetback(turn) else {
            setbacks[key] = nil
            // Who wants nothing more, now or later, takes back what was asked for before: of keys without end, each for an
            // object that is gone, nothing stays.
            if turn.outcome == .idle, turn.again == nil, news == nil { forget(key) }
            if let again = turn.again { add(key, at: now + again) }
            if news != nil { enqueue(key) }
            return nil
        }
        let setback = setBack(key, turn, now)
        if let news, news.isForeign || !news.revisions.isSubset(of: turn.wrote) { enqueue(key) }
        return setback
    }

    /// The entry in `later` is void from now on; when most of them are, they are swept out.
    private mutating func forget(_ key: Key) {
        guard due.removeValue(forKey: key) != nil, later.count > 2 * due.count + Self.voidLimit else { return }
        later = Heap(due.map { Later(due: $0.value, key: $0.key) })
    }

    private func isSetback(_ turn: Turn) -> Bool {
        switch turn.outcome {
        case .changed: false
        case .idle: turn.again.map { $0 < Self.soon } ?? false
        case .fruitless, .failed: true
        }
    }

    private mutating func setBack(_ key: Key, _ turn: Turn, _ now: Instant) -> Setback {
        let count = setbacks[key, default: 0] + 1
        setbacks[key] = count
        let isFailure = turn.outcome == .failed
        if isFailure { counts.retries += 1 } else { counts.fruitlessTurns += 1 }
        var delay = backoff.delay(afterFailures: count - 1)
        // A long time that was asked for is kept beside the back-off, a short one is its least.
        if let again = turn.again {
            if again < Self.soon { delay = max(delay, again) } else { add(key, at: now + again) }
        }
        add(key, at: now + delay)
        return Setback(
            outcome: isFailure ? .failed : .fruitless, count: count, delay: delay,
            isNewStep: count <= backoff.steps)
    }

    private mutating func enqueue(_ key: Key) {
        if queued.insert(key).inserted { ready.append(key) }
    }
}
