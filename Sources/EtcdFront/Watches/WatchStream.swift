import EtcdStore
import Foundation
import KeyValueCore
import Synchronization

/// One stream's watches and its way to the client. Two tasks work for it: one does what the client asks, the other
/// delivers the changes of all watches.
final class WatchStream: Sendable {
    private let served: ServedStore
    private let response: CallWriter<Etcdserverpb_WatchResponse>
    private let state = Mutex(WatchStreamState<ServedWatch>())
    private let bells = WatchBells()
    /// A watch that has more than so many batches lets others have their turn.
    private static let batchesAtOnce = 16

    init(_ served: ServedStore, _ response: CallWriter<Etcdserverpb_WatchResponse>) {
        self.served = served
        self.response = response
    }

    // MARK: What the client asks

    /// Begins a watch and tells the client its number; or tells why there is none.
    func create(_ request: Etcdserverpb_WatchCreateRequest) async throws {
        let now = served.store.revision
        let range = KeyRange(key: request.key.isEmpty ? Data([0]) : request.key, end: request.rangeEnd)
        if let end = range.end, end != [0], !range.start.lexicographicallyPrecedes(end) {
            return try await refuse(.watchRangeEmpty, at: now)
        }
        if request.startRevision < 0 { return try await refuse(.compacted, at: now) }
        if state.withLock({ $0.count >= served.limits.watchesPerStream }) {
            return try await refuse(.tooManyRequests, at: now)
        }
        guard let id = state.withLock({ $0.number(wished: request.watchID) }) else {
            return try await refuse(.watchDuplicate, at: now)
        }
        let source = WatchSource(
            store: served.store, range: range, previousValues: request.prevKv,
            first: request.startRevision == 0 ? now + 1 : request.startRevision)
        let messages = WatchMessages(id, request, served.limits)
        var created = messages.empty
        created.created = true
        do {
            let watch = ServedWatch(
                source: source, messages: messages, watch: try source.open(from: source.first)
            ) { [bells] in bells.ring(id) }
            state.withLock { $0.add(id, watch, from: messages.start, sent: min(source.first - 1, now)) }
            served.counters.watches.add(1)
            try await send(created, at: now)
            watch.bell()
        } catch KeyValueError.compacted(let revision) {
            state.withLock { $0.addCompacted(id) }
            try await send(created, at: now)
            try await sendLast(messages.cancelled(compacted: revision))
        }
    }

    private func refuse(_ error: EtcdError, at revision: Revision) async throws {
        var message = Etcdserverpb_WatchResponse()
        message.watchID = -1
        message.created = true
        message.canceled = true
        message.cancelReason = error.message
        try await send(message, at: revision)
    }

    /// The client is told when nothing more can come.
    func cancel(_ id: Int64) async throws {
        if let watch = state.withLock({ $0.cancel(id) }) { return watch.cancel() }
        guard state.withLock({ $0.cancelCompacted(id) }) else { return }
        var message = Etcdserverpb_WatchResponse()
        message.watchID = id
        message.canceled = true
        try await sendLast(message)
    }

    func cancelAll() {
        let watches = state.withLock { $0.handles }
        served.counters.watches.add(-watches.count)
        for watch in watches { watch.cancel() }
    }

    /// Answers at once if every watch is up to now, or else when the last one is; or never (`wantProgress`).
    func progress() async throws {
        let now = served.store.revision
        let late = state.withLock { $0.wantProgress(at: now) }
        for watch in late { watch.watch.requestProgress() }
        if let revision = state.withLock({ $0.finishedProgress() }) { try await tellProgress(revision) }
    }

    // MARK: What is delivered

    /// Sends the client what happens, as long as it wants to know. Throws `EtcdError.stopped` when the store ends.
    func deliver() async throws {
        var encoding = WatchEncoding()
        while true {
            let rung = try await bells.next()
            let term = try served.store.term
            for id in rung {
                guard let watch = state.withLock({ $0.handle(id) }) else { continue }
                if let last = try await deliver(watch, inTerm: term, &encoding) {
                    served.counters.watches.add(-1)
                    let progress = state.withLock { $0.remove(id, isCompacted: last.compactRevision != 0) }
                    if let progress { try await tellProgress(progress) }
                    try await sendLast(last)
                }
            }
        }
    }

    /// Sends what one watch has. Returns the last message when the watch is over.
    private func deliver(
        _ entry: ServedWatch, inTerm term: UInt64, _ encoding: inout WatchEncoding
    ) async throws -> Etcdserverpb_WatchResponse? {
        var watch = entry.watch
        let id = entry.messages.id
        for _ in 0..<Self.batchesAtOnce {
            if isCancelled(id) { return entry.messages.cancelled() }
            do {
                guard let batch = try watch.poll(orRing: entry.bell) else { return nil }
                if isCancelled(id) { return entry.messages.cancelled() }
                try await send(batch, of: entry.messages, inTerm: term, &encoding)
            } catch StoreError.watcherTooSlow {
                // What the store did not keep for this watch is still in its history.
                let next = state.withLock { $0.sent(id) }.map { $0 + 1 } ?? entry.source.first
                do {
                    watch = try entry.source.open(from: max(next, entry.source.first))
                } catch KeyValueError.compacted(let revision) {
                    return entry.messages.cancelled(compacted: revision)
                }
                var replaced = entry
                replaced.watch = watch
                if !state.withLock({ $0.replace(id, replaced) }) { watch.cancel() }
            } catch KeyValueError.compacted(let revision) {
                return entry.messages.cancelled(compacted: revision)
            } catch StoreError.closed {
                if isCancelled(id) { return entry.messages.cancelled() }
                throw EtcdError.stopped
            }
        }
        entry.bell()
        return nil
    }

    private func send(
        _ batch: StoreWatchBatch, of messages: WatchMessages, inTerm term: UInt64, _ encoding: inout WatchEncoding
    ) async throws {
        let parts = messages.parts(batch.events, &encoding)
        for (place, part) in parts.enumerated() {
            // Until the last part not everything up to the batch's revision has been sent.
            let isLast = place == parts.count - 1
            let revision = isLast ? batch.revision : part.events.last?.revision ?? batch.revision
            let header = served.header(revision: revision, term: term)
            try await response.write(
                WatchEncoding.message(header, messages.id, isFragment: part.isFragment, part.events))
            served.counters.events.add(part.events.count)
        }
        if batch.events.isEmpty, messages.wantsProgress, !state.withLock({ $0.awaitsProgress }) {
            let revision = min(batch.revision, served.store.revision)
            if messages.start <= revision { try await send(messages.empty, at: revision) }
        }
        if let progress = state.withLock({ $0.sent(messages.id, upTo: batch.revision) }) {
            try await tellProgress(progress)
        }
    }

    private func isCancelled(_ id: Int64) -> Bool { state.withLock { $0.isCancelled(id) } }

    /// A progress of the whole stream belongs to no watch.
    private func tellProgress(_ revision: Revision) async throws {
        var message = Etcdserverpb_WatchResponse()
        message.watchID = -1
        try await send(message, at: revision)
    }

    /// A watch's last message. One that a compaction ended has no revision in its header, as with etcd.
    private func sendLast(_ message: Etcdserverpb_WatchResponse) async throws {
        try await send(message, at: message.compactRevision == 0 ? served.store.revision : 0)
    }

    private func send(_ message: Etcdserverpb_WatchResponse, at revision: Revision) async throws {
        var message = message
        message.header = try served.header(revision: revision)
        try await response.write(message)
    }
}
