import KeyValueCore
import RaftCore
import Synchronization

/// What readers and the engine's thread share: the applied state and who is told of its changes. The lock is held
/// only for work in memory; long reads take a copy of the table and go on without it.
package final class SharedState: Sendable {
    package struct Content {
        package var applied: AppliedState
        var hub = WatchHub()
        var leaseClock = LeaseClock()
        package var memberState = MemberState()
        /// Why nothing works any more.
        package var failure: StoreError?
        var bytesOnDisk = 0
        /// Streams of who leads, by their number.
        var leadership: [UInt64: AsyncStream<Leadership>.Continuation] = [:]
    }
    /// What a member is in its cluster, as the engine last told.
    package struct MemberState: Sendable, Equatable {
        package var leadership = Leadership()
        /// Whether what is applied here is all there is: the only voter leads, with everything applied.
        package var isAlone = false
        /// The configuration that counts; it may be newer than the applied one.
        package var configuration = Configuration(voters: [])
        /// Whether that gives this member no vote.
        var isLearner = false
        /// The last entry known to be committed; never behind what is applied.
        var committed: Index = 0
        /// There is no room, and the cluster has not been told.
        var hasUntoldAlarm = false
    }
    private let content: Mutex<Content>
    private let catchUpEvents: Int
    /// Changes looked at in one hold of the lock by a watch that reads history.
    private static let scannedAtOnce = 20_000

    package init(_ recovered: RecoveredStore, limits: StoreLimits) {
        content = Mutex(Content(applied: recovered.applied))
        catchUpEvents = limits.catchUpEvents
    }

    package func withContent<T: Sendable>(_ body: (inout Content) throws -> T) rethrows -> T {
        try content.withLock { try body(&$0) }
    }

    /// Like `withContent`, for callers of a store that may have stopped.
    func withRunning<T: Sendable>(_ body: (inout Content) throws -> T) throws -> T {
        try content.withLock { content in
            if let failure = content.failure { throw failure }
            return try body(&content)
        }
    }

    /// Like `withRunning`, for those who read keys, which an alarm may forbid.
    func withReadable<T: Sendable>(_ body: (inout Content) throws -> T) throws -> T {
        try withRunning { content in
            if let refusal = content.applied.alarms.refusalOfReads { throw refusal }
            return try body(&content)
        }
    }

    // MARK: Watches

    package func watch(_ range: KeyRange, from revision: Revision, previousValues: Bool, limitBytes: Int) throws
        -> EmbeddedWatch
    {
        try withRunning { content in
            if range.start.isEmpty { throw KeyValueError.emptyKey }
            let first = revision <= 0 ? content.state.revision + 1 : revision
            if first < content.state.compactedRevision {
                throw KeyValueError.compacted(content.state.compactedRevision)
            }
            let watch = EmbeddedWatch(
                range, previousValues: previousValues, from: first, shared: self, limitBytes: limitBytes)
            if first > content.state.revision { content.join(watch) }
            return watch
        }
    }

    func remove(_ watch: EmbeddedWatch) { withContent { $0.hub.remove(watch) } }

    /// Makes the watch's next batch say that it has seen everything up to now.
    func progress(of watch: EmbeddedWatch) {
        withContent { watch.advance(to: $0.state.revision, wantingProgress: true) }
    }

    /// Gives every watch that has nothing to read a batch without events, so that it knows how far the store is.
    func tellIdleWatches() {
        let watches = withContent { content in
            for watch in content.hub.all { watch.advance(to: content.state.revision, wantingProgress: true) }
            return content.hub.all
        }
        for watch in watches { watch.wake() }
    }

    /// Reads history for a watch; once it is at the end, the watch is live. Nil: nothing found, ask again.
    func catchUp(_ watch: EmbeddedWatch, from revision: Revision) throws -> StoreWatchBatch? {
        try withRunning { content in
            var events: [KeyValueEvent] = []
            var scanned = 0
            var seen = revision - 1
            var isAtEnd = true
            try content.state.visitHistory(from: revision) { event in
                // Only whole revisions are given at once.
                if events.count >= catchUpEvents || scanned >= Self.scannedAtOnce, event.revision > seen {
                    isAtEnd = false
                    return false
                }
                seen = event.revision
                scanned += 1
                if watch.range.contains(event.key) { events.append(event.event(previousValue: watch.previousValues)) }
                return true
            }
            if isAtEnd {
                seen = content.state.revision
                content.join(watch)
            } else {
                watch.catchUpGoesOn(from: seen + 1)
            }
            return events.isEmpty ? nil : StoreWatchBatch(events: events, revision: seen)
        }
    }
}

extension SharedState.Content {
    /// The keys and leases; a part of what is applied.
    package var state: KeyValueState {
        get { applied.keyValues }
        _modify { yield &applied.keyValues }
    }

    /// Gives every lease its full time, as a leader does that begins.
    mutating func restartLeases(now: Int64) {
        leaseClock = LeaseClock()
        for lease in state.leases.values {
            leaseClock.start(lease.id, timeToLiveSeconds: lease.timeToLiveSeconds, now: now)
        }
    }

    /// Another member's snapshot takes the state's place. Watches go on where they were if that history is in it, and
    /// learn that it is gone if not.
    mutating func replace(_ new: AppliedState, now: Int64) -> [EmbeddedWatch] {
        applied = new
        memberState.committed = max(memberState.committed, new.position.index)
        restartLeases(now: now)
        let watches = hub.all
        for watch in watches {
            hub.remove(watch)
            watch.readHistoryAgain()
        }
        return watches
    }

    /// From now on the watch gets changes as they happen.
    mutating func join(_ watch: EmbeddedWatch) {
        hub.add(watch)
        watch.advance(to: state.revision, becomingLive: true)
    }
}
