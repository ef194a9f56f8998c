import EtcdStore
import KeyValueCore
import Synchronization

/// A `RevisionedStore` in memory, with history and without leases' expiry: what the pipeline needs of one.
final class MemoryStore: RevisionedStore {
    private struct State {
        var revision: Revision = 1
        var keys: [String: KeyValue] = [:]
        var history: [KeyValueEvent] = []
        var watches: [ObjectIdentifier: MemoryWatch] = [:]
        var compacted: Revision = 0
        var lease: LeaseID = 0
    }
    private let state = Mutex(State())

    func range(_ request: RangeRequest) async throws -> RangeResponse {
        try state.withLock { try Self.range(request, $0) }
    }

    private static func range(_ request: RangeRequest, _ state: State) throws -> RangeResponse {
        if request.revision > state.revision { throw KeyValueError.futureRevision(current: state.revision) }
        if request.revision > 0, request.revision < state.compacted { throw KeyValueError.compacted(state.compacted) }
        var present = state.keys
        if request.revision > 0, request.revision < state.revision {
            present = [:]
            for event in state.history where event.current.modRevision <= request.revision {
                let key = String(decoding: event.current.key, as: UTF8.self)
                present[key] = event.kind == .put ? event.current : nil
            }
        }
        var all = present.values.filter { request.range.contains($0.key) }
        all.sort { $0.key.lexicographicallyPrecedes($1.key) }
        let shown = request.limit > 0 ? Array(all.prefix(request.limit)) : all
        return RangeResponse(
            keyValues: shown, more: shown.count < all.count, count: all.count, revision: state.revision)
    }

    func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse {
        try state.withLock { state in
            let holds = transaction.compare.allSatisfy { compare in
                Self.holds(compare, state.keys[String(decoding: compare.range.start, as: UTF8.self)])
            }
            let operations = holds ? transaction.success : transaction.failure
            let next = state.revision + 1
            var responses: [OperationResponse] = []
            var events: [KeyValueEvent] = []
            for operation in operations {
                switch operation {
                case .range(let request): responses.append(.range(try Self.range(request, state)))
                case .put(let key, let value, let lease, _, _, _):
                    let name = String(decoding: key, as: UTF8.self)
                    let old = state.keys[name]
                    let new = KeyValue(
                        key: key, value: value, createRevision: old?.createRevision ?? next, modRevision: next,
                        version: (old?.version ?? 0) + 1, lease: lease)
                    state.keys[name] = new
                    events.append(KeyValueEvent(kind: .put, current: new))
                    responses.append(.put(previous: old))
                case .delete(let range, _):
                    let name = String(decoding: range.start, as: UTF8.self)
                    guard let old = state.keys.removeValue(forKey: name) else {
                        responses.append(.delete(deleted: 0, previous: []))
                        continue
                    }
                    let gone = KeyValue(key: old.key, value: [], createRevision: 0, modRevision: next, version: 0)
                    events.append(KeyValueEvent(kind: .delete, current: gone, previous: old))
                    responses.append(.delete(deleted: 1, previous: []))
                case .transaction: break
                }
            }
            if !events.isEmpty {
                state.revision = next
                state.history += events
                for watch in state.watches.values { watch.offer(events, next) }
            }
            return TransactionResponse(succeeded: holds, responses: responses, revision: state.revision)
        }
    }

    private static func holds(_ compare: Compare, _ present: KeyValue?) -> Bool {
        let (left, right): (Int64, Int64) =
            switch compare.target {
            case .version(let version): (present?.version ?? 0, version)
            case .modRevision(let revision): (present?.modRevision ?? 0, revision)
            case .createRevision(let revision): (present?.createRevision ?? 0, revision)
            case .lease, .value: (0, 0)
            }
        return switch compare.relation {
        case .equal: left == right
        case .notEqual: left != right
        case .greater: left > right
        case .less: left < right
        }
    }

    func watch(_ range: KeyRange, from revision: Revision, previousValues: Bool) async throws -> any StoreWatch {
        let watch = MemoryWatch(range) { [weak self] watch in
            self?.state.withLock { state in watch.offer([], state.revision) }
        }
        return state.withLock { state in
            let past = state.history.filter { $0.current.modRevision >= revision }
            if !past.isEmpty { watch.offer(past, state.revision) }
            state.watches[ObjectIdentifier(watch)] = watch
            return watch
        }
    }

    /// Ends every watch, as a store does that lost its leader.
    func endWatches() {
        for watch in state.withLock({ Array($0.watches.values) }) { watch.cancel() }
        state.withLock { $0.watches = [:] }
    }

    func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID {
        state.withLock { state in
            state.lease += 1
            return state.lease
        }
    }
    func revokeLease(_ id: LeaseID) async throws {}
    func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 { 1 }
    func compact(_ revision: Revision) async throws { state.withLock { $0.compacted = revision } }
    func status() async throws -> StoreStatus {
        state.withLock {
            StoreStatus(
                revision: $0.revision, compactedRevision: $0.compacted, term: 1, isLeader: true, sizeInBytes: 0)
        }
    }
    /// Everything that is stored, as text.
    var contents: [String: String] {
        state.withLock { $0.keys.mapValues { String(decoding: $0.value, as: UTF8.self) } }
    }
}

/// A watch of a `MemoryStore`.
final class MemoryWatch: StoreWatch {
    private struct State {
        var batches: [StoreWatchBatch] = []
        var isOver = false
        var waiting: CheckedContinuation<StoreWatchBatch?, Never>?
    }
    private let range: KeyRange
    private let progress: @Sendable (MemoryWatch) -> Void
    private let state = Mutex(State())

    init(_ range: KeyRange, progress: @escaping @Sendable (MemoryWatch) -> Void) {
        self.range = range
        self.progress = progress
    }

    func offer(_ events: [KeyValueEvent], _ revision: Revision) {
        let batch = StoreWatchBatch(events: events.filter { range.contains($0.current.key) }, revision: revision)
        let waiting = state.withLock { state in
            guard let waiting = state.waiting else {
                state.batches.append(batch)
                return CheckedContinuation<StoreWatchBatch?, Never>?.none
            }
            state.waiting = nil
            return waiting
        }
        waiting?.resume(returning: batch)
    }

    func next() async throws -> StoreWatchBatch? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: StoreWatchBatch?? = state.withLock { state in
                    if !state.batches.isEmpty { return .some(state.batches.removeFirst()) }
                    if state.isOver || Task.isCancelled { return .some(nil) }
                    state.waiting = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            cancel()
        }
    }
    func requestProgress() { progress(self) }
    func cancel() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: nil)
    }
}
