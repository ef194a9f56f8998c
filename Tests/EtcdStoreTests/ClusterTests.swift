import Foundation
import KeyValueCore
import RaftCore
import Testing

@testable import EtcdStore

/// Members as they are in earnest, in one process. Each test has ports of its own.
@Suite struct ClusterTests {
    @Test(.timeLimit(.minutes(3))) func threeMembersElectWriteAndSurviveALoss() async throws {
        let cluster = try RealCluster(["a", "b", "c"], ports: 23_400)
        try await cluster.startAll()
        let first = try await cluster.leader()
        for (number, name) in ["a", "b", "c"].enumerated() {
            let store = try #require(await cluster.stores[name])
            _ = try await store.transact(put("k\(number)", name))
            #expect(try await store.value("k\(number)") == name)
        }
        await cluster.stop(first.name)
        let second = try await cluster.leader()
        #expect(second.name != first.name)
        for (_, store) in try await cluster.followers() + [second] {
            #expect(try await persistently { try await store.value("k0") } == "a")
        }
        _ = try await persistently { try await second.store.transact(put("k3", "without")) }
        try await cluster.start(first.name)
        let back = try #require(await cluster.stores[first.name])
        #expect(try await persistently { try await back.value("k3") } == "without")
        #expect(try await cluster.agreement())
        await cluster.stopAll()
    }

    @Test(.timeLimit(.minutes(3))) func aLeaderThatIsCutOffStepsDownAndAnswersNothing() async throws {
        let cluster = try RealCluster(["a", "b", "c"], ports: 23_410) { $0.requestMilliseconds = 3_000 }
        try await cluster.startAll()
        let old = try await cluster.leader()
        _ = try await old.store.transact(put("k", "before"))
        let term = try await old.store.status().term
        await cluster.isolate(old.name)
        let new = try await cluster.leader(not: [old.name])
        _ = try await persistently { try await new.store.transact(put("k", "after")) }
        await #expect(throws: StoreError.self) { _ = try await old.store.value("k") }
        #expect(try old.store.rangeNow(RangeRequest(.key(bytes("k")))).keyValues.first?.value == bytes("before"))
        #expect(try await old.store.status().isLeader == false)
        await cluster.isolate(nil)
        #expect(try await persistently { try await old.store.value("k") } == "after")
        await #expect(throws: StoreError.self) { _ = try await old.store.transact(put("k", "loop"), inTerm: term) }
        #expect(try await old.store.value("k") == "after")
        await cluster.stopAll()
    }

    @Test(.timeLimit(.minutes(3))) func aLaggardGetsASnapshotAndANewMemberVotes() async throws {
        let cluster = try RealCluster(["a", "b", "c"], ports: 23_420) { limits in
            limits.raft.retainedEntries = 20
            limits.raft.retainedBytes = 20_000
            limits.keptEntries = 20
            limits.snapshotChunkBytes = 8_000
        }
        try await cluster.startAll()
        let leader = try await cluster.leader()
        let lost = try #require(try await cluster.followers().first)
        await cluster.stop(lost.name)
        for number in 0..<200 {
            _ = try await persistently {
                try await leader.store.transact(put("k\(number)", String(repeating: "x", count: 1_000)))
            }
        }
        try await cluster.start(lost.name)
        let back = try #require(await cluster.stores[lost.name])
        #expect(try await persistently { try await back.value("k199") } != nil)
        #expect(try await cluster.agreement())

        let follower = try #require(try await cluster.followers().first)
        let address = PeerAddress(host: "127.0.0.1", port: 23_428)
        let added = try await persistently {
            try await follower.store.addMember(peerURLs: [address.url], isLearner: true)
        }
        let joined = try await cluster.start(
            "d", .joinThrough(["https://127.0.0.1:23429", "https://127.0.0.1:23420", "https://127.0.0.1:23421"]),
            listen: address)
        #expect(joined.identity == StoreIdentity(cluster: follower.store.identity.cluster, member: added.id))
        _ = try await persistently { try await joined.value("k0") }
        try await persistently { try await follower.store.promoteMember(added.id) }
        var members = try await persistently { try await joined.members() }
        #expect(members.count == 4 && members.allSatisfy { !$0.isLearner })
        // It tells its name itself, once it takes part.
        for _ in 0..<500 where !members.contains(where: { $0.member.name == "d" }) {
            try await Task.sleep(for: .milliseconds(20))
            members = try await persistently { try await joined.members() }
        }
        #expect(members.contains { $0.member.name == "d" && $0.member.peerURLs == [address.url] })
        let first = try await cluster.leader()
        let gone = first.store.identity.member
        try await persistently {
            do { try await joined.removeMember(gone) } catch StoreError.membership(.notMember) {}
        }
        let next = try await cluster.leader(not: [first.name])
        _ = try await persistently { try await next.store.transact(put("k", "after")) }
        #expect(try await persistently { try await joined.members() }.count == 3)
        await cluster.stopAll()
    }

    @Test(.timeLimit(.minutes(3))) func aMemberOfAnotherClusterIsTurnedAway() async throws {
        let cluster = try RealCluster(["a", "b", "c"], ports: 23_430)
        try await cluster.startAll()
        let first = try await cluster.leader()
        _ = try await first.store.transact(put("k", "1"))
        // The same addresses, another token: the numbers differ, and so does the cluster.
        await cluster.stop("c")
        let leader = try await cluster.leader(not: ["c"])
        let other = InitialCluster(
            ["a": ["https://127.0.0.1:23430"], "b": ["https://127.0.0.1:23431"], "c": ["https://127.0.0.1:23432"]],
            token: "another")
        let stranger = try await EmbeddedStore.open(
            directory: await cluster.path("stranger"),
            cluster: try await cluster.settings("c", .newCluster(other, name: "c")), logger: silent)
        let transport = try #require(stranger.transporter as? PeerTransport)
        for _ in 0..<1_000 where transport.refusals.count < 2 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(transport.refusals.count == 2)
        #expect(transport.refusals.values.allSatisfy { $0 == .anotherCluster(leader.store.identity.cluster) })
        #expect(try await leader.store.value("k") == "1")
        await stranger.close()
        await cluster.stopAll()
    }

    /// Who has no certificate of the cluster's authority does not get as far as a handshake.
    @Test(.timeLimit(.minutes(3))) func withoutTheRightCertificateNobodyIsHeard() async throws {
        let cluster = try RealCluster(["a", "b", "c"], ports: 23_440)
        try await cluster.start("a")
        try await cluster.start("b")
        let leader = try await cluster.leader()
        var settings = try await cluster.settings("c")
        settings.security = try PeerCertificates("strangers").member("c")
        var limits = StoreLimits()
        limits.requestMilliseconds = 2_000
        let stranger = try await EmbeddedStore.open(
            directory: await cluster.path("c"), cluster: settings, limits: limits, logger: silent)
        await #expect(throws: StoreError.noLeader) { _ = try await stranger.value("k") }
        #expect(try await stranger.status().leader == nil)
        _ = try await leader.store.transact(put("k", "1"))
        await stranger.close()
        await cluster.stopAll()
    }

    /// Certificates of another authority come into use while members run: who starts with one of it is heard.
    @Test(.timeLimit(.minutes(3))) func aMembersCertificateIsRenewedWhileItRuns() async throws {
        let cluster = try RealCluster(["a", "b", "c"], ports: 23_445)
        try await cluster.startAll()
        let renewed = try PeerCertificates("renewed")
        for name in ["a", "b"] {
            let store = try #require(await cluster.stores[name])
            var broken = try renewed.member(name)
            broken.privateKey = try await cluster.settings(name).security.privateKey
            #expect(throws: (any Error).self) { try store.changePeerSecurity(to: broken) }
            try store.changePeerSecurity(to: try renewed.member(name))
        }
        await cluster.stop("c")
        var settings = try await cluster.settings("c")
        settings.security = try renewed.member("c")
        let third = try await EmbeddedStore.open(
            directory: await cluster.path("c"), cluster: settings, logger: silent)
        _ = try await persistently { try await third.transact(put("k", "1")) }
        #expect(try await third.value("k") == "1")
        await third.close()
        await cluster.stopAll()
    }

    @Test(.timeLimit(.minutes(3))) func aLeaseIsKeptAliveFromAnywhereAndOutlivesItsLeader() async throws {
        let cluster = try RealCluster(["a", "b", "c"], ports: 23_450)
        try await cluster.startAll()
        let old = try await cluster.leader()
        let follower = try #require(try await cluster.followers().first)
        let lease = try await follower.store.grantLease(0, timeToLiveSeconds: 600)
        _ = try await follower.store.transact(put("k", "1", lease: lease))
        #expect(try await follower.store.keepLeaseAlive(lease) == 600)
        await #expect(throws: KeyValueError.leaseNotFound(9)) { _ = try await follower.store.keepLeaseAlive(9) }
        await cluster.stop(old.name)
        _ = try await cluster.leader()
        #expect(try await persistently { try await follower.store.keepLeaseAlive(lease) } == 600)
        #expect(try await persistently { try await follower.store.leaseStatus(lease) }.remainingSeconds > 500)
        try await persistently {
            do { try await follower.store.revokeLease(lease) } catch KeyValueError.leaseNotFound {}
        }
        #expect(try await persistently { try await follower.store.value("k") } == nil)
        await cluster.stopAll()
    }

    @Test(.timeLimit(.minutes(3))) func leadershipNewsReachesThoseWhoAsk() async throws {
        let cluster = try RealCluster(["a", "b", "c"], ports: 23_460)
        try await cluster.startAll()
        let old = try await cluster.leader()
        let next = try #require(try await cluster.followers().first)
        let news = Task {
            for await leadership in next.store.leadershipChanges where leadership.isLeading { return leadership }
            return Leadership()
        }
        try await persistently { try await old.store.transferLeadership(to: next.store.identity.member) }
        let leadership = await news.value
        #expect(leadership.leader == next.store.identity.member)
        _ = try await next.store.transact(put("k", "1"), inTerm: leadership.term)
        await cluster.stopAll()
    }
}
