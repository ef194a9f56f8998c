import Synchronization

/// Watches of a stream that may have something to tell, each once, in the order in which they rang.
final class WatchBells: Sendable {
    private struct Content {
        var rung: [Int64] = []
        var isRung: Set<Int64> = []
        var listener: CheckedContinuation<Void, Never>?
    }
    private let content = Mutex(Content())

    func ring(_ id: Int64) {
        let listener = content.withLock { content in
            guard content.isRung.insert(id).inserted else { return nil as CheckedContinuation<Void, Never>? }
            content.rung.append(id)
            defer { content.listener = nil }
            return content.listener
        }
        listener?.resume()
    }

    /// Waits for the next ones. One task listens. Throws `CancellationError` when it is cancelled.
    func next() async throws -> [Int64] {
        while true {
            try Task.checkCancellation()
            let rung = content.withLock { content in
                defer {
                    content.rung = []
                    content.isRung.removeAll(keepingCapacity: true)
                }
                return content.rung
            }
            if !rung.isEmpty { return rung }
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = content.withLock { content in
                    guard content.rung.isEmpty, !Task.isCancelled else { return true }
                    content.listener = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            content.withLock { content in
                defer { content.listener = nil }
                return content.listener
            }?.resume()
        }
    }
}
