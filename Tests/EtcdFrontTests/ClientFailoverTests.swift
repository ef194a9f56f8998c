import EtcdStore
import Foundation
import KeyValueCore
import TestKit
import Testing

@testable import EtcdFront

/// Several endpoints, some of which do not answer.
@Suite(.serialized, .enabled(if: RestartableEtcd.isInstalled)) struct ClientFailoverTests {
    @Test(.timeLimit(.minutes(1))) func endpointsWithoutAServerAreLeftOut() async throws {
        let ports = try FreePorts.take(2)
        let etcd = try RestartableEtcd()
        defer { etcd.remove() }
        try etcd.start()
        let urls = ["http://127.0.0.1:\(ports[0])", etcd.url, "http://127.0.0.1:\(ports[1])"]
        try await ClientSession.run(urls) { client in
            for number in 0..<20 {
                try await client.put("k\(number)", "v")
                #expect(try await client.value("k\(number)") == "v")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func withoutAnyServerRequestsEndInTime() async throws {
        let port = try FreePorts.take(1)[0]
        var limits = EtcdClientLimits()
        limits.requestMilliseconds = 1_000
        try await ClientSession.run(["http://127.0.0.1:\(port)"], limits: limits) { client in
            let clock = ContinuousClock()
            let began = clock.now
            // Nothing was sent, so it is certain that nothing was done.
            await #expect(throws: StoreError.noLeader) { try await client.put("k", "v") }
            await #expect(throws: StoreError.noLeader) { try await client.range(RangeRequest(.key("k".key))) }
            #expect(clock.now - began < .seconds(10))
        }
    }

    @Test(.timeLimit(.minutes(1))) func aServerThatHangsLeavesAWriteUnknown() async throws {
        var limits = EtcdClientLimits()
        limits.requestMilliseconds = 1_000
        try await ClientSession.run(limits: limits) { client, etcd in
            try await client.put("k", "before")
            etcd.pause(true)
            await #expect(throws: StoreError.unknownOutcome) { try await client.put("k", "during") }
            await #expect(throws: StoreError.noLeader) { try await client.value("k") }
            etcd.pause(false)
            try await client.put("k", "after")
            #expect(try await client.value("k") == "after")
        }
    }

    @Test(.timeLimit(.minutes(1))) func cancellationEndsARequest() async throws {
        try await ClientSession.run { client, etcd in
            try await client.put("k", "v")
            etcd.pause(true)
            defer { etcd.pause(false) }
            let task = Task { try await client.value("k") }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    /// Three members; one after the other is killed while a client writes and watches through all three.
    @Test(.timeLimit(.minutes(3))) func aClusterGoesOnWhenAMemberDies() async throws {
        let members = try RestartableEtcd.cluster(of: 3)
        defer { for member in members { member.remove() } }
        for member in members { try member.start() }
        try await ClientSession.run(members.map(\.url)) { client in
            let watch = try await client.watch(.prefix("w/".key), from: 1, previousValues: false)
            watch.requestProgress()
            let record = WriteRecord()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 { group.addTask { await record.write(client, writer) } }
                for member in members {
                    try await record.waitForWrites(20)
                    member.killHard()
                    try await record.waitForWrites(40)
                    try member.start()
                }
                try await record.waitForWrites(20)
                record.stop()
                try await group.waitForAll()
            }
            let last = try await client.put("w/end", "")
            let events = try await watch.events(upTo: last)
            let revisions = events.map(\.current.modRevision)
            #expect(zip(revisions, revisions.dropFirst()).allSatisfy { $0 < $1 })
            let seen = Set(events.map { String(decoding: $0.current.key, as: UTF8.self) })
            #expect(record.acknowledged.subtracting(seen).isEmpty)
            #expect(record.refused.isDisjoint(with: seen))
            watch.cancel()
        }
    }
}
