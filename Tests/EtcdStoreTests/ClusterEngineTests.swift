import Basics
import KeyValueCore
import RaftCore
import Testing

@testable import EtcdStore

/// Several engines together, without threads, sockets or time of their own.
@Suite struct ClusterEngineTests {
    @Test func anyMemberTakesWritesAndReads() throws {
        var cluster = try ManualCluster(3)
        #expect(cluster.run { $0.leader != nil })
        for (number, member) in cluster.members.enumerated() {
            let answer = cluster.propose(put("k", "\(number)"), at: member)
            #expect(cluster.run { _ in answer.succeeded })
            #expect(cluster.value("k", at: member) == "\(number)", "who proposed has applied it")
        }
        for member in cluster.members {
            let answer = cluster.read(at: member)
            #expect(cluster.run { _ in answer.succeeded })
            #expect(cluster.value("k", at: member) == "2")
        }
        #expect(cluster.run { $0.agrees })
    }

    @Test func aWriteWaitsForALeader() throws {
        var cluster = try ManualCluster(3)
        let answers = cluster.members.map { cluster.propose(put("k\($0.id)", "1"), at: $0) }
        #expect(answers.allSatisfy { $0.value == nil })
        #expect(cluster.run { _ in answers.allSatisfy(\.succeeded) })
    }

    @Test func withoutAMajorityNothingIsAnsweredFalsely() throws {
        var cluster = try ManualCluster(3)
        #expect(cluster.run { $0.leader != nil })
        let old = try #require(cluster.leader)
        cluster.isolated = [old]
        let write = cluster.propose(put("k", "old"), at: old)
        let read = cluster.read(at: old)
        #expect(cluster.run { $0.leaders.contains { $0 != old } })
        let new = try #require(cluster.leaders.first { $0 != old })
        let other = cluster.propose(put("k", "new"), at: new)
        #expect(cluster.run { _ in other.succeeded })
        cluster.run(milliseconds: 8_000)
        #expect(write.error == .unknownOutcome && read.error == .noLeader)
        cluster.isolated = []
        #expect(cluster.run { $0.agrees })
        #expect(cluster.value("k", at: old) == "new", "what nobody else had is gone")
    }

    /// A write that lost its place in the log for certain is proposed again, and so done once.
    @Test func aWriteThatWasCutOffIsDoneByTheNextLeader() throws {
        var cluster = try ManualCluster(3) { $0.requestMilliseconds = 60_000 }
        #expect(cluster.run { $0.leader != nil })
        let old = try #require(cluster.leader)
        cluster.isolated = [old]
        let write = cluster.propose(put("k", "old"), at: old)
        let fenced = cluster.propose(put("f", "old"), at: old, inTerm: cluster.engine(old)?.raft.term)
        #expect(cluster.run { $0.leaders.contains { $0 != old } })
        let new = try #require(cluster.leaders.first { $0 != old })
        for number in 0..<3 {
            let other = cluster.propose(put("k", "new \(number)"), at: new)
            #expect(cluster.run { _ in other.succeeded })
        }
        cluster.isolated = []
        #expect(cluster.run { _ in write.succeeded && fenced.value != nil })
        #expect(cluster.value("k", at: new) == "old")
        guard case .termPassed? = fenced.error else {
            Issue.record("\(String(describing: fenced.value)) instead of termPassed")
            return
        }
        #expect(cluster.value("f", at: new) == nil)
    }

    @Test(arguments: 0..<12) func crashesLoseNothingThatWasAnswered(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var cluster = try ManualCluster(3) { $0.raft.retainedEntries = 30 }
        var acknowledged: [String: String] = [:]
        var under: [(String, String, ManualCluster.Answer<CommandResult>)] = []
        for round in 0..<60 {
            cluster.run(milliseconds: Int64.random(in: 10...400, using: &random))
            let member = cluster.members.randomElement(using: &random) ?? Member(0)
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1:
                if cluster.engine(member) != nil {
                    cluster.crash(member, using: &random)
                } else {
                    try cluster.start(member)
                }
            case 2: cluster.isolated = cluster.isolated.isEmpty ? [member] : []
            default:
                for number in 0..<8 where cluster.engine(member) != nil {
                    let (key, value) = ("k\(round).\(number)", String(repeating: "x", count: 100 + round))
                    under.append((key, value, cluster.propose(put(key, value), at: member)))
                }
            }
            for (key, value, answer) in under where answer.succeeded { acknowledged[key] = value }
        }
        cluster.isolated = []
        for member in cluster.members where cluster.engine(member) == nil { try cluster.start(member) }
        #expect(cluster.run { $0.leader != nil && $0.agrees }, "seed \(seed)")
        for (key, value, answer) in under where answer.succeeded { acknowledged[key] = value }
        #expect(acknowledged.count > 20)
        for member in cluster.members {
            #expect(cluster.engine(member)?.failure == nil)
            for (key, value) in acknowledged {
                #expect(cluster.value(key, at: member) == value, "seed \(seed): \(key) is lost")
            }
        }
    }

    /// Who reads a revision finds the entries of it among the committed ones, at every moment.
    @Test func theCommitIndexIsNotBehindWhatIsApplied() throws {
        var cluster = try ManualCluster(3)
        #expect(cluster.run { $0.leader != nil })
        let leader = try #require(cluster.leader)
        for number in 0..<30 {
            let answer = cluster.propose(put("k\(number)", "1"), at: leader)
            #expect(cluster.run { _ in answer.succeeded })
            for member in cluster.members {
                let content = cluster.engine(member)?.shared.withContent {
                    ($0.standing.committed, $0.applied.position.index)
                }
                let (committed, applied) = try #require(content)
                #expect(committed >= applied && applied > 0)
            }
        }
    }

    @Test func whoLagsFarBehindGetsASnapshot() throws {
        var cluster = try ManualCluster(3) { $0.raft.retainedEntries = 10 }
        #expect(cluster.run { $0.leader != nil })
        let leader = try #require(cluster.leader)
        let lost = try #require(cluster.members.first { $0 != leader })
        cluster.isolated = [lost]
        for number in 0..<60 {
            let answer = cluster.propose(put("k\(number)", String(repeating: "x", count: 300)), at: leader)
            #expect(cluster.run { _ in answer.succeeded })
        }
        cluster.isolated = []
        #expect(cluster.run { $0.agrees })
        #expect(cluster.snapshotsCarried > 0)
        // It goes on from there after a crash, too.
        var random = SplitMix64(seed: 3)
        cluster.crash(lost, using: &random)
        try cluster.start(lost)
        let last = cluster.propose(put("last", "1"), at: lost)
        #expect(cluster.run { _ in last.succeeded } && cluster.run { $0.agrees })
    }

    @Test func membersComeAndGo() throws {
        var cluster = try ManualCluster(3)
        #expect(cluster.run { $0.leader != nil })
        let leader = try #require(cluster.leader)
        let identity = try #require(cluster.engine(leader)?.identity)
        let follower = try #require(cluster.members.first { $0 != leader })
        let new = Member(77)
        let added = cluster.ask(.changeMembership(.add(learner: new)), at: follower)
        #expect(cluster.run { _ in added.succeeded })
        let early = cluster.ask(.changeMembership(.promote(new)), at: follower)
        #expect(cluster.run { _ in early.value != nil } && early.error == .membership(.learnerBehind(new)))
        try cluster.join(new, cluster: identity.cluster)
        #expect(cluster.run { $0.agrees })
        let promoted = cluster.ask(.changeMembership(.promote(new)), at: follower)
        #expect(cluster.run { _ in promoted.succeeded })
        #expect(cluster.engine(new)?.raft.configuration.voters.count == 4)
        let removed = cluster.ask(.changeMembership(.remove(leader)), at: follower)
        #expect(cluster.run { _ in removed.value != nil })
        #expect(cluster.run { $0.leader != nil && $0.leader != leader })
        cluster.isolated = [leader]
        let write = cluster.propose(put("k", "1"), at: new)
        #expect(cluster.run { _ in write.succeeded })
        let directory = cluster.engine(new)?.shared.withContent { $0.applied.directory.all.map(\.id) }
        #expect(directory?.contains(leader.id) == false)
    }

    @Test func aLeaseHasItsFullTimeAgainUnderTheNextLeader() throws {
        var cluster = try ManualCluster(3)
        #expect(cluster.run { $0.leader != nil })
        let old = try #require(cluster.leader)
        let granted = cluster.propose(.grantLease(5, timeToLiveSeconds: 10), at: old)
        #expect(cluster.run { _ in granted.succeeded })
        let write = cluster.propose(put("k", "1", lease: 5), at: old)
        #expect(cluster.run { _ in write.succeeded })
        cluster.run(milliseconds: 8_000)
        let rest = cluster.ask(.remaining(5), at: try #require(cluster.members.first { $0 != old }))
        #expect(cluster.run { _ in rest.succeeded })
        guard case .success(.seconds(let seconds))? = rest.value else { return }
        #expect(seconds <= 3)
        var random = SplitMix64(seed: 1)
        cluster.crash(old, using: &random)
        #expect(cluster.run { $0.leader != nil })
        let new = try #require(cluster.leader)
        cluster.run(milliseconds: 6_000)
        #expect(cluster.value("k", at: new) == "1")
        let kept = cluster.ask(.keepAlive(5), at: try #require(cluster.members.first { $0 != old && $0 != new }))
        #expect(cluster.run { _ in kept.succeeded })
        cluster.run(milliseconds: 6_000)
        #expect(cluster.value("k", at: new) == "1")
        cluster.run(milliseconds: 6_000)
        #expect(cluster.value("k", at: new) == nil && cluster.run { $0.agrees })
    }

    @Test func leadershipIsHandedOver() throws {
        var cluster = try ManualCluster(3)
        #expect(cluster.run { $0.leader != nil })
        let old = try #require(cluster.leader)
        let next = try #require(cluster.members.first { $0 != old })
        let moved = cluster.ask(.transferLeadership(to: next), at: next)
        #expect(cluster.run { $0.leader == next } && cluster.run { _ in moved.value != nil })
    }

    @Test func aTransferThatCameToNothingIsOver() throws {
        var cluster = try ManualCluster(3)
        #expect(cluster.run { $0.leader != nil && $0.agrees })
        let leader = try #require(cluster.leader)
        let others = cluster.members.filter { $0 != leader }
        // One member lacks a write, and the other, which has it, is gone: only the old leader can lead again.
        cluster.isolated = [others[1]]
        let write = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in write.succeeded })
        var random = SplitMix64(seed: 6)
        cluster.crash(others[0], using: &random)
        cluster.run(milliseconds: 1_200)
        let first = cluster.ask(.transferLeadership(to: others[0]), at: leader)
        #expect(cluster.run { $0.leaders.isEmpty } && first.value == nil)
        cluster.isolated = []
        #expect(cluster.run { $0.leader == leader } && first.value != nil && !first.succeeded)
        try cluster.start(others[0])
        for target in cluster.members {
            #expect(cluster.run { $0.leader != nil && $0.agrees })
            let moved = cluster.ask(.transferLeadership(to: target), at: others[1])
            #expect(cluster.run { $0.leader == target } && cluster.run { _ in moved.value != nil })
        }
    }

    /// With the times that members have by default: from the leader's death to the next one's lead.
    @Test(arguments: [3, 5]) func theNextLeaderIsThereWithinTwoSeconds(count: Int) throws {
        var cluster = try ManualCluster(count)
        var random = SplitMix64(seed: UInt64(count))
        var times: [Int64] = []
        for _ in 0..<40 {
            #expect(cluster.run { $0.leader != nil && $0.agrees })
            cluster.run(milliseconds: Int64.random(in: 0..<200, using: &random))
            let old = try #require(cluster.leader)
            cluster.crash(old, using: &random)
            let died = cluster.now
            #expect(cluster.run { $0.leaders.contains { $0 != old } })
            times.append(cluster.now - died)
            try cluster.start(old)
        }
        times.sort()
        #expect(times[times.count - 1] < 2_000 && times[times.count / 2] < 1_100, "\(times)")
    }

    @Test func aMemberWhoseDiskFailsStopsAndTheOthersGoOn() throws {
        var cluster = try ManualCluster(3)
        #expect(cluster.run { $0.leader != nil })
        let old = try #require(cluster.leader)
        let disk = try #require(cluster.places[old]?.disk)
        let next = disk.synchronizations + 1
        disk.setFaults { $0.failAtSynchronize = next }
        let write = cluster.propose(put("k", "1"), at: old)
        cluster.run(milliseconds: 50)
        guard case .stopped? = write.error, case .stopped? = cluster.engine(old)?.failure else {
            Issue.record("\(String(describing: write.value)) instead of stopped")
            return
        }
        #expect(cluster.run { $0.leaders.contains { $0 != old } })
        let new = try #require(cluster.leaders.first { $0 != old })
        let other = cluster.propose(put("k", "2"), at: new)
        #expect(cluster.run { _ in other.succeeded })
    }

    @Test func aRestoredClusterHasTheKeysAndTakesNewMembers() throws {
        var state = KeyValueState()
        _ = try state.apply(.grantLease(3, timeToLiveSeconds: 60))
        for number in 0..<5 { _ = try state.apply(.transact(put("k\(number)", "old", lease: 3))) }
        var cluster = try ManualCluster(3, restoring: KeyValueSnapshot(state))
        #expect(cluster.run { $0.leader != nil })
        let leader = try #require(cluster.leader)
        #expect(cluster.value("k4", at: leader) == "old")
        let write = cluster.propose(put("k5", "new"), at: leader)
        #expect(cluster.run { _ in write.succeeded })
        guard case .success(.transaction(let response))? = write.value else { return }
        #expect(response.revision == state.revision + 1)
        // A new member has nothing of what the others began with, so the log alone will not do.
        let added = cluster.ask(.changeMembership(.add(learner: Member(9))), at: leader)
        #expect(cluster.run { _ in added.succeeded })
        try cluster.join(Member(9), cluster: try #require(cluster.engine(leader)?.identity.cluster))
        #expect(cluster.run { $0.agrees } && cluster.snapshotsCarried == 1)
        #expect(cluster.value("k0", at: Member(9)) == "old")
    }

    @Test func aWatchGoesOnOverASnapshot() async throws {
        var cluster = try ManualCluster(3) { $0.raft.retainedEntries = 10 }
        #expect(cluster.run { $0.leader != nil })
        let leader = try #require(cluster.leader)
        let lost = try #require(cluster.members.first { $0 != leader })
        let shared = try #require(cluster.engine(lost)?.shared)
        let watch = try shared.watch(
            .prefix(bytes("k")), from: 2, previousValues: false, limitBytes: cluster.limits.watcherBacklogBytes)
        let first = cluster.propose(put("k", "0"), at: leader)
        #expect(cluster.run { _ in first.succeeded } && cluster.run { $0.agrees })
        #expect(try await watch.next()?.events.map(\.current.modRevision) == [2])
        cluster.isolated = [lost]
        for number in 1..<40 {
            let answer = cluster.propose(put("k", "\(number)"), at: leader)
            #expect(cluster.run { _ in answer.succeeded })
        }
        cluster.isolated = []
        #expect(cluster.run { $0.agrees } && cluster.snapshotsCarried > 0)
        var seen: [Revision] = []
        while seen.last ?? 0 < 41, let batch = try await watch.next() {
            seen += batch.events.map(\.current.modRevision)
        }
        #expect(seen == Array(3...41))
    }

    @Test func aLearnerOfASingleVoterIsHeardAgainAfterACrash() throws {
        var cluster = try ManualCluster(1)
        #expect(cluster.run { $0.leader != nil })
        let leader = try #require(cluster.leader)
        let added = cluster.ask(.changeMembership(.add(learner: Member(9))), at: leader)
        #expect(cluster.run { _ in added.succeeded })
        try cluster.join(Member(9), cluster: try #require(cluster.engine(leader)?.identity.cluster))
        #expect(cluster.run { $0.agrees })
        var random = SplitMix64(seed: 5)
        cluster.crash(Member(9), using: &random)
        let write = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in write.succeeded })
        try cluster.start(Member(9))
        #expect(cluster.run { $0.agrees })
        let forwarded = cluster.propose(put("k", "2"), at: Member(9))
        #expect(cluster.run { _ in forwarded.succeeded } && cluster.value("k", at: Member(9)) == "2")
    }
}
