import EtcdStore
import Foundation
import GRPCCore
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

    /// The error a call ends with, as clients see it.
    private static func error(_ body: () async throws -> Void) async -> EtcdError? {
        do {
            try await body()
            return nil
        } catch let error as RPCError {
            return EtcdError(error.code, error.message)
        } catch {
            return EtcdError(.unknown, "\(error)")
        }
    }

    /// The call must end with this error, or with none.
    private static func expect(
        _ expected: EtcdError?, at place: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async {
        let found = await error(body)
        #expect(found == expected, sourceLocation: place)
    }

    private static func expect(
        code: RPCError.Code, at place: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async {
        let found = await error(body)
        #expect(found?.code == code, sourceLocation: place)
    }

    @Test(.timeLimit(.minutes(1))) func errorsAreEtcds() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let keys = Etcdserverpb_KV.Client(wrapping: client)
                await Self.expect(.emptyKey) { _ = try await keys.put(Self.message("")) }
                var put = Self.message("k", "v")
                put.ignoreValue = true
                await Self.expect(.valueProvided) { [put] in _ = try await keys.put(put) }
                put = Self.message("k", "v")
                put.lease = 99
                await Self.expect(.leaseNotFound) { [put] in _ = try await keys.put(put) }
                put = Self.message("k", String(repeating: "x", count: 1_600_000))
                await Self.expect(.requestTooLarge) { [put] in _ = try await keys.put(put) }
                put = Self.message("k", String(repeating: "x", count: 3_000_000))
                // The transport ends the stream of a message that it does not take.
                let tooLong = await Self.error { [put] in _ = try await keys.put(put) }
                #expect(tooLong?.code == .resourceExhausted || tooLong?.code == .unavailable)
                var range = Etcdserverpb_RangeRequest()
                range.key = Data("k".utf8)
                range.revision = 77
                await Self.expect(.futureRevision) { [range] in _ = try await keys.range(range) }
                var transaction = Etcdserverpb_TxnRequest()
                await Self.expect(nil) { [transaction] in _ = try await keys.txn(transaction) }
                transaction.success = [Etcdserverpb_RequestOp()]
                await Self.expect(.keyNotFound) { [transaction] in _ = try await keys.txn(transaction) }
                transaction.success = (0..<129).map { number in
                    var operation = Etcdserverpb_RequestOp()
                    operation.requestPut = Self.message("k\(number)")
                    return operation
                }
                await Self.expect(.tooManyOperations) { [transaction] in _ = try await keys.txn(transaction) }
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
                let answer = try await Etcdserverpb_KV.Client(wrapping: client).txn(outer)
                #expect(answer.succeeded && answer.header.revision == 2)
                let nested = answer.responses[0].responseTxn
                #expect(nested.succeeded && nested.responses[1].responseRange.kvs.map(\.modRevision) == [2])
                #expect(answer.responses[1].responseDeleteRange.header.revision == 2)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aLockPassesOnWhenItIsLeft() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let locks = V3lockpb_Lock.Client(wrapping: client)
                var request = V3lockpb_LockRequest()
                request.name = Data("door".utf8)
                let first = try await locks.lock(request)
                let second = Task { [request] in try await locks.lock(request) }
                while try await served.store.range(RangeRequest(.prefix([]))).count < 2 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                var unlock = V3lockpb_UnlockRequest()
                unlock.key = first.key
                let left = try await locks.unlock(unlock)
                #expect(try await second.value.key != first.key)
                #expect(try await second.value.header.revision >= left.header.revision)
                request.lease = 4711
                await Self.expect(.leaseNotFound) { [request] in _ = try await locks.lock(request) }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoGoesAwayLeavesTheLine() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let locks = V3lockpb_Lock.Client(wrapping: client)
                var request = V3lockpb_LockRequest()
                request.name = Data("door".utf8)
                _ = try await locks.lock(request)
                var options = CallOptions.defaults
                options.timeout = .milliseconds(300)
                let error = await Self.error { [request, options] in
                    _ = try await locks.lock(request, options: options)
                }
                #expect(error?.code == .deadlineExceeded || error?.code == .cancelled)
                while try await served.store.range(RangeRequest(.prefix([]))).count > 1 {
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func anElectionIsWonObservedAndResigned() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let elections = V3electionpb_Election.Client(wrapping: client)
                var ask = V3electionpb_LeaderRequest()
                ask.name = Data("chair".utf8)
                await Self.expect(.noElectionLeader) { [ask] in _ = try await elections.leader(ask) }
                let (seen, sink) = AsyncStream.makeStream(of: String.self)
                let observing = Task { [ask] in
                    try await elections.observe(ask) { response in
                        for try await message in response.messages {
                            sink.yield(String(decoding: message.kv.value, as: UTF8.self))
                        }
                    }
                }
                var campaign = V3electionpb_CampaignRequest()
                campaign.name = ask.name
                campaign.value = Data("one".utf8)
                let won = try await elections.campaign(campaign)
                var proclaim = V3electionpb_ProclaimRequest()
                proclaim.leader = won.leader
                proclaim.value = Data("two".utf8)
                _ = try await elections.proclaim(proclaim)
                #expect(try await elections.leader(ask).kv.value == Data("two".utf8))
                campaign.value = Data("three".utf8)
                let next = Task { [campaign] in try await elections.campaign(campaign) }
                while try await served.store.range(RangeRequest(.prefix([]))).count < 2 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                var resign = V3electionpb_ResignRequest()
                resign.leader = won.leader
                _ = try await elections.resign(resign)
                #expect(try await next.value.leader.rev > won.leader.rev)
                await Self.expect(.notElectionLeader) { [proclaim] in _ = try await elections.proclaim(proclaim) }
                var values: [String] = []
                for await value in seen {
                    if values.last != value { values.append(value) }
                    if value == "three" { break }
                }
                #expect(values == ["one", "two", "three"] || values == ["two", "three"])
                observing.cancel()
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func healthAndMetricsTellTheState() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let health = Grpc_Health_V1_Health.Client(wrapping: client)
                #expect(try await health.check(Grpc_Health_V1_HealthCheckRequest()).status == .serving)
                var other = Grpc_Health_V1_HealthCheckRequest()
                other.service = "other"
                await Self.expect(code: .notFound) { [other] in _ = try await health.check(other) }
                _ = try await Etcdserverpb_KV.Client(wrapping: client).put(Self.message("k", "v"))
            }
            let lines = await served.server.metricsText().split(separator: "\n")
            for line in [
                "etcd_server_has_leader 1", "etcd_server_is_leader 1", "etcd_mvcc_put_total 1",
                "etcd_debugging_mvcc_keys_total 1", "etcd_debugging_mvcc_current_revision 2",
            ] { #expect(lines.contains(Substring(line))) }
        }
    }

    @Test(.timeLimit(.minutes(1))) func thereIsNothingToDowngradeTo() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                let care = Etcdserverpb_Maintenance.Client(wrapping: client)
                var request = Etcdserverpb_DowngradeRequest()
                for action in [Etcdserverpb_DowngradeRequest.DowngradeAction.validate, .enable] {
                    request.action = action
                    for version in ["3.5", "3.5.0", "3.6", "4.0.1-rc.1+build"] {
                        request.version = version
                        await Self.expect(.downgradeTargetInvalid) { [request] in _ = try await care.downgrade(request)
                        }
                    }
                    for version in ["", "3", "v3.5", "3.5-rc", "3.x"] {
                        request.version = version
                        await Self.expect(.downgradeVersionMalformed) { [request] in
                            _ = try await care.downgrade(request)
                        }
                    }
                }
                request.action = .cancel
                let cancelled = try await care.downgrade(request)
                #expect(cancelled.version == "3.6" && cancelled.header.revision == 1)
                request.action = .UNRECOGNIZED(9)
                await Self.expect(.unknownAction) { [request] in _ = try await care.downgrade(request) }
                let status = try await care.status(Etcdserverpb_StatusRequest())
                #expect(status.hasDowngradeInfo && !status.downgradeInfo.enabled)
                let auth = try await Etcdserverpb_Auth.Client(wrapping: client)
                    .authStatus(Etcdserverpb_AuthStatusRequest())
                #expect(!auth.enabled && auth.authRevision == 1)
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
                _ = try await Etcdserverpb_KV.Client(wrapping: client).put(Self.message("k", "value"))
                let status = try await Etcdserverpb_Maintenance.Client(wrapping: client)
                    .status(Etcdserverpb_StatusRequest())
                #expect(status.dbSizeQuota == bytes && status.dbSizeInUse == 256 + 6)
                #expect(status.raftIndex == status.raftAppliedIndex && status.raftIndex > 0)
            }
            let lines = await served.server.metricsText().split(separator: "\n")
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
                let answer = try await Etcdserverpb_KV.Client(wrapping: client).range(range)
                #expect(answer.kvs.map(\.modRevision) == [2])
                let health = Grpc_Health_V1_Health.Client(wrapping: client)
                #expect(try await health.check(Grpc_Health_V1_HealthCheckRequest()).status == .notServing)
                let status = try await Etcdserverpb_Maintenance.Client(wrapping: client)
                    .status(Etcdserverpb_StatusRequest())
                #expect(status.leader == 0 && status.errors == ["etcdserver: no leader"])
                let watches = Etcdserverpb_Watch.Client(wrapping: client)
                await Self.expect(.noLeader) {
                    try await watches.watch(metadata: ["hasleader": "true"]) { writer in
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
