import EtcdMessages
import EtcdStore
import Foundation
import GRPCServer
import KeyValueCore

/// etcd's Lease service.
struct LeaseService: Sendable {
    let served: ServedStore

    init(_ served: ServedStore) { self.served = served }

    /// A lease shorter than the shortest gets the shortest.
    func leaseGrant(
        request: Etcdserverpb_LeaseGrantRequest, context: CallContext
    ) async throws -> Etcdserverpb_LeaseGrantResponse {
        if request.ttl > served.limits.maximumLeaseSeconds { throw CallError.leaseTooLong }
        let seconds = max(request.ttl, served.limits.minimumLeaseSeconds)
        var answer = Etcdserverpb_LeaseGrantResponse()
        answer.id = try await served.store.grantLease(request.id, timeToLiveSeconds: seconds)
        answer.ttl = seconds
        answer.header = try await served.header()
        served.counters.leasesGranted.add(1)
        return answer
    }

    func leaseRevoke(
        request: Etcdserverpb_LeaseRevokeRequest, context: CallContext
    ) async throws -> Etcdserverpb_LeaseRevokeResponse {
        try await served.store.revokeLease(request.id)
        served.counters.leasesRevoked.add(1)
        var answer = Etcdserverpb_LeaseRevokeResponse()
        answer.header = try await served.header()
        return answer
    }

    /// A lease that is not there is answered with no time to live; the stream goes on.
    func leaseKeepAlive(
        request: CallReader<Etcdserverpb_LeaseKeepAliveRequest>,
        response: CallWriter<Etcdserverpb_LeaseKeepAliveResponse>, context: CallContext
    ) async throws {
        for try await message in request {
            var answer = Etcdserverpb_LeaseKeepAliveResponse()
            answer.id = message.id
            answer.header = try await served.header()
            do {
                answer.ttl = try await served.store.keepLeaseAlive(message.id)
                served.counters.leasesRenewed.add(1)
            } catch KeyValueError.leaseNotFound {
                answer.ttl = 0
            }
            try await response.write(answer)
        }
    }

    /// A lease that is not there has -1 seconds left.
    func leaseTimeToLive(
        request: Etcdserverpb_LeaseTimeToLiveRequest, context: CallContext
    ) async throws -> Etcdserverpb_LeaseTimeToLiveResponse {
        var answer = Etcdserverpb_LeaseTimeToLiveResponse()
        answer.id = request.id
        answer.header = try await served.header()
        do {
            let (lease, remaining) = try await served.store.leaseStatus(request.id)
            answer.ttl = remaining
            answer.grantedTtl = lease.timeToLiveSeconds
            if request.keys {
                answer.keys = lease.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { Data($0) }
            }
        } catch KeyValueError.leaseNotFound {
            answer.ttl = -1
        }
        return answer
    }

    func leaseLeases(
        request: Etcdserverpb_LeaseLeasesRequest, context: CallContext
    ) async throws -> Etcdserverpb_LeaseLeasesResponse {
        var answer = Etcdserverpb_LeaseLeasesResponse()
        answer.header = try await served.header()
        answer.leases = try served.store.leases().map { id in
            var status = Etcdserverpb_LeaseStatus()
            status.id = id
            return status
        }
        return answer
    }
}
