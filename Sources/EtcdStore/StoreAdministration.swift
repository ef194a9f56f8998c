import KeyValueCore

/// What a store answers about itself and its members beyond `RevisionedStore`: all that etcd's Lease, Cluster and
/// Maintenance services tell their clients.
public protocol StoreAdministration: RevisionedStore {
    /// Which member of which cluster this is.
    var identity: StoreIdentity { get }

    /// Where this member is; never waits.
    func memberStatus() throws -> MemberStatus

    /// The lease with its keys, and the seconds it has left. Throws `KeyValueError.leaseNotFound`.
    func lease(_ id: LeaseID) async throws -> (lease: Lease, remainingSeconds: Int64)

    /// Numbers of all leases, in order.
    func leases() async throws -> [LeaseID]

    /// Everything the member holds at one moment; costs nothing to take.
    func capture() throws -> StoreCapture

    /// All members, learners too, in order of their numbers.
    func members() async throws -> [StoreMember]

    /// Adds a member that will listen at these URLs; returns it with the number it was given.
    func addMember(peerURLs: [String], isLearner: Bool) async throws -> StoreMember

    /// Throws `MembershipError.notFound`, or `.notEnoughStarted` if the rest would not be a majority.
    func removeMember(_ id: UInt64) async throws

    /// Gives a member other URLs.
    func updateMember(_ id: UInt64, peerURLs: [String]) async throws

    /// Makes a learner that has caught up a voter.
    func promoteMember(_ id: UInt64) async throws

    /// Hands leadership over; returns when the other member leads.
    func moveLeader(to id: UInt64) async throws
}

/// One member of the store's cluster.
public struct StoreMember: Sendable, Equatable {
    public var id: UInt64
    /// Empty as long as the member has not started.
    public var name: String
    public var peerURLs: [String]
    /// Where it serves etcd's protocol; empty as long as it has not started.
    public var clientURLs: [String]
    public var isLearner: Bool

    public init(id: UInt64, name: String, peerURLs: [String], clientURLs: [String], isLearner: Bool = false) {
        self.id = id
        self.name = name
        self.peerURLs = peerURLs
        self.clientURLs = clientURLs
        self.isLearner = isLearner
    }
}

/// Where one member is, at the moment of asking.
public struct MemberStatus: Sendable, Equatable {
    public var revision: Revision
    public var compactedRevision: Revision
    public var term: UInt64
    /// The leader's number; 0 if this member knows none.
    public var leader: UInt64
    public var committedIndex: UInt64
    public var appliedIndex: UInt64
    public var isLearner: Bool
    /// The disk has no room: writes are refused.
    public var isOutOfSpace: Bool
    public var sizeInBytes: Int
    public var keyCount: Int

    public init(
        revision: Revision, compactedRevision: Revision, term: UInt64, leader: UInt64, committedIndex: UInt64,
        appliedIndex: UInt64, isLearner: Bool = false, isOutOfSpace: Bool = false, sizeInBytes: Int, keyCount: Int
    ) {
        self.revision = revision
        self.compactedRevision = compactedRevision
        self.term = term
        self.leader = leader
        self.committedIndex = committedIndex
        self.appliedIndex = appliedIndex
        self.isLearner = isLearner
        self.isOutOfSpace = isOutOfSpace
        self.sizeInBytes = sizeInBytes
        self.keyCount = keyCount
    }
}

/// The whole state at one moment; the table stays as it is while the store goes on.
public struct StoreCapture: Sendable {
    public var table: KeyTable
    public var leases: [Lease]
    public var appliedIndex: UInt64
    public var term: UInt64

    public init(table: KeyTable, leases: [Lease], appliedIndex: UInt64, term: UInt64) {
        self.table = table
        self.leases = leases
        self.appliedIndex = appliedIndex
        self.term = term
    }
}

/// Why a change of members was refused.
public enum MembershipError: Error, Sendable, Equatable {
    case notFound
    case exists
    case urlsExist
    case badURLs
    case notEnoughStarted
    case notLearner
    /// The learner has not caught up with the leader.
    case learnerNotReady
    case tooManyLearners
    /// Leadership cannot go to that member.
    case badTransferee
    /// The store has no way to reach other members: it was opened without a peer listener.
    case alone
}
