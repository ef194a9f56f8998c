import Basics
import KeyValueCore
import RaftCore
import Testing

@testable import EtcdStore

/// What a cluster does when the disk of one of its members is full.
@Suite struct FullDiskTests {
    /// Three members with a leader, none of which takes a snapshot of itself.
    private func cluster() throws -> (ManualCluster, leader: Member, other: Member) {
        var cluster = try ManualCluster(3) { $0.logBytesPerSnapshot = .max }
        #expect(cluster.run { $0.leader != nil })
        let leader = try #require(cluster.leader)
        let other = try #require(cluster.members.first { $0 != leader })
        return (cluster, leader, other)
    }

    /// Puts keys until that is refused; returns how many there are.
    private func fill(_ cluster: inout ManualCluster, at member: Member) -> Int {
        for number in 0..<100 {
            let answer = cluster.propose(put("k\(number)", String(repeating: "x", count: 700)), at: member)
            #expect(cluster.run { _ in answer.value != nil })
            if answer.error == .outOfSpace { return number }
            #expect(answer.succeeded)
        }
        return 100
    }

    @Test func aFollowersFullDiskMakesTheClusterReadOnly() throws {
        var (cluster, leader, full) = try cluster()
        cluster.places[full]?.disk.setFaults { $0.capacity = 20_000 }
        let count = fill(&cluster, at: leader)
        #expect(count > 10 && count < 100)
        #expect(cluster.leader == leader, "a full disk alone unseats nobody")
        #expect(cluster.run { $0.alarms(are: [full]) } && cluster.agrees, "there was room for what was on its way")
        let grant = cluster.propose(.grantLease(7, timeToLiveSeconds: 60), at: full)
        let write = cluster.propose(put("k0", "new"), at: full)
        let delete = cluster.propose(Transaction(success: [.delete(.key(bytes("k1")))]), at: full)
        let compaction = cluster.propose(.compact(5), at: full)
        let read = cluster.read(at: full)
        #expect(cluster.run { _ in delete.succeeded && compaction.succeeded && read.succeeded })
        #expect(cluster.run { _ in write.error == .outOfSpace && grant.error == .outOfSpace })
        cluster.places[full]?.disk.setFaults { $0.capacity = nil }
        #expect(cluster.run { $0.alarms(are: []) })
        let again = cluster.propose(put("k0", "new"), at: full)
        #expect(cluster.run { _ in again.succeeded } && cluster.run { $0.agrees })
        #expect(cluster.value("k0", at: full) == "new" && cluster.value("k1", at: full) == nil)
    }

    @Test func withTheAlarmTurnedOffTheMajorityGoesOn() throws {
        var (cluster, leader, full) = try cluster()
        cluster.places[full]?.disk.setFaults { $0.capacity = 20_000 }
        _ = fill(&cluster, at: leader)
        #expect(cluster.run { $0.alarms(are: [full]) })
        let alarm = StoreAlarm(member: full.id, kind: .noSpace)
        let off = cluster.propose(AlarmChange(alarm, isOn: false, isByHand: true), at: full)
        #expect(cluster.run { _ in off.succeeded })
        for number in 0..<20 {
            let answer = cluster.propose(put("m\(number)", String(repeating: "x", count: 700)), at: leader)
            #expect(cluster.run { _ in answer.succeeded })
        }
        cluster.run(milliseconds: 3_000)
        #expect(!cluster.agrees && cluster.alarms(at: leader).isEmpty && cluster.leader == leader)
        cluster.places[full]?.disk.setFaults { $0.capacity = nil }
        #expect(cluster.run { $0.agrees && $0.engine(full)?.failure == nil })
        #expect(cluster.value("m19", at: full) != nil)
    }

    /// What cannot be committed is refused, not left without an answer.
    @Test func withTheAlarmsTurnedOffAndAMajorityFullTheLeaderRefuses() throws {
        var (cluster, leader, _) = try cluster()
        let full = cluster.members.filter { $0 != leader }
        for member in full { cluster.places[member]?.disk.setFaults { $0.capacity = 20_000 } }
        _ = fill(&cluster, at: leader)
        #expect(cluster.run { $0.alarms(are: full) })
        for member in full {
            let alarm = StoreAlarm(member: member.id, kind: .noSpace)
            let off = cluster.propose(AlarmChange(alarm, isOn: false, isByHand: true), at: leader)
            #expect(cluster.run { _ in off.succeeded })
        }
        var unknown = 0
        var refused = 0
        for number in 0..<40 {
            let answer = cluster.propose(put("m\(number)", String(repeating: "x", count: 700)), at: leader)
            let began = cluster.now
            #expect(cluster.run { _ in answer.value != nil })
            if answer.error == .unknownOutcome { unknown += 1 }
            if answer.error == .outOfSpace, cluster.now - began < 100 { refused += 1 }
        }
        #expect(unknown == 1 && refused > 25, "\(unknown) unknown, \(refused) refused")
        let delete = cluster.propose(Transaction(success: [.delete(.key(bytes("k1")))]), at: full[0])
        #expect(cluster.run { _ in delete.error == .outOfSpace } && cluster.leader == leader)
        for member in full { cluster.places[member]?.disk.setFaults { $0.capacity = nil } }
        cluster.run(milliseconds: 2_000)
        let answer = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in answer.succeeded } && cluster.run { $0.agrees })
    }

    @Test(arguments: [20_000, 0]) func aLeaderWithAFullDiskHandsOver(capacity: Int) throws {
        var (cluster, full, follower) = try cluster()
        cluster.places[full]?.disk.setFaults { $0.capacity = capacity }
        let count = fill(&cluster, at: follower)
        #expect(count > 5 && count < 100)
        #expect(cluster.run { $0.leader != nil && $0.leader != full && $0.alarms(are: [full]) })
        let delete = cluster.propose(Transaction(success: [.delete(.key(bytes("k1")))]), at: full)
        #expect(cluster.run { _ in delete.succeeded } && cluster.run { $0.agrees })
        #expect(cluster.value("k\(count - 1)", at: full) != nil, "what was acknowledged is there")
        cluster.places[full]?.disk.setFaults { $0.capacity = nil }
        #expect(cluster.run { $0.alarms(are: []) })
        let answer = cluster.propose(put("k", "1"), at: follower)
        #expect(cluster.run { _ in answer.succeeded } && cluster.run { $0.agrees })
    }

    @Test func withoutAnybodyToHandOverToNothingIsLost() throws {
        var (cluster, leader, _) = try cluster()
        for member in cluster.members { cluster.places[member]?.disk.setFaults { $0.capacity = 20_000 } }
        let count = fill(&cluster, at: leader)
        #expect(count > 10 && cluster.run { !$0.alarms(at: leader).isEmpty && $0.agrees })
        var random = SplitMix64(seed: 3)
        for member in cluster.members {
            cluster.crash(member, using: &random)
            cluster.places[member]?.disk.setFaults { $0.capacity = 20_000 }
        }
        for member in cluster.members { try cluster.start(member) }
        #expect(cluster.run { $0.leader != nil && $0.agrees } && !cluster.alarms(at: leader).isEmpty)
        cluster.run(milliseconds: 3_000)
        let refused = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in refused.error == .outOfSpace })
        for number in 0..<count { #expect(cluster.value("k\(number)", at: leader) != nil) }
        for member in cluster.members { cluster.places[member]?.disk.setFaults { $0.capacity = nil } }
        #expect(cluster.run { $0.alarms(are: []) })
    }

    @Test func aMemberThatIsGoneTakesItsAlarmAlong() throws {
        var (cluster, leader, full) = try cluster()
        cluster.places[full]?.disk.setFaults { $0.capacity = 20_000 }
        _ = fill(&cluster, at: leader)
        #expect(cluster.run { $0.alarms(are: [full]) })
        cluster.isolated = [full]
        let removal = cluster.ask(.changeMembership(.remove(full)), at: leader)
        #expect(cluster.run { _ in removal.succeeded })
        let answer = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in answer.succeeded } && cluster.alarms(at: leader).isEmpty)
    }

    @Test func whatIsTurnedOnByHandIsTurnedOffByHand() throws {
        var (cluster, leader, other) = try cluster()
        let alarm = StoreAlarm(member: other.id, kind: .noSpace)
        let on = cluster.propose(AlarmChange(alarm, isOn: true, isByHand: true), at: other)
        #expect(cluster.run { _ in on.succeeded } && cluster.run { $0.alarms(are: [other]) })
        let refused = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in refused.error == .outOfSpace })
        cluster.run(milliseconds: 3_000)
        var random = SplitMix64(seed: 4)
        cluster.crash(other, using: &random)
        try cluster.start(other)
        cluster.run(milliseconds: 3_000)
        #expect(cluster.alarms(are: [other]), "its disk having room does not turn it off")
        let off = cluster.propose(AlarmChange(alarm, isOn: false, isByHand: true), at: leader)
        #expect(cluster.run { _ in off.succeeded } && cluster.run { $0.alarms(are: []) })
    }

    @Test func alarmsAreInSnapshots() throws {
        var (cluster, leader, lost) = try cluster()
        cluster.isolated = [lost]
        let alarm = StoreAlarm(member: leader.id, kind: .corrupt)
        for number in 0..<60 {
            let answer = cluster.propose(put("k\(number)", String(repeating: "x", count: 700)), at: leader)
            #expect(cluster.run { _ in answer.succeeded })
        }
        let on = cluster.propose(AlarmChange(alarm, isOn: true, isByHand: true), at: leader)
        #expect(cluster.run { _ in on.succeeded })
        let header = cluster.engine(leader)?.shared.withContent { content in
            SnapshotHeader(content.applied, identity: StoreIdentity(cluster: 1, member: 2))
        }
        var writer = ByteWriter()
        let before = try #require(header)
        before.encode(into: &writer)
        let after = try writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try SnapshotHeader(from: &reader)
        }
        #expect(after == before && after.alarms.all == [alarm])
        // Those of before there were alarms end four bytes earlier when none is on.
        var old = before
        old.alarms = AlarmList()
        writer = ByteWriter()
        old.encode(into: &writer)
        let read = try writer.bytes.dropLast(4).withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try SnapshotHeader(from: &reader)
        }
        #expect(read == old)
        let refused = cluster.propose(Transaction(success: [.delete(.key(bytes("k1")))]), at: leader)
        #expect(cluster.run { _ in refused.value != nil } && !refused.succeeded)
    }
}
