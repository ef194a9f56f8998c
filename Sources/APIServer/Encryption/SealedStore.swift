import APIMachinery
import EtcdStore
import KeyValueCore

/// A store whose values are sealed for some resources: what is written goes in sealed, what is read comes out as it was.
/// Who reads the store itself, its files or etcd's API, sees the sealed form.
struct SealedStore: RevisionedStore {
    private let inner: any RevisionedStore
    /// The seals by what the keys of their resource begin with.
    private let seals: [(prefix: [UInt8], seals: [Seal])]

    init(_ inner: any RevisionedStore, _ configuration: EncryptionConfiguration, resources: [GroupResource]) {
        self.inner = inner
        seals = resources.compactMap { resource in
            let seals = configuration.seals(for: resource)
            return seals.isEmpty ? nil : (Array(StoredForm.prefix(resource).utf8), seals)
        }
    }

    /// Whether a key's value is sealed in another way than it would be now.
    func isStale(_ key: [UInt8]) async throws -> Bool {
        guard let first = seals(of: key).first else { return false }
        guard let found = try await inner.range(RangeRequest(.key(key))).keyValues.first else { return false }
        return !first.fits(found.value)
    }

    private func seals(of key: [UInt8]) -> [Seal] { seals.first { key.starts(with: $0.prefix) }?.seals ?? [] }

    // MARK: RevisionedStore

    func range(_ request: RangeRequest) async throws -> RangeResponse { try opened(try await inner.range(request)) }

    func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse {
        try opened(try await inner.transact(try sealed(transaction), inTerm: term))
    }

    func watch(
        _ range: KeyRange, from revision: Revision, previousValues: Bool
    ) async throws -> any StoreWatch {
        SealedWatch(
            inner: try await inner.watch(range, from: revision, previousValues: previousValues), store: self)
    }

    func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID {
        try await inner.grantLease(id, timeToLiveSeconds: timeToLiveSeconds)
    }
    func revokeLease(_ id: LeaseID) async throws { try await inner.revokeLease(id) }
    func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 { try await inner.keepLeaseAlive(id) }
    func compact(_ revision: Revision) async throws { try await inner.compact(revision) }
    func status() async throws -> StoreStatus { try await inner.status() }

    // MARK: Values

    private func sealed(_ transaction: Transaction) throws -> Transaction {
        var transaction = transaction
        transaction.success = try transaction.success.map(sealed)
        transaction.failure = try transaction.failure.map(sealed)
        return transaction
    }

    private func sealed(_ operation: Operation) throws -> Operation {
        switch operation {
        case .put(let key, let value, let lease, let previous, let ignoreValue, let ignoreLease):
            guard !ignoreValue, let seal = seals(of: key).first else { return operation }
            return .put(
                key: key, value: try seal.seal(value, at: key), lease: lease, previous: previous,
                ignoreValue: ignoreValue, ignoreLease: ignoreLease)
        case .transaction(let transaction): return .transaction(try sealed(transaction))
        case .range, .delete: return operation
        }
    }

    private func opened(_ response: TransactionResponse) throws -> TransactionResponse {
        var response = response
        response.responses = try response.responses.map { response in
            switch response {
            case .range(let range): .range(try opened(range))
            case .put(let previous): .put(previous: try previous.map(opened))
            case .delete(let deleted, let previous): .delete(deleted: deleted, previous: try previous.map(opened))
            case .transaction(let transaction): .transaction(try opened(transaction))
            }
        }
        return response
    }

    private func opened(_ response: RangeResponse) throws -> RangeResponse {
        var response = response
        response.keyValues = try response.keyValues.map(opened)
        return response
    }

    /// Keys that were asked for without their values have none.
    fileprivate func opened(_ keyValue: KeyValue) throws -> KeyValue {
        let seals = seals(of: keyValue.key)
        guard !seals.isEmpty, !keyValue.value.isEmpty else { return keyValue }
        var keyValue = keyValue
        guard let seal = seals.first(where: { $0.fits(keyValue.value) }) else {
            throw Self.failure(keyValue.key, "no matching prefix found")
        }
        guard let plain = seal.open(keyValue.value, at: keyValue.key) else {
            throw Self.failure(keyValue.key, "the value was changed, or \(seal.keyName) is another key than it was")
        }
        keyValue.value = plain
        return keyValue
    }

    private static func failure(_ key: [UInt8], _ reason: String) -> SealFailure {
        SealFailure(description: "unable to transform key \"\(String(decoding: key, as: UTF8.self))\": \(reason)")
    }
}

/// A value that none of the configured keys opens.
struct SealFailure: Error, CustomStringConvertible {
    let description: String
}

/// The changes of a sealed store.
private struct SealedWatch: StoreWatch {
    let inner: any StoreWatch
    let store: SealedStore

    func next() async throws -> StoreWatchBatch? {
        guard var batch = try await inner.next() else { return nil }
        batch.events = try batch.events.map { event in
            var event = event
            if event.kind == .put { event.current = try store.opened(event.current) }
            event.previous = try event.previous.map { try store.opened($0) }
            return event
        }
        return batch
    }
    func requestProgress() { inner.requestProgress() }
    func cancel() { inner.cancel() }
}
