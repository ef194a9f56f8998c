import KeyValueCore
import RaftCore

/// A replicated key-value store with etcd's semantics: linearizable writes, one global revision, history until
/// compaction, watches that resume from any uncompacted revision without gap or duplicate.
public protocol RevisionedStore: Sendable {
    /// Reads; linearizable unless the request says `serializable`.
    func range(_ request: RangeRequest) async throws -> RangeResponse

    /// Writes, durably on a majority when this returns. A proposal with a `term` is refused with
    /// `StoreError.termPassed` once the leader's term differs, which fences the loops of a deposed leader.
    func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse

    /// Every change of keys in `range` with a revision of at least `revision` (0: from now on), in order, whole
    /// revisions at a time. Throws `KeyValueError.compacted` when that history is gone; the sequence ends with
    /// `StoreError.watcherTooSlow` when its reader falls behind by more than the store's limit.
    func watch(_ range: KeyRange, from revision: Revision, previousValues: Bool) async throws -> any StoreWatch

    func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID
    func revokeLease(_ id: LeaseID) async throws
    func keepLeaseAlive(_ id: LeaseID) async throws -> Int64

    /// Forgets history before `revision`.
    func compact(_ revision: Revision) async throws

    func status() async throws -> StoreStatus
}

extension RevisionedStore {
    public func transact(_ transaction: Transaction) async throws -> TransactionResponse {
        try await transact(transaction, inTerm: nil)
    }
}

/// A running watch: call `next` until it returns nil (the store closed) or throws; `cancel` frees it.
public protocol StoreWatch: Sendable {
    /// The changes of one or more whole revisions; `revision` is how far the watch has seen, events or not.
    func next() async throws -> StoreWatchBatch?
    /// Makes `next` answer soon even without events, with a batch whose `revision` is at least the store's at the
    /// time of this call (etcd's progress request). Never waits; asking twice before the answer is one request.
    func requestProgress()
    func cancel()
}

public struct StoreWatchBatch: Sendable, Equatable {
    public var events: [KeyValueEvent]
    /// Every change of the range up to and including this revision has been delivered with this batch.
    public var revision: Revision
    public init(events: [KeyValueEvent], revision: Revision) {
        self.events = events
        self.revision = revision
    }
}

public struct StoreStatus: Sendable, Equatable {
    public var revision: Revision
    public var compactedRevision: Revision
    public var term: UInt64
    /// Whether this member leads and has applied everything that was committed before it led.
    public var isLeader: Bool
    public var sizeInBytes: Int
    /// This member's number, and the leader's if there is one.
    public var member: UInt64 = 0
    public var leader: UInt64?
    /// Whether this member has no vote (yet).
    public var isLearner = false
    /// Whether this member takes part, as far as it knows.
    public var isMember = true
    /// Whether the cluster goes on without this member: it was removed, and may be closed.
    public var isRemoved = false
    /// The last entry that this member knows to be committed, and the last that it has applied.
    public var committedIndex: UInt64 = 0
    public var appliedIndex: UInt64 = 0
    /// About the memory that keys, values, history and leases take, and the quota for it; negative: none.
    public var bytesHeld = 0
    public var quotaBytes = -1
    /// The cluster's alarms, and this member's own if it could not tell the cluster of it.
    public var alarms: [StoreAlarm] = []
    public init(revision: Revision, compactedRevision: Revision, term: UInt64, isLeader: Bool, sizeInBytes: Int) {
        self.revision = revision
        self.compactedRevision = compactedRevision
        self.term = term
        self.isLeader = isLeader
        self.sizeInBytes = sizeInBytes
    }
}

/// Errors of the store itself; those of the data model are `KeyValueError`.
public enum StoreError: Error, Sendable, Equatable {
    case notLeader
    /// Nobody led for as long as a request may wait. Nothing was written.
    case noLeader
    /// The answer did not come in time: a write may have been done, may be done yet, or may never be.
    case unknownOutcome
    /// A member that cannot be, for this reason.
    case invalidMember(String)
    /// A change of the members was refused.
    case membership(Raft.MembershipRefusal)
    /// The leader goes on leading.
    case transferRefused(Raft.TransferRefusal)
    case termPassed(current: UInt64)
    /// The log could not be made durable; the member has stopped.
    case stopped(String)
    /// A member of the cluster has no space left; reads go on, and what makes the store smaller.
    case outOfSpace
    case watcherTooSlow
    case requestTooLarge(limitBytes: Int)
    case tooManyRequests
    /// The disk's content is damaged at this place.
    case corrupt(file: String, offset: Int, reason: String)
    /// Another process has this data directory open.
    case locked(directory: String)
    /// The store was closed, in order.
    case closed
}
