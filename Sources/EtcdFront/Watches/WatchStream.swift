import EtcdMessages
import EtcdStore
import Foundation
import GRPCServer
import KeyValueCore
import Synchronization

/// One stream's watches and its way to the client. Two tasks work for it: one does what the client asks, the other
/// delivers the changes of all watches.
final class WatchStream: Sendable {
    private let served: ServedStore
    private let response: CallWriter<Etcdserverpb_WatchResponse>
    private let state = Mutex(WatchStreamState<ServedWatch>())
    private let ready = ReadyWatches()
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
                source: source, messages: messages, watch: try source.open(from: source.first),
                signal: ReadySignal(id, ready))
            state.withLock { $0.add(id, watch, from: messages.start, sent: min(source.first - 1, now)) }
            served.counters.watches.add(1)
            try await send(created, at: now)
            watch.notify()
        } catch KeyValueError.compacted(let revision) {
            state.withLock { $0.addCompacted(id) }
            try await send(created, at: now)
            try await sendLast(messages.cancelled(compacted: revision))
        }
    }

    private func refuse(_ error: CallError, at revision: Revision) async throws {
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

    /// Sends the client what happens, as long as it wants to know. Throws `CallError.stopped` when the store ends.
    func deliver() async throws {
        var responses = WatchResponseCache()
        while true {
            let ids = try await ready.next()
            let term = try served.store.term
            var delivery = WatchDelivery()
            for id in ids {
                guard let watch = state.withLock({ $0.handle(id) }) else { continue }
                switch try take(from: watch, inTerm: term, &responses, &delivery) {
                case .nothing: break
                case .isLarge(let parts, let revision):
                    for part in parts {
                        delivery.append(part, for: id)
                        if delivery.isFull { try await send(&delivery) }
                    }
                    delivery.tells(id, upTo: revision)
                    watch.notify()
                case .isTooSlow:
                    try await send(&delivery)
                    try await goOn(with: watch)
                case .isOver(let last):
                    try await send(&delivery)
                    try await end(watch, with: last)
                }
                if delivery.isFull { try await send(&delivery) }
            }
            try await send(&delivery)
        }
    }

    private enum Taken {
        case nothing
        /// More than should wait in the delivery.
        case isLarge([SharedWatchResponse], upTo: Revision)
        case isTooSlow
        case isOver(Etcdserverpb_WatchResponse)
    }

    /// Puts what a watch has into the delivery.
    private func take(
        from watch: ServedWatch, inTerm term: UInt64, _ responses: inout WatchResponseCache,
        _ delivery: inout WatchDelivery
    ) throws -> Taken {
        let id = watch.messages.id
        watch.signal.reset()
        var batches = 0
        while batches < Self.batchesAtOnce, !delivery.isFull {
            batches += 1
            do {
                guard let batch = try watch.watch.poll(orNotify: watch.notify) else { return .nothing }
                if isCancelled(id) { return .isOver(watch.messages.cancelled()) }
                let new = responses.responses(batch, for: watch, inTerm: term) {
                    served.header(revision: $0, term: term)
                }
                if new.reduce(0, { $0 + $1.bytes }) > WatchDelivery.fullBytes {
                    return .isLarge(new, upTo: batch.revision)
                }
                for response in new { delivery.append(response, for: id) }
                if batch.events.isEmpty { try tellProgress(of: watch, at: batch.revision, inTerm: term, &delivery) }
                delivery.tells(id, upTo: batch.revision)
            } catch StoreError.watcherTooSlow {
                return .isTooSlow
            } catch KeyValueError.compacted(let revision) {
                return .isOver(watch.messages.cancelled(compacted: revision))
            } catch StoreError.closed {
                if isCancelled(id) { return .isOver(watch.messages.cancelled()) }
                throw CallError.stopped
            }
        }
        watch.notify()
        return .nothing
    }

    private func send(_ delivery: inout WatchDelivery) async throws {
        if delivery.isEmpty { return }
        let full = delivery
        delivery = WatchDelivery()
        served.counters.events.add(full.eventCount)
        if full.messages.byteCount > 0 { try await response.write(full.messages) }
        let progress = state.withLock { state in
            full.told.reduce(nil as Revision?) { state.sent($1.id, upTo: $1.revision) ?? $0 }
        }
        if let progress { try await tellProgress(progress) }
    }

    /// What the store did not keep for a watch is still in its history.
    private func goOn(with watch: ServedWatch) async throws {
        let id = watch.messages.id
        let next = state.withLock { $0.sent(id) }.map { $0 + 1 } ?? watch.source.first
        do {
            let again = watch.going(on: try watch.source.open(from: max(next, watch.source.first)))
            if state.withLock({ $0.replace(id, again) }) { return again.notify() }
            again.cancel()
            try await end(watch, with: watch.messages.cancelled())
        } catch KeyValueError.compacted(let revision) {
            try await end(watch, with: watch.messages.cancelled(compacted: revision))
        }
    }

    /// A watch is over, and its client is told why.
    private func end(_ watch: ServedWatch, with last: Etcdserverpb_WatchResponse) async throws {
        served.counters.watches.add(-1)
        let progress = state.withLock { $0.remove(watch.messages.id, isCompacted: last.compactRevision != 0) }
        if let progress { try await tellProgress(progress) }
        try await sendLast(last)
    }

    /// An idle watch's progress, for those who want to know.
    private func tellProgress(
        of watch: ServedWatch, at reached: Revision, inTerm term: UInt64, _ delivery: inout WatchDelivery
    ) throws {
        guard watch.messages.wantsProgress, !state.withLock({ $0.awaitsProgress }) else { return }
        let revision = min(reached, served.store.revision)
        guard watch.messages.start <= revision else { return }
        var message = watch.messages.empty
        message.header = served.header(revision: revision, term: term)
        delivery.append(try FramedMessage(message))
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
