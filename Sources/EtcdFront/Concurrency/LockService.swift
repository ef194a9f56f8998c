import EtcdMessages
import EtcdStore
import Foundation
import GRPCServer
import KeyValueCore

/// etcd's Lock service: a lock belongs to the head of a queue.
struct LockService: Sendable {
    let served: ServedStore

    init(_ served: ServedStore) { self.served = served }

    /// Waits until the lock is the caller's. The lock ends with its lease.
    func lock(request: V3lockpb_LockRequest, context: CallContext) async throws -> V3lockpb_LockResponse {
        let queue = LockQueue(served.store, name: [UInt8](request.name))
        let session = LeaseSession(served: served, context: context)
        return try await session.run(request.lease) { lease in
            let place = try await queue.join(lease, value: [])
            let revision: Revision
            do {
                revision = try await queue.waitForHead(place)
            } catch {
                // Nobody waits any more; the key must not stay in the way of others. It is deleted by a task of its
                // own as this one is cancelled.
                _ = await Task { try? await queue.leave(place.key, createdAt: place.revision) }.value
                throw error
            }
            let own = try await served.store.range(RangeRequest(.key(place.key)))
            if own.keyValues.first?.createRevision != place.revision {
                throw CallError(.unknown, "mutex: session is expired")
            }
            var answer = V3lockpb_LockResponse()
            answer.key = Data(place.key)
            answer.header = try served.header(revision: revision)
            return answer
        }
    }

    func unlock(request: V3lockpb_UnlockRequest, context: CallContext) async throws -> V3lockpb_UnlockResponse {
        if request.key.isEmpty { throw CallError.emptyKey }
        let response = try await served.store.transact(
            Transaction(success: [.delete(.key([UInt8](request.key)))]))
        var answer = V3lockpb_UnlockResponse()
        answer.header = try served.header(revision: response.revision)
        return answer
    }
}
