import EtcdStore
import Foundation
import GRPCCore
import Testing

@testable import EtcdFront

/// Alarms as clients turn them on and off; a full disk's are the store's tests.
@Suite struct AlarmTests {
    private static func request(
        _ action: Etcdserverpb_AlarmRequest.AlarmAction, _ kind: Etcdserverpb_AlarmType, member: UInt64 = 0
    ) -> Etcdserverpb_AlarmRequest {
        var request = Etcdserverpb_AlarmRequest()
        request.action = action
        request.alarm = kind
        request.memberID = member
        return request
    }

    /// The call must end with this error.
    private static func expect(
        _ expected: EtcdError, at place: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async {
        var found: EtcdError?
        do { try await body() } catch let error as RPCError {
            found = EtcdError(error.code, error.message)
        } catch {
            found = EtcdError(.unknown, "\(error)")
        }
        #expect(found == expected, sourceLocation: place)
    }

    @Test(.timeLimit(.minutes(1))) func clientsTurnAlarmsOnAndOff() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let keys = Etcdserverpb_KV.Client(wrapping: client)
                let leases = Etcdserverpb_Lease.Client(wrapping: client)
                let care = Etcdserverpb_Maintenance.Client(wrapping: client)
                var put = Etcdserverpb_PutRequest()
                put.key = Data("k".utf8)
                _ = try await keys.put(put)

                let on = try await care.alarm(Self.request(.activate, .nospace, member: 0xABC))
                #expect(on.alarms.map(\.memberID) == [0xABC] && on.alarms.map(\.alarm) == [.nospace])
                await Self.expect(.noSpace) { [put] in _ = try await keys.put(put) }
                var transaction = Etcdserverpb_TxnRequest()
                transaction.failure = [Etcdserverpb_RequestOp()]
                transaction.failure[0].requestPut = put
                await Self.expect(.noSpace) { [transaction] in _ = try await keys.txn(transaction) }
                var grant = Etcdserverpb_LeaseGrantRequest()
                grant.ttl = 60
                await Self.expect(.noSpace) { [grant] in _ = try await leases.leaseGrant(grant) }
                var delete = Etcdserverpb_DeleteRangeRequest()
                delete.key = put.key
                #expect(try await keys.deleteRange(delete).deleted == 1)
                let status = try await care.status(Etcdserverpb_StatusRequest())
                #expect(status.errors == ["memberID:2748 alarm:NOSPACE "])

                #expect(try await care.alarm(Self.request(.get, .corrupt)).alarms.isEmpty)
                #expect(try await care.alarm(Self.request(.get, .none)).alarms == on.alarms)
                #expect(try await care.alarm(Self.request(.deactivate, .nospace, member: 1)).alarms.isEmpty)
                #expect(try await care.alarm(Self.request(.deactivate, .nospace, member: 0xABC)).alarms == on.alarms)
                _ = try await keys.put(put)

                _ = try await care.alarm(Self.request(.activate, .corrupt, member: 1))
                var range = Etcdserverpb_RangeRequest()
                range.key = put.key
                await Self.expect(.corrupt) { [range] in _ = try await keys.range(range) }
                await Self.expect(.corrupt) { [delete] in _ = try await keys.deleteRange(delete) }
                _ = try await care.alarm(Self.request(.deactivate, .corrupt, member: 1))
                #expect(try await keys.range(range).count == 1)
            }
        }
    }
}
