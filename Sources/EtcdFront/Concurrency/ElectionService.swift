import EtcdMessages
import EtcdStore
import Foundation
import GRPCServer
import KeyValueCore

/// etcd's Election service: the head of a queue leads, and its key's value is what it proclaims.
struct ElectionService: Sendable {
    let served: ServedStore
    private var store: EmbeddedStore { served.store }

    init(_ served: ServedStore) { self.served = served }

    /// Waits until the caller leads.
    func campaign(
        request: V3electionpb_CampaignRequest, context: CallContext
    ) async throws -> V3electionpb_CampaignResponse {
        let queue = LockQueue(store, name: [UInt8](request.name))
        let value = [UInt8](request.value)
        return try await LeaseSession(served: served, context: context).run(request.lease) { lease in
            let place = try await queue.join(lease, value: value)
            let revision: Revision
            do {
                if place.value != value { _ = try await proclaim(place.key, place.revision, value, lease) }
                revision = try await queue.waitForHead(place)
            } catch {
                // As with locks: who does not wait any more must not become leader.
                _ = await Task { try? await queue.leave(place.key, createdAt: place.revision) }.value
                throw error
            }
            var answer = V3electionpb_CampaignResponse()
            answer.header = try served.header(revision: revision)
            answer.leader.name = request.name
            answer.leader.key = Data(place.key)
            answer.leader.rev = place.revision
            answer.leader.lease = lease
            return answer
        }
    }

    func proclaim(
        request: V3electionpb_ProclaimRequest, context: CallContext
    ) async throws -> V3electionpb_ProclaimResponse {
        let leader = request.leader
        let revision = try await proclaim(
            [UInt8](leader.key), leader.rev, [UInt8](request.value), leader.lease)
        var answer = V3electionpb_ProclaimResponse()
        answer.header = try served.header(revision: revision)
        return answer
    }

    private func proclaim(
        _ key: [UInt8], _ created: Revision, _ value: [UInt8], _ lease: LeaseID
    ) async throws -> Revision {
        let response = try await store.transact(
            Transaction(
                compare: [Compare(key, .createRevision(created))],
                success: [.put(key: key, value: value, lease: lease)]))
        if !response.succeeded { throw CallError.notElectionLeader }
        return response.revision
    }

    func leader(
        request: V3electionpb_LeaderRequest, context: CallContext
    ) async throws -> V3electionpb_LeaderResponse {
        let (head, revision) = try await LockQueue(store, name: [UInt8](request.name)).head()
        guard let head else { throw CallError.noElectionLeader }
        return try response(head, at: revision)
    }

    /// What the leader proclaims, and then every change of that, and every new leader.
    func observe(
        request: V3electionpb_LeaderRequest, response: CallWriter<V3electionpb_LeaderResponse>,
        context: CallContext
    ) async throws {
        let queue = LockQueue(store, name: [UInt8](request.name))
        try await LeaseSession.whileCalled(context) {
            while true {
                let (head, revision) = try await queue.head()
                if let head {
                    try await response.write(try self.response(head, at: revision))
                    try await follow(.key(head.key), after: revision) { event in
                        guard event.kind == .put else { return false }
                        try await response.write(try self.response(event.current, at: event.current.modRevision))
                        return true
                    }
                } else {
                    try await follow(.prefix(queue.prefix), after: revision) { event in event.kind == .delete }
                }
            }
        }
    }

    /// Tells changes until `goesOn` says no.
    private func follow(
        _ range: KeyRange, after revision: Revision, _ goesOn: (KeyValueEvent) async throws -> Bool
    ) async throws {
        let watch = try await store.watch(range, from: revision + 1, previousValues: false)
        defer { watch.cancel() }
        while let batch = try await watch.next() {
            for event in batch.events where try await !goesOn(event) { return }
        }
        throw StoreError.closed
    }

    private func response(_ keyValue: KeyValue, at revision: Revision) throws -> V3electionpb_LeaderResponse {
        var answer = V3electionpb_LeaderResponse()
        answer.header = try served.header(revision: revision)
        answer.kv = Mvccpb_KeyValue(keyValue)
        return answer
    }

    /// Who does not lead any more resigns without effect.
    func resign(
        request: V3electionpb_ResignRequest, context: CallContext
    ) async throws -> V3electionpb_ResignResponse {
        let queue = LockQueue(store, name: [UInt8](request.leader.name))
        let response = try await queue.leave([UInt8](request.leader.key), createdAt: request.leader.rev)
        var answer = V3electionpb_ResignResponse()
        answer.header = try served.header(revision: response.revision)
        return answer
    }
}
