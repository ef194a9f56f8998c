import EtcdMessages
import EtcdStore
import GRPCCore
import KeyValueCore
import Logging
import Synchronization

/// An external etcd, or anything that speaks its protocol, as a `RevisionedStore`. It works while `run` runs.
///
/// - Reads are sent again, to one endpoint after another, until they are answered. A write is sent again only as long as
///   it is certain that nothing was done; else it ends with `StoreError.unknownOutcome`.
/// - Watches survive broken streams and go on behind the last revision that they have received.
/// - The terms of `transact(_:inTerm:)` are not etcd's but those of `LeaderElection`: the revision at which the process
///   that leads wrote the leadership's key.
public final class EtcdClientStore: RevisionedStore {
    let connections: EtcdConnections
    let limits: EtcdClientLimits
    private let watcher: EtcdWatcher
    private let leadershipKey: [UInt8]
    private let random: @Sendable () -> UInt64
    /// The newest revision that any answer told; every revision below this one was the store's.
    private let newestRevision = Atomic<Revision>(0)
    /// History below this is gone, as far as known.
    private let oldestRevision = Atomic<Revision>(0)

    /// Throws if the certificates cannot be read. No connection is made before `run`.
    public init(
        _ endpoints: [EtcdEndpoint], tls: EtcdClientTLS = EtcdClientTLS(),
        limits: EtcdClientLimits = EtcdClientLimits(), leadershipKey: [UInt8] = LeaderElection.standardKey,
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 1 ... .max) },
        logger: Logger = Logger(label: "etcd-client")
    ) throws {
        connections = try EtcdConnections(endpoints, tls: tls, limits: limits, log: logger)
        watcher = EtcdWatcher(connections, log: logger)
        self.limits = limits
        self.leadershipKey = leadershipKey
        self.random = random
    }

    /// Keeps connections and watches until `close`.
    public func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.connections.run() }
            group.addTask { await self.watcher.run() }
        }
    }

    /// Ends all watches, lets requests under way end, and with them `run`.
    public func close() {
        watcher.close()
        connections.close()
    }

    // MARK: Reading

    public func range(_ request: RangeRequest) async throws -> RangeResponse {
        let message = Etcdserverpb_RangeRequest(request)
        do {
            let answer = try await connections.ask(.freely) { client, options in
                try await client.call(EtcdMethods.range, message, options: options)
            }
            note(answer.header)
            return RangeResponse(answer)
        } catch {
            throw completed(error, revision: request.revision)
        }
    }

    /// etcd does not tell what history it has; it is searched for, with some twenty small reads at first.
    public func status() async throws -> StoreStatus {
        let leadership = try await range(RangeRequest(.key(leadershipKey)))
        let status = try await connections.ask(.freely) { client, options in
            try await client.call(EtcdMethods.status, Etcdserverpb_StatusRequest(), options: options)
        }
        let term = UInt64(max(0, leadership.keyValues.first?.createRevision ?? 0))
        return StoreStatus(
            revision: leadership.revision, compactedRevision: try await compactedRevision(below: leadership.revision),
            term: term, isLeader: status.leader != 0 && status.header.memberID == status.leader,
            sizeInBytes: Int(status.dbSize))
    }

    /// The oldest revision that can be read, or 0 if nothing was ever compacted. Between revisions that are gone and
    /// those that are not there is one boundary, so halving finds it.
    private func compactedRevision(below newest: Revision) async throws -> Revision {
        var gone = max(0, oldestRevision.load(ordering: .acquiring) - 1)
        var present = newest
        // Most of the time nothing has changed since the last look.
        if gone + 1 < present, try await isPresent(gone + 1) { present = gone + 1 }
        while gone + 1 < present {
            let middle = gone + (present - gone) / 2
            if try await isPresent(middle) { present = middle } else { gone = middle }
        }
        let oldest = gone == 0 ? 0 : present
        _ = oldestRevision.max(oldest, ordering: .acquiringAndReleasing)
        return oldest
    }

    private func isPresent(_ revision: Revision) async throws -> Bool {
        do {
            _ = try await range(RangeRequest(.key([0]), limit: 1, revision: revision, countOnly: true))
            return true
        } catch KeyValueError.compacted {
            return false
        }
    }

    public func watch(
        _ range: KeyRange, from revision: Revision, previousValues: Bool
    ) async throws -> any StoreWatch {
        if range.start.isEmpty { throw KeyValueError.emptyKey }
        if let end = range.end, end != [0], !range.start.lexicographicallyPrecedes(end) { throw KeyValueError.emptyKey }
        let first = revision > 0 ? revision : try await watcher.revision() + 1
        return try watcher.watch(range, from: first, previousValues: previousValues)
    }

    // MARK: Writing

    public func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse {
        try transaction.validate()
        if let term { return try await transact(transaction, fencedBy: term) }
        return try await send(transaction)
    }

    /// Does the transaction only if the leadership's key is still the one of that term.
    private func transact(_ transaction: Transaction, fencedBy term: UInt64) async throws -> TransactionResponse {
        let fenced = Transaction(
            compare: [Compare(leadershipKey, .createRevision(Revision(truncatingIfNeeded: term)))],
            success: [.transaction(transaction)], failure: [.range(RangeRequest(.key(leadershipKey), keysOnly: true))])
        let response = try await send(fenced)
        switch response.responses.first {
        case .transaction(let inner) where response.succeeded:
            return inner
        case .range(let range) where !response.succeeded:
            throw StoreError.termPassed(current: UInt64(max(0, range.keyValues.first?.createRevision ?? 0)))
        default:
            throw StoreError.stopped("a transaction was answered with something else")
        }
    }

    private func send(_ transaction: Transaction) async throws -> TransactionResponse {
        let message = Etcdserverpb_TxnRequest(transaction)
        let size = try message.serializedData().count
        if size > limits.requestBytes { throw StoreError.requestTooLarge(limitBytes: limits.requestBytes) }
        do {
            let answer = try await connections.ask(transaction.isReadOnly ? .freely : .never) { client, options in
                try await client.call(EtcdMethods.txn, message, options: options)
            }
            note(answer.header)
            return TransactionResponse(answer, revision: answer.header.revision)
        } catch {
            throw completed(error, lease: transaction.firstLease)
        }
    }

    /// Compacting twice is the same as once.
    public func compact(_ revision: Revision) async throws {
        var message = Etcdserverpb_CompactionRequest()
        message.revision = revision
        let tries = Atomic<Int>(0)
        do {
            let answer = try await connections.ask(.freely) { [message] client, options in
                tries.add(1, ordering: .relaxed)
                return try await client.call(EtcdMethods.compact, message, options: options)
            }
            note(answer.header)
        } catch KeyValueError.compacted where tries.load(ordering: .relaxed) > 1 {
            // An earlier try has done it.
        } catch {
            throw completed(error, revision: revision - 1)
        }
        _ = oldestRevision.max(revision, ordering: .acquiringAndReleasing)
    }

    // MARK: Leases

    /// The number of a lease without one is chosen here, so that the request may be sent again.
    public func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID {
        var message = Etcdserverpb_LeaseGrantRequest()
        message.id = id == 0 ? LeaseID(truncatingIfNeeded: max(1, random() & UInt64(Int64.max))) : id
        message.ttl = timeToLiveSeconds
        let lease = message.id
        do {
            let answer = try await connections.ask(id == 0 ? .freely : .never) { [message] client, options in
                try await client.call(EtcdMethods.leaseGrant, message, options: options)
            }
            note(answer.header)
        } catch KeyValueError.leaseExists where id == 0 {
            // An earlier try has done it.
        } catch {
            throw completed(error, lease: lease)
        }
        return lease
    }

    public func revokeLease(_ id: LeaseID) async throws {
        var message = Etcdserverpb_LeaseRevokeRequest()
        message.id = id
        do {
            let answer = try await connections.ask(.never) { [message] client, options in
                try await client.call(EtcdMethods.leaseRevoke, message, options: options)
            }
            note(answer.header)
        } catch {
            throw completed(error, lease: id)
        }
    }

    public func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 {
        var message = Etcdserverpb_LeaseKeepAliveRequest()
        message.id = id
        do {
            let seconds: Int64 = try await connections.ask(.freely) { [message] client, options in
                try await client.call(
                    EtcdMethods.leaseKeepAlive, options: options,
                    requestProducer: { writer in try await writer.write(message) },
                    onResponse: { response in
                        for try await answer in response.messages { return answer.ttl }
                        throw RPCError(code: .unavailable, message: "a lease was not renewed")
                    })
            }
            // etcd's word for a lease that is not there.
            if seconds <= 0 { throw KeyValueError.leaseNotFound(id) }
            return seconds
        } catch {
            throw completed(error, lease: id)
        }
    }

    // MARK: Helpers

    private func note(_ header: Etcdserverpb_ResponseHeader) {
        _ = newestRevision.max(header.revision, ordering: .acquiringAndReleasing)
    }

    /// etcd's errors carry no numbers: here they get what is known.
    private func completed(_ error: any Error, revision: Revision = 0, lease: LeaseID = 0) -> any Error {
        switch error {
        case KeyValueError.compacted:
            return KeyValueError.compacted(max(oldestRevision.load(ordering: .acquiring), revision + 1))
        case KeyValueError.futureRevision:
            return KeyValueError.futureRevision(current: newestRevision.load(ordering: .acquiring))
        case KeyValueError.leaseNotFound: return KeyValueError.leaseNotFound(lease)
        case KeyValueError.leaseExists: return KeyValueError.leaseExists(lease)
        default: return error
        }
    }
}

extension Transaction {
    /// The first lease that it puts a key under; 0 without one.
    fileprivate var firstLease: LeaseID {
        for operation in success + failure {
            switch operation {
            case .put(_, _, let lease, _, _, _) where lease != 0: return lease
            case .transaction(let nested) where nested.firstLease != 0: return nested.firstLease
            default: continue
            }
        }
        return 0
    }
}
