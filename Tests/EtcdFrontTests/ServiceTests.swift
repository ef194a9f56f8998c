import EtcdClient
import EtcdMessages
import EtcdStore
import EtcdTestKit
import Foundation
import GRPCCore
import GRPCServer
import KeyValueCore
import TestKit
import Testing

@testable import EtcdFront

/// What `etcdctl` has no commands for.
@Suite struct ServiceTests {
    private static func message(_ key: String, _ value: String = "") -> Etcdserverpb_PutRequest {
        var message = Etcdserverpb_PutRequest()
        message.key = Data(key.utf8)
        message.value = Data(value.utf8)
        return message
    }

    @Test(.timeLimit(.minutes(1))) func errorsAreEtcds() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                await expect(.emptyKey) { _ = try await client.call(EtcdMethods.put, Self.message("")) }
                var put = Self.message("k", "v")
                put.ignoreValue = true
                await expect(.valueProvided) { [put] in _ = try await client.call(EtcdMethods.put, put) }
                put = Self.message("k", "v")
                put.lease = 99
                await expect(.leaseNotFound) { [put] in _ = try await client.call(EtcdMethods.put, put) }
                put = Self.message("k", String(repeating: "x", count: 1_600_000))
                await expect(.requestTooLarge) { [put] in _ = try await client.call(EtcdMethods.put, put) }
                put = Self.message("k", String(repeating: "x", count: 3_000_000))
                // The transport ends the stream of a message that it does not take.
                let tooLong = await callError { [put] in _ = try await client.call(EtcdMethods.put, put) }
                #expect(tooLong?.code == .resourceExhausted || tooLong?.code == .unavailable)
                var range = Etcdserverpb_RangeRequest()
                range.key = Data("k".utf8)
                range.revision = 77
                await expect(.futureRevision) { [range] in _ = try await client.call(EtcdMethods.range, range) }
                var transaction = Etcdserverpb_TxnRequest()
                await expect(nil) { [transaction] in _ = try await client.call(EtcdMethods.txn, transaction) }
                transaction.success = [Etcdserverpb_RequestOp()]
                await expect(.keyNotFound) { [transaction] in _ = try await client.call(EtcdMethods.txn, transaction) }
                transaction.success = (0..<129).map { number in
                    var operation = Etcdserverpb_RequestOp()
                    operation.requestPut = Self.message("k\(number)")
                    return operation
                }
                await expect(.tooManyOperations) { [transaction] in
                    _ = try await client.call(EtcdMethods.txn, transaction)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func transactionsAreNested() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                var inner = Etcdserverpb_TxnRequest()
                inner.success = [Etcdserverpb_RequestOp(), Etcdserverpb_RequestOp()]
                inner.success[0].requestPut = Self.message("inner", "1")
                inner.success[1].requestRange.key = Data("inner".utf8)
                var outer = Etcdserverpb_TxnRequest()
                outer.compare = [Etcdserverpb_Compare()]
                outer.compare[0].key = Data("a".utf8)
                outer.compare[0].rangeEnd = Data("b".utf8)
                outer.compare[0].target = .version
                outer.compare[0].version = 0
                outer.success = [Etcdserverpb_RequestOp(), Etcdserverpb_RequestOp()]
                outer.success[0].requestTxn = inner
                outer.success[1].requestDeleteRange.key = Data("none".utf8)
                let answer = try await client.call(EtcdMethods.txn, outer)
                #expect(answer.succeeded && answer.header.revision == 2)
                let nested = answer.responses[0].responseTxn
                #expect(nested.succeeded && nested.responses[1].responseRange.kvs.map(\.modRevision) == [2])
                #expect(answer.responses[1].responseDeleteRange.header.revision == 2)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func healthAndMetricsTellTheState() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                #expect(
                    try await client.call(EtcdMethods.healthCheck, Grpc_Health_V1_HealthCheckRequest()).status
                        == .serving)
                var other = Grpc_Health_V1_HealthCheckRequest()
                other.service = "other"
                await expect(CallError(.notFound, "unknown service")) { [other] in
                    _ = try await client.call(EtcdMethods.healthCheck, other)
                }
                _ = try await client.call(EtcdMethods.put, Self.message("k", "v"))
            }
            let lines = await served.metricLines()
            for line in [
                "etcd_server_has_leader 1", "etcd_server_is_leader 1", "etcd_mvcc_put_total 1",
                "etcd_debugging_mvcc_keys_total 1", "etcd_debugging_mvcc_current_revision 2",
            ] { #expect(lines.contains(Substring(line))) }
        }
    }

    @Test(.timeLimit(.minutes(1))) func thereIsNothingToDowngradeTo() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                var request = Etcdserverpb_DowngradeRequest()
                for action in [Etcdserverpb_DowngradeRequest.DowngradeAction.validate, .enable] {
                    request.action = action
                    for version in ["3.5", "3.5.0", "3.6", "4.0.1-rc.1+build"] {
                        request.version = version
                        await expect(.downgradeTargetInvalid) { [request] in
                            _ = try await client.call(EtcdMethods.downgrade, request)
                        }
                    }
                    for version in ["", "3", "v3.5", "3.5-rc", "3.x"] {
                        request.version = version
                        await expect(.downgradeVersionMalformed) { [request] in
                            _ = try await client.call(EtcdMethods.downgrade, request)
                        }
                    }
                }
                request.action = .cancel
                let cancelled = try await client.call(EtcdMethods.downgrade, request)
                #expect(cancelled.version == "3.6" && cancelled.header.revision == 1)
                request.action = .UNRECOGNIZED(9)
                await expect(.unknownAction) { [request] in _ = try await client.call(EtcdMethods.downgrade, request) }
                let status = try await client.call(EtcdMethods.status, Etcdserverpb_StatusRequest())
                #expect(status.hasDowngradeInfo && !status.downgradeInfo.enabled)
            }
        }
    }

    /// Memory that is used counts, as etcd's backend does; a quota is told as it is set.
    @Test(.timeLimit(.minutes(1)), arguments: [8 << 30, 1 << 20, -1]) func statusTellsTheQuota(bytes: Int) async throws
    {
        var limits = StoreLimits()
        limits.setQuota(bytes == 8 << 30 ? 0 : bytes)
        try await ServedDirectory.run(storeLimits: limits) { served in
            try await served.connected { client in
                _ = try await client.call(EtcdMethods.put, Self.message("k", "value"))
                let status = try await client.call(EtcdMethods.status, Etcdserverpb_StatusRequest())
                #expect(status.dbSizeQuota == bytes && status.dbSizeInUse == 256 + 6)
                #expect(status.raftIndex == status.raftAppliedIndex && status.raftIndex > 0)
            }
            let lines = await served.metricLines()
            #expect(lines.contains("etcd_server_quota_backend_bytes \(bytes)"))
            #expect(lines.contains("etcd_mvcc_db_total_size_in_use_in_bytes 262"))
        }
    }

    /// One of three members without the others: it answers what needs no leader, and no more.
    @Test(.timeLimit(.minutes(1))) func aMemberWithoutLeaderSaysSo() async throws {
        let directory = TemporaryDirectory()
        let cluster = try InitialCluster(
            parsing: "a=https://127.0.0.1:1,b=https://127.0.0.1:2,c=https://127.0.0.1:3", token: "test")
        var state = KeyValueState()
        _ = try state.apply(.transact(Transaction(success: [.put(key: Array("k".utf8), value: [1])])))
        _ = try StoreRestore.run(KeyValueSnapshot(state), cluster: cluster, name: "a", directory: directory.path)
        try await ServedDirectory.run(directory: directory.path) { served in
            try await served.connected { client in
                var range = Etcdserverpb_RangeRequest()
                range.key = Data("k".utf8)
                range.serializable = true
                let answer = try await client.call(EtcdMethods.range, range)
                #expect(answer.kvs.map(\.modRevision) == [2])
                #expect(
                    try await client.call(EtcdMethods.healthCheck, Grpc_Health_V1_HealthCheckRequest()).status
                        == .notServing)
                let status = try await client.call(EtcdMethods.status, Etcdserverpb_StatusRequest())
                #expect(status.leader == 0 && status.errors == ["etcdserver: no leader"])
                await expect(.noLeader) {
                    try await client.call(EtcdMethods.watch, metadata: ["hasleader": "true"]) { writer in
                        try await writer.write(Etcdserverpb_WatchRequest())
                    } onResponse: { response in
                        for try await _ in response.messages {}
                    }
                }
            }
        }
    }

    @Test func withoutTLSOnlyLoopbackIsServed() async throws {
        let directory = TemporaryDirectory()
        let store = try await EmbeddedStore.open(directory: directory.path)
        #expect(throws: EtcdServerError.notLoopback("0.0.0.0")) {
            try EtcdServer(store, address: "0.0.0.0", port: 0, security: .insecure)
        }
        await store.close()
    }
}
