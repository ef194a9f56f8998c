import EtcdMessages
import EtcdStore
import Foundation
import KeyValueCore
import Synchronization

/// One watch of an external etcd. One reader at a time calls `next`.
final class EtcdWatch: StoreWatch {
    let range: KeyRange
    let previousValues: Bool
    private let watcher: EtcdWatcher
    private struct Reading {
        var buffer: WatchBuffer
        var reader: CheckedContinuation<Void, Never>?
        /// The stream it is on, and its number there.
        var place: (stream: EtcdWatchStream, id: Int64)?
    }
    private let reading: Mutex<Reading>

    init(_ range: KeyRange, from revision: Revision, previousValues: Bool, watcher: EtcdWatcher) {
        self.range = range
        self.previousValues = previousValues
        self.watcher = watcher
        reading = Mutex(Reading(buffer: WatchBuffer(from: revision, limitBytes: watcher.limits.watcherBacklogBytes)))
    }

    // MARK: For the reader

    func next() async throws -> StoreWatchBatch? {
        while true {
            try Task.checkCancellation()
            switch reading.withLock({ $0.buffer.take() }) {
            case .batch(let batch): return batch
            case .ended(let error):
                if let error { throw error }
                return nil
            case .wait: await wait()
            }
        }
    }

    /// Returns when there may be something, or when the task is cancelled.
    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = reading.withLock { reading in
                    guard reading.buffer.isIdle, reading.reader == nil, !Task.isCancelled else { return true }
                    reading.reader = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    func requestProgress() { watcher.requestProgress(of: self) }

    func cancel() {
        // In this order: a stream that it comes to later sees that it has ended.
        end(nil)
        if let place { place.stream.remove(self, place.id) }
    }

    // MARK: For the stream

    var place: (stream: EtcdWatchStream, id: Int64)? { reading.withLock { $0.place } }

    func isNow(at stream: EtcdWatchStream, _ id: Int64) { reading.withLock { $0.place = (stream, id) } }

    var hasEnded: Bool { reading.withLock { $0.buffer.hasEnded } }
    var isBehind: Bool { reading.withLock { $0.buffer.isBehind } }

    func receive(_ events: [KeyValueEvent], isWhole: Bool) {
        change { buffer in buffer.add(events, isWhole: isWhole) }
    }

    func advance(to revision: Revision) { change { $0.advance(to: revision) } }
    func want(_ revision: Revision) { change { $0.want(revision) } }
    func forgetHalves() { change { $0.forgetHalves() } }
    func end(_ error: (any Error)?) { change { $0.finish(error) } }

    private func change(_ body: (inout WatchBuffer) -> Void) {
        let reader = reading.withLock { reading -> CheckedContinuation<Void, Never>? in
            body(&reading.buffer)
            if reading.buffer.isIdle { return nil }
            defer { reading.reader = nil }
            return reading.reader
        }
        reader?.resume()
    }

    private func wake() {
        let reader = reading.withLock { reading in
            defer { reading.reader = nil }
            return reading.reader
        }
        reader?.resume()
    }

    // MARK: On the wire

    /// What begins or resumes it. With `marker` the range is wide enough for that key, too.
    func creation(_ id: Int64, including marker: [UInt8]?) -> Etcdserverpb_WatchRequest {
        var request = Etcdserverpb_WatchRequest()
        request.createRequest.watchID = id
        request.createRequest.key = Data(range.start)
        request.createRequest.rangeEnd = range.messageEnd
        if let marker, !range.contains(marker) { request.createRequest.rangeEnd = Data(marker + [0]) }
        request.createRequest.startRevision = reading.withLock { $0.buffer.received } + 1
        request.createRequest.prevKv = previousValues
        // A watch without changes must know that it has missed none, or a compaction would end it.
        request.createRequest.progressNotify = true
        request.createRequest.fragment = true
        return request
    }

    /// A key behind the first one of the range, which nobody uses. A write of it goes through the watch like any other.
    var marker: [UInt8] { range.start + [0] + Array("progress".utf8) }
}
