import Synchronization

/// Says once that a watch may have something to tell; then nothing until it is reset.
final class ReadySignal: Sendable {
    let id: Int64
    private let ready: ReadyWatches
    private let isSet = Atomic<Bool>(false)

    init(_ id: Int64, _ ready: ReadyWatches) {
        self.id = id
        self.ready = ready
    }

    func set() {
        if !isSet.exchange(true, ordering: .acquiringAndReleasing) { ready.append(id) }
    }

    /// To be called before one looks what there is: what comes later sets it again.
    func reset() { isSet.store(false, ordering: .sequentiallyConsistent) }
}

/// Watches of a stream that may have something to tell, in the order in which they said so.
final class ReadyWatches: Sendable {
    private struct Content {
        var ids: [Int64] = []
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let content = Mutex(Content())

    fileprivate func append(_ id: Int64) {
        let waiter = content.withLock { content in
            content.ids.append(id)
            defer { content.waiter = nil }
            return content.waiter
        }
        waiter?.resume()
    }

    /// Waits for the next ones. One task waits. Throws `CancellationError` when it is cancelled.
    func next() async throws -> [Int64] {
        while true {
            try Task.checkCancellation()
            let ids = content.withLock { content in
                defer { content.ids = [] }
                return content.ids
            }
            if !ids.isEmpty { return ids }
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = content.withLock { content in
                    guard content.ids.isEmpty, !Task.isCancelled else { return true }
                    content.waiter = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            content.withLock { content in
                defer { content.waiter = nil }
                return content.waiter
            }?.resume()
        }
    }
}
