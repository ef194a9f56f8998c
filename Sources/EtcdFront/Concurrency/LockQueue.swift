import EtcdStore
import KeyValueCore

/// Keys under one prefix, each bound to a lease: who came first is at the head. Locks and elections are made of it,
/// with the same keys as etcd's own clients use, so that both can stand in one queue.
struct LockQueue: Sendable {
    /// A key in the queue.
    struct Place: Sendable {
        var key: [UInt8]
        /// The revision at which the key was created: its rank.
        var revision: Revision
        var value: [UInt8]
    }
    let store: EmbeddedStore
    let prefix: [UInt8]

    init(_ store: EmbeddedStore, name: [UInt8]) {
        self.store = store
        prefix = name + Array("/".utf8)
    }

    /// Stands at the end of the queue; who is in it already with this lease keeps his place and value.
    func join(_ lease: LeaseID, value: [UInt8]) async throws -> Place {
        let key = prefix + Array(String(UInt64(bitPattern: lease), radix: 16).utf8)
        let response = try await store.transact(
            Transaction(
                compare: [Compare(key, .createRevision(0))],
                success: [.put(key: key, value: value, lease: lease)],
                failure: [.range(RangeRequest(.key(key)))]))
        if case .range(let found)? = response.responses.first, let keyValue = found.keyValues.first {
            return Place(key: key, revision: keyValue.createRevision, value: keyValue.value)
        }
        return Place(key: key, revision: response.revision, value: value)
    }

    /// Whoever is at the head; nil if nobody stands here.
    func head() async throws -> (keyValue: KeyValue?, revision: Revision) {
        let response = try await store.range(RangeRequest(.prefix(prefix)))
        return (response.keyValues.min { $0.createRevision < $1.createRevision }, response.revision)
    }

    /// Returns when nobody is before `place` any more, with the revision at which that was seen. Only the last one in
    /// front is watched, so that not all are woken when the head leaves.
    func waitForHead(_ place: Place) async throws -> Revision {
        while true {
            let response = try await store.range(RangeRequest(.prefix(prefix)))
            let before = response.keyValues.filter { $0.createRevision < place.revision }
            guard let last = before.max(by: { $0.createRevision < $1.createRevision }) else {
                return response.revision
            }
            try await waitForDeletion(of: last.key, after: response.revision)
        }
    }

    private func waitForDeletion(of key: [UInt8], after revision: Revision) async throws {
        let watch = try await store.watch(.key(key), from: revision + 1, previousValues: false)
        defer { watch.cancel() }
        while let batch = try await watch.next() {
            if batch.events.contains(where: { $0.kind == .delete }) { return }
        }
        throw StoreError.closed
    }

    /// Leaves the queue. The response has not succeeded if the key is someone else's by now, or gone.
    @discardableResult
    func leave(_ key: [UInt8], createdAt revision: Revision) async throws -> TransactionResponse {
        try await store.transact(
            Transaction(
                compare: [Compare(key, .createRevision(revision))], success: [.delete(.key(key))]))
    }
}
