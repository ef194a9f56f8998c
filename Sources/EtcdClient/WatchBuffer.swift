import EtcdStore
import KeyValueCore

/// What one watch of an external etcd has received and its reader has not taken yet: a value that keeps changes in order
/// and whole revisions together, whatever breaks in between.
struct WatchBuffer: Sendable {
    enum Step {
        case batch(StoreWatchBatch)
        case ended((any Error)?)
        case wait
    }

    /// Everything up to this revision has been received.
    private(set) var received: Revision
    /// The reader has been told so far.
    private var told: Revision
    private var events: [KeyValueEvent] = []
    private var bytes = 0
    /// Changes of the newest revision, of which more may be in the next fragment.
    private var held: [KeyValueEvent] = []
    /// Someone waits until this is received, and then for a batch even if it is an empty one.
    private var wanted: Revision?
    private var owesBatch = false
    private var end: (any Error)??
    private let limitBytes: Int

    init(from revision: Revision, limitBytes: Int) {
        received = revision - 1
        told = revision - 1
        self.limitBytes = limitBytes
    }

    var hasEnded: Bool { end != nil }
    /// Whether a wanted revision is not received yet.
    var isBehind: Bool { wanted != nil && end == nil }

    // MARK: What comes in

    /// Changes in order of revisions; `isWhole`: nothing more of the last revision follows.
    mutating func add(_ new: [KeyValueEvent], isWhole: Bool) {
        guard end == nil else { return }
        for event in new where event.current.modRevision > received {
            if let revision = held.last?.current.modRevision, revision < event.current.modRevision { release() }
            held.append(event)
            bytes += event.size
        }
        if isWhole { release() }
        if bytes > limitBytes { finish(StoreError.watcherTooSlow) }
    }

    private mutating func release() {
        guard let revision = held.last?.current.modRevision else { return }
        events += held
        held.removeAll()
        advance(to: revision)
    }

    /// Every change up to the revision has come in.
    mutating func advance(to revision: Revision) {
        received = max(received, revision)
        if let wanted, received >= wanted {
            self.wanted = nil
            owesBatch = true
        }
    }

    /// The stream is broken: what it told by halves will be told again.
    mutating func forgetHalves() {
        for event in held { bytes -= event.size }
        held.removeAll()
    }

    /// The reader wants a batch once `revision` has been received.
    mutating func want(_ revision: Revision) {
        wanted = max(wanted ?? 0, revision)
        advance(to: received)
    }

    /// The reader gets what has come in, and then the error, or nil.
    mutating func finish(_ error: (any Error)?) {
        guard end == nil else { return }
        forgetHalves()
        end = .some(error)
    }

    // MARK: What goes out

    /// Whether `take` would say to wait.
    var isIdle: Bool { events.isEmpty && !owesBatch && received <= told && end == nil }

    mutating func take() -> Step {
        if !events.isEmpty || owesBatch || received > told {
            let batch = StoreWatchBatch(events: events, revision: received)
            events.removeAll()
            bytes = 0
            for event in held { bytes += event.size }
            told = received
            owesBatch = false
            return .batch(batch)
        }
        if let end { return .ended(end) }
        return .wait
    }
}

extension KeyValueEvent {
    /// Bytes of its keys and values.
    fileprivate var size: Int {
        current.key.count + current.value.count + (previous.map { $0.key.count + $0.value.count } ?? 0)
    }
}
