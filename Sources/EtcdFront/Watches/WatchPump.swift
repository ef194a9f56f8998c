import EtcdStore
import KeyValueCore

/// Waits for one watch's changes and sends them, until the client cancels it or its history is gone.
struct WatchPump: Sendable {
    let stream: WatchStream
    let source: WatchSource
    let messages: WatchMessages
    let watch: any StoreWatch

    func run() async throws {
        defer { watch.cancel() }
        let last = try await follow()
        try await stream.ended(messages.id)
        if let last { try await stream.send(last, at: try await stream.newestRevision) }
    }

    /// Returns the last message, if there is one to send.
    private func follow() async throws -> Etcdserverpb_WatchResponse? {
        var watch = watch
        var next = source.first
        while true {
            do {
                guard let batch = try await watch.next() else { break }
                if stream.isCancelled(messages.id) { break }
                try await send(batch)
                next = max(next, batch.revision + 1)
            } catch StoreError.watcherTooSlow {
                // What the store did not keep for this watch is still in its history.
                watch = try await source.open(from: next)
                if !stream.replace(messages.id, watch) { watch.cancel() }
            } catch KeyValueError.compacted(let revision) {
                return messages.cancelled(compacted: revision)
            }
        }
        if stream.isCancelled(messages.id) { return messages.cancelled() }
        throw EtcdError.stopped
    }

    private func send(_ batch: StoreWatchBatch) async throws {
        let parts = messages.messages(batch.events)
        for (place, part) in parts.enumerated() {
            // Until the last part not everything up to the batch's revision has been sent.
            let isLast = place == parts.count - 1
            let revision = isLast ? batch.revision : part.events.last?.kv.modRevision ?? batch.revision
            try await stream.send(part, at: revision)
        }
        if batch.events.isEmpty, messages.wantsProgress {
            try await stream.send(messages.empty, at: min(batch.revision, try await stream.newestRevision))
        }
        try await stream.sent(messages.id, upTo: batch.revision)
    }
}
