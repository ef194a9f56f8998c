import EtcdClient
import EtcdMessages
import EtcdStore
import EtcdTestKit
import Foundation
import GRPCCore
import KeyValueCore
import Testing

@testable import EtcdFront

/// Locks and elections.
@Suite struct LockTests {
    @Test(.timeLimit(.minutes(1))) func aLockPassesOnWhenItIsLeft() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                var request = V3lockpb_LockRequest()
                request.name = Data("door".utf8)
                let first = try await client.call(EtcdMethods.lock, request)
                let second = Task { [request] in try await client.call(EtcdMethods.lock, request) }
                while try await served.store.range(RangeRequest(.prefix([]))).count < 2 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                var unlock = V3lockpb_UnlockRequest()
                unlock.key = first.key
                let left = try await client.call(EtcdMethods.unlock, unlock)
                #expect(try await second.value.key != first.key)
                #expect(try await second.value.header.revision >= left.header.revision)
                request.lease = 4711
                await expect(.leaseNotFound) { [request] in _ = try await client.call(EtcdMethods.lock, request) }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoGoesAwayLeavesTheLine() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                var request = V3lockpb_LockRequest()
                request.name = Data("door".utf8)
                _ = try await client.call(EtcdMethods.lock, request)
                var options = CallOptions.defaults
                options.timeout = .milliseconds(300)
                let error = await callError { [request, options] in
                    _ = try await client.call(EtcdMethods.lock, request, options: options)
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
                var ask = V3electionpb_LeaderRequest()
                ask.name = Data("chair".utf8)
                await expect(.noElectionLeader) { [ask] in _ = try await client.call(EtcdMethods.leader, ask) }
                let (seen, sink) = AsyncStream.makeStream(of: String.self)
                let observing = Task { [ask] in
                    try await client.call(EtcdMethods.observe, ask) { response in
                        for try await message in response.messages {
                            sink.yield(String(decoding: message.kv.value, as: UTF8.self))
                        }
                    }
                }
                var campaign = V3electionpb_CampaignRequest()
                campaign.name = ask.name
                campaign.value = Data("one".utf8)
                let won = try await client.call(EtcdMethods.campaign, campaign)
                var proclaim = V3electionpb_ProclaimRequest()
                proclaim.leader = won.leader
                proclaim.value = Data("two".utf8)
                _ = try await client.call(EtcdMethods.proclaim, proclaim)
                #expect(try await client.call(EtcdMethods.leader, ask).kv.value == Data("two".utf8))
                campaign.value = Data("three".utf8)
                let next = Task { [campaign] in try await client.call(EtcdMethods.campaign, campaign) }
                while try await served.store.range(RangeRequest(.prefix([]))).count < 2 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                var resign = V3electionpb_ResignRequest()
                resign.leader = won.leader
                _ = try await client.call(EtcdMethods.resign, resign)
                #expect(try await next.value.leader.rev > won.leader.rev)
                await expect(.notElectionLeader) { [proclaim] in
                    _ = try await client.call(EtcdMethods.proclaim, proclaim)
                }
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
}
