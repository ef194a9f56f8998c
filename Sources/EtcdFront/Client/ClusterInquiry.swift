import EtcdStore
import Foundation
import GRPCCore

/// What a member that wants to join asks of those that run.
extension EtcdClientStore {
    /// Who of the cluster's members is to listen for others at this URL: what a joining member has to know of itself.
    /// Nil if the cluster has not been told of such a member.
    public func identity(ofMemberAt peerURL: String) async throws -> StoreIdentity? {
        let answer = try await connections.ask(.freely) { client, options in
            try await Etcdserverpb_Cluster.Client(wrapping: client)
                .memberList(Etcdserverpb_MemberListRequest(), options: options)
        }
        guard let member = answer.members.first(where: { $0.peerUrls.contains(peerURL) }) else { return nil }
        return StoreIdentity(cluster: answer.header.clusterID, member: member.id)
    }
}

/// What one member says of itself, from its own state.
public struct MemberReport: Sendable, Equatable {
    public var member: UInt64
    /// Whom it takes for the leader; 0 for nobody.
    public var leader: UInt64
    public var term: UInt64
    /// The last entry that it has applied.
    public var appliedIndex: UInt64
    public var isLearner: Bool
}

extension EtcdClientStore {
    /// Asks the member whose turn it is; meant for clients of one endpoint. One try, which may take so long.
    public func memberReport(withinMilliseconds: Int64) async throws -> MemberReport {
        let status = try await connections.askOnce(milliseconds: withinMilliseconds) { client, options in
            try await Etcdserverpb_Maintenance.Client(wrapping: client)
                .status(Etcdserverpb_StatusRequest(), options: options)
        }
        return MemberReport(
            member: status.header.memberID, leader: status.leader, term: status.raftTerm,
            appliedIndex: status.raftAppliedIndex, isLearner: status.isLearner)
    }

    /// etcd's hash of the keys and their history up to a revision (0: the newest), and that revision; equal on members
    /// that have applied the same and compacted at the same revision.
    public func keyHash(at revision: Int64 = 0) async throws -> (hash: UInt32, revision: Int64, compacted: Int64) {
        var request = Etcdserverpb_HashKVRequest()
        request.revision = revision
        let answer = try await connections.ask(.freely) { [request] client, options in
            try await Etcdserverpb_Maintenance.Client(wrapping: client).hashKV(request, options: options)
        }
        let hashed = answer.hashRevision == 0 ? answer.header.revision : answer.hashRevision
        return (answer.hash, hashed, answer.compactRevision)
    }
}
