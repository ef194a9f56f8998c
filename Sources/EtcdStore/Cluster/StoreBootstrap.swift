import KeyValueCore
import RaftCore

/// What a member becomes in an empty directory; in a directory with a log it is what the log says.
public enum StoreBootstrap: Sendable {
    /// The only member of a cluster of its own, with numbers chosen by chance.
    case alone
    /// One of the members that a new cluster begins with; all of them are given the same cluster.
    case newCluster(InitialCluster, name: String)
    /// A member that the cluster has been told of (`addMember`); it has no say until the leader has brought it up.
    case join(cluster: UInt64, member: UInt64)
    /// The same, for a member that knows where others are (`https://host:port`) and asks them for the numbers.
    case joinThrough([String])
    /// Like `newCluster`, with the keys and leases of a snapshot file of another cluster.
    case restore(KeyValueSnapshot, InitialCluster, name: String)

    /// Where the logs of a cluster with several first members begin. A joiner begins at 0, so it cannot take these
    /// entries for its own first ones, and is sent a snapshot.
    static let firstPosition = LogPosition(index: 1, term: 1)

    /// The snapshot that the member begins with; nil if it needs none.
    func snapshot(random: () -> UInt64) throws(StoreError) -> (SnapshotHeader, KeyTable)? {
        switch self {
        case .alone:
            return nil
        case .join(let cluster, let member):
            return Self.snapshot(
                AppliedState(configuration: Configuration(voters: [])),
                StoreIdentity(cluster: cluster, member: member))
        case .joinThrough:
            throw .invalidMember("the members to join through were not asked")
        case .newCluster(let cluster, let name):
            return try Self.snapshot(of: cluster, name, KeyValueState())
        case .restore(let snapshot, let cluster, let name):
            return try Self.snapshot(of: cluster, name, snapshot.keyValues)
        }
    }

    private static func snapshot(
        of cluster: InitialCluster, _ name: String, _ keyValues: KeyValueState
    ) throws(StoreError) -> (SnapshotHeader, KeyTable) {
        guard let own = cluster.members.first(where: { $0.name == name }) else {
            throw .invalidMember("the initial cluster has no member \(name)")
        }
        guard Set(cluster.members.map(\.id)).count == cluster.members.count,
            cluster.members.count <= Configuration.memberLimit
        else {
            throw .invalidMember("members of the initial cluster have the same addresses, or there are too many")
        }
        for member in cluster.members { try member.validate() }
        var applied = AppliedState(configuration: Configuration(voters: cluster.members.map { Member($0.id) }))
        applied.keyValues = keyValues
        applied.position = firstPosition
        applied.directory = MemberDirectory(cluster.members)
        return snapshot(applied, StoreIdentity(cluster: cluster.id, member: own.id))
    }

    private static func snapshot(_ applied: AppliedState, _ identity: StoreIdentity) -> (SnapshotHeader, KeyTable) {
        (SnapshotHeader(applied, identity: identity, isBootstrap: true), applied.keyValues.table)
    }
}

/// The keys and leases of a snapshot file, without whose they were.
public struct KeyValueSnapshot: Sendable {
    let keyValues: KeyValueState
    public let revision: Revision

    /// Reads and checks a snapshot file on a disk.
    public init(_ name: String, on disk: any Disk) throws(StoreError) {
        keyValues = try SnapshotReader(disk: disk).restore(name).state
        revision = keyValues.revision
    }
}
