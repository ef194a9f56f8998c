import EtcdClient
import EtcdMessages
import EtcdStore
import EtcdTestKit
import Foundation
import GRPCCore
import GRPCServer
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

    @Test(.timeLimit(.minutes(1))) func clientsTurnAlarmsOnAndOff() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                var put = Etcdserverpb_PutRequest()
                put.key = Data("k".utf8)
                _ = try await client.call(EtcdMethods.put, put)

                let on = try await client.call(EtcdMethods.alarm, Self.request(.activate, .nospace, member: 0xABC))
                #expect(on.alarms.map(\.memberID) == [0xABC] && on.alarms.map(\.alarm) == [.nospace])
                await expect(.noSpace) { [put] in _ = try await client.call(EtcdMethods.put, put) }
                var transaction = Etcdserverpb_TxnRequest()
                transaction.failure = [Etcdserverpb_RequestOp()]
                transaction.failure[0].requestPut = put
                await expect(.noSpace) { [transaction] in _ = try await client.call(EtcdMethods.txn, transaction) }
                var grant = Etcdserverpb_LeaseGrantRequest()
                grant.ttl = 60
                await expect(.noSpace) { [grant] in _ = try await client.call(EtcdMethods.leaseGrant, grant) }
                var delete = Etcdserverpb_DeleteRangeRequest()
                delete.key = put.key
                #expect(try await client.call(EtcdMethods.deleteRange, delete).deleted == 1)
                let status = try await client.call(EtcdMethods.status, Etcdserverpb_StatusRequest())
                #expect(status.errors == ["memberID:2748 alarm:NOSPACE "])

                #expect(try await client.call(EtcdMethods.alarm, Self.request(.get, .corrupt)).alarms.isEmpty)
                #expect(try await client.call(EtcdMethods.alarm, Self.request(.get, .none)).alarms == on.alarms)
                #expect(
                    try await client.call(EtcdMethods.alarm, Self.request(.deactivate, .nospace, member: 1)).alarms
                        .isEmpty)
                #expect(
                    try await client.call(EtcdMethods.alarm, Self.request(.deactivate, .nospace, member: 0xABC)).alarms
                        == on.alarms)
                _ = try await client.call(EtcdMethods.put, put)

                _ = try await client.call(EtcdMethods.alarm, Self.request(.activate, .corrupt, member: 1))
                var range = Etcdserverpb_RangeRequest()
                range.key = put.key
                await expect(.corrupt) { [range] in _ = try await client.call(EtcdMethods.range, range) }
                await expect(.corrupt) { [delete] in _ = try await client.call(EtcdMethods.deleteRange, delete) }
                _ = try await client.call(EtcdMethods.alarm, Self.request(.deactivate, .corrupt, member: 1))
                #expect(try await client.call(EtcdMethods.range, range).count == 1)
            }
        }
    }
}
