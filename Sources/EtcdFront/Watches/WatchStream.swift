import EtcdStore
import Foundation
import KeyValueCore
import Synchronization

/// One stream's watches and its way to the client.
final class WatchStream: Sendable {
    private let served: ServedStore
    private let response: CallWriter<Etcdserverpb_WatchResponse>
    private let state = Mutex(WatchStreamState<any StoreWatch>())

    init(_ served: ServedStore, _ response: CallWriter<Etcdserverpb_WatchResponse>) {
        self.served = served
        self.response = response
    }

    // MARK: What the client asks

    /// Begins a watch and tells the client its number; returns what sends its changes. Nil if the watch cannot be,
    /// which the client has been told then.
    func create(_ request: Etcdserverpb_WatchCreateRequest) async throws -> WatchPump? {
        let now = try await served.store.status().revision
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
            let watch = try await source.open(from: source.first)
            state.withLock { $0.add(id, watch, sent: min(source.first - 1, now)) }
            served.counters.watches.add(1)
            try await send(created, at: now)
            return WatchPump(stream: self, source: source, messages: messages, watch: watch)
        } catch KeyValueError.compacted(let revision) {
            try await send(created, at: now)
            try await send(messages.cancelled(compacted: revision), at: now)
            return nil
        }
    }

    private func refuse(_ error: EtcdError, at revision: Revision) async throws -> WatchPump? {
        var message = Etcdserverpb_WatchResponse()
        message.watchID = -1
        message.created = true
        message.canceled = true
        message.cancelReason = error.message
        try await send(message, at: revision)
        return nil
    }

    /// The watch's pump tells the client when nothing more can come.
    func cancel(_ id: Int64) { state.withLock { $0.cancel(id) }?.cancel() }

    func cancelAll() {
        for watch in state.withLock({ $0.handles }) { watch.cancel() }
    }

    /// Answers at once if every watch is up to now, or else when the last one is.
    func progress() async throws {
        let now = try await served.store.status().revision
        let late = state.withLock { $0.wantProgress(at: now) }
        for watch in late { watch.requestProgress() }
        if let revision = state.withLock({ $0.finishedProgress() }) { try await tellProgress(revision) }
    }

    // MARK: What its pumps do

    func isCancelled(_ id: Int64) -> Bool { state.withLock { $0.isCancelled(id) } }

    func replace(_ id: Int64, _ watch: any StoreWatch) -> Bool { state.withLock { $0.replace(id, watch) } }

    /// Everything of this watch up to a revision is on its way.
    func sent(_ id: Int64, upTo revision: Revision) async throws {
        if let progress = state.withLock({ $0.sent(id, upTo: revision) }) { try await tellProgress(progress) }
    }

    func ended(_ id: Int64) async throws {
        served.counters.watches.add(-1)
        if let progress = state.withLock({ $0.remove(id) }) { try await tellProgress(progress) }
    }

    /// A progress of the whole stream belongs to no watch.
    private func tellProgress(_ revision: Revision) async throws {
        var message = Etcdserverpb_WatchResponse()
        message.watchID = -1
        try await send(message, at: revision)
    }

    func send(_ message: Etcdserverpb_WatchResponse, at revision: Revision) async throws {
        var message = message
        message.header = try await served.header(revision: revision)
        try await response.write(message)
        if !message.events.isEmpty { served.counters.events.add(message.events.count) }
    }

    var newestRevision: Revision { get async throws { try await served.store.status().revision } }
}

/// Where a watch's changes come from.
struct WatchSource: Sendable {
    let store: EmbeddedStore
    let range: KeyRange
    let previousValues: Bool
    /// The first revision that the client wants.
    let first: Revision

    func open(from revision: Revision) async throws -> any StoreWatch {
        try await store.watch(range, from: revision, previousValues: previousValues)
    }
}

extension WatchMessages {
    func cancelled(compacted revision: Revision = 0) -> Etcdserverpb_WatchResponse {
        var message = empty
        message.canceled = true
        message.compactRevision = revision
        return message
    }
}
