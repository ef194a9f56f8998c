import Basics
import Collections

/// Keys to look at, as a value: each key once however often it is added, never handed out while it is being worked on,
/// later again after a failure or when asked to.
public struct WorkQueue<Key: Hashable & Sendable>: Sendable {
    /// What a worker does next.
    public enum Next: Sendable {
        case work(on: Key)
        /// Nothing is due (or all places are taken) before this instant; nil means until something is added or finished.
        case wait(until: Instant?)
    }
    public enum Outcome: Sendable {
        case done
        /// Comes again after the key's back-off.
        case failed
    }
    private struct Later: Comparable, Sendable {
        var due: Instant
        var key: Key
        static func < (left: Later, right: Later) -> Bool { left.due < right.due }
        static func == (left: Later, right: Later) -> Bool { left.due == right.due }
    }

    /// How many keys may be worked on at once.
    public let concurrency: Int
    private var backoff: Backoff
    private var ready: Deque<Key> = []
    private var queued: Set<Key> = []
    private var working: Set<Key> = []
    /// Keys that were added while they were worked on.
    private var dirty: Set<Key> = []
    private var later = Heap<Later>()
    /// The instant that counts for a key in `later`; other entries of the key are void.
    private var due: [Key: Instant] = [:]
    private var failures: [Key: Int] = [:]

    public init(concurrency: Int, backoff: Backoff = .perKey()) {
        self.concurrency = max(1, concurrency)
        self.backoff = backoff
    }

    /// Keys that wait for a place.
    public var depth: Int { ready.count }
    public var workingCount: Int { working.count }
    /// How often a key has failed in a row.
    public func failures(of key: Key) -> Int { failures[key] ?? 0 }

    public mutating func add(_ key: Key) {
        if working.contains(key) {
            dirty.insert(key)
        } else if queued.insert(key).inserted {
            ready.append(key)
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
                add(first.key)
            }
        }
        guard working.count < concurrency, let key = ready.popFirst() else { return .wait(until: later.min?.due) }
        queued.remove(key)
        working.insert(key)
        return .work(on: key)
    }

    public mutating func finish(_ key: Key, _ outcome: Outcome, _ now: Instant) {
        guard working.remove(key) != nil else { return }
        switch outcome {
        case .done: failures[key] = nil
        case .failed:
            add(key, at: now + backoff.delay(afterFailures: failures[key] ?? 0))
            failures[key, default: 0] += 1
        }
        if dirty.remove(key) != nil { add(key) }
    }
}
