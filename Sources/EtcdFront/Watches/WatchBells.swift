import Synchronization

/// Rings when a watch may have something to tell; silent until it was heard.
final class WatchBell: Sendable {
    let id: Int64
    private let bells: WatchBells
    private let isRung = Atomic<Bool>(false)

    init(_ id: Int64, _ bells: WatchBells) {
        self.id = id
        self.bells = bells
    }

    func ring() {
        if !isRung.exchange(true, ordering: .acquiringAndReleasing) { bells.rang(id) }
    }

    /// To be called before one looks what there is: who rings later is heard again.
    func heard() { isRung.store(false, ordering: .sequentiallyConsistent) }
}

/// Watches of a stream that may have something to tell, in the order in which they rang.
final class WatchBells: Sendable {
    private struct Content {
        var rung: [Int64] = []
        var listener: CheckedContinuation<Void, Never>?
    }
    private let content = Mutex(Content())

    fileprivate func rang(_ id: Int64) {
        let listener = content.withLock { content in
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
                defer { content.rung = [] }
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
