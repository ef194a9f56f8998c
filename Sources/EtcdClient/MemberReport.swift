import EtcdMessages
import EtcdStore
import Foundation
import GRPCCore

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
            try await client.call(EtcdMethods.status, Etcdserverpb_StatusRequest(), options: options)
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
            try await client.call(EtcdMethods.hashKV, request, options: options)
        }
        let hashed = answer.hashRevision == 0 ? answer.header.revision : answer.hashRevision
        return (answer.hash, hashed, answer.compactRevision)
    }
}
