import KeyValueCore
import Synchronization

/// One running watch of an `EmbeddedStore`. One reader at a time calls `next`, or polls.
package final class EmbeddedWatch: StoreWatch {
    let range: KeyRange
    let previousValues: Bool
    private let shared: SharedState
    private enum Reader {
        case task(CheckedContinuation<Void, Never>)
        case poller(@Sendable () -> Void)
    }
    private struct Reading {
        var backlog: WatchBacklog
        /// Who is to be told when there is something.
        var reader: Reader?
    }
    private let reading: Mutex<Reading>

    init(_ range: KeyRange, previousValues: Bool, from revision: Revision, shared: SharedState, limitBytes: Int) {
        self.range = range
        self.previousValues = previousValues
        self.shared = shared
        reading = Mutex(Reading(backlog: WatchBacklog(from: revision, limitBytes: limitBytes)))
    }

    package func next() async throws -> StoreWatchBatch? {
        while true {
            try Task.checkCancellation()
            switch reading.withLock({ $0.backlog.take() }) {
            case .batch(let batch):
                return batch
            case .ended(let error):
                shared.remove(self)
                if let error { throw error }
                return nil
            case .catchUp(let revision):
                if let batch = try shared.catchUp(self, from: revision) { return batch }
            case .wait:
                await wait()
            }
        }
    }

    /// What there is now, for a reader that must not wait. Nil: nothing yet; then `notify` is called once, on any thread,
    /// when there may be something, and should return soon. Throws when the watch has ended, and `StoreError.closed`
    /// if that was in order.
    package func poll(orNotify notify: (@Sendable () -> Void)? = nil) throws -> StoreWatchBatch? {
        while true {
            let answer = reading.withLock { reading in
                let answer = reading.backlog.take()
                if case .wait = answer, let notify { reading.reader = .poller(notify) }
                return answer
            }
            switch answer {
            case .batch(let batch):
                return batch
            case .ended(let error):
                shared.remove(self)
                throw error ?? StoreError.closed
            case .catchUp(let revision):
                if let batch = try shared.catchUp(self, from: revision) { return batch }
            case .wait:
                return nil
            }
        }
    }

    /// Returns when there may be something, or when the task is cancelled.
    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = reading.withLock { reading in
                    guard reading.backlog.isIdle, reading.reader == nil, !Task.isCancelled else { return true }
                    reading.reader = .task(continuation)
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    /// Takes changes; returns whether the reader must be woken.
    func deliver(_ events: [KeyValueEvent], bytes: Int, upTo revision: Revision) -> Bool {
        reading.withLock { reading in
            reading.backlog.append(events, bytes: bytes, upTo: revision)
            return reading.reader != nil
        }
    }

    func wake() {
        let reader = reading.withLock { reading in
            defer { reading.reader = nil }
            return reading.reader
        }
        switch reader {
        case .task(let continuation): continuation.resume()
        case .poller(let notify): notify()
        case nil: break
        }
    }

    /// The watch has seen everything up to `revision`, and is (or, later, becomes) live.
    func advance(to revision: Revision, becomingLive: Bool = false, wantingProgress: Bool = false) {
        reading.withLock { reading in
            if becomingLive { reading.backlog.becomeLive(at: revision) }
            reading.backlog.advance(to: revision)
            if wantingProgress { reading.backlog.wantProgress() }
        }
    }

    func catchUpGoesOn(from revision: Revision) {
        reading.withLock { $0.backlog.catchUp(from: revision) }
    }

    /// The state was replaced; what comes next is looked for in its history.
    func readHistoryAgain() { reading.withLock { $0.backlog.leaveLive() } }

    package func requestProgress() {
        shared.progress(of: self)
        wake()
    }

    func end(_ error: (any Error)?) {
        reading.withLock { $0.backlog.end(error) }
        wake()
    }

    package func cancel() {
        shared.remove(self)
        end(nil)
    }
}
