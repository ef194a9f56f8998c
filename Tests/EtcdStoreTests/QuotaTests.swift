import Basics
import KeyValueCore
import RaftCore
import Testing

@testable import EtcdStore

/// What a cluster does when its members hold more than their quota.
@Suite struct QuotaTests {
    private static let quota = 40_000

    private func cluster(
        quota: Int = quota, change: (inout StoreLimits) -> Void = { _ in }
    ) throws -> (ManualCluster, leader: Member, other: Member) {
        var cluster = try ManualCluster(3) {
            $0.quotaBytes = quota
            change(&$0)
        }
        #expect(cluster.run { $0.leader != nil })
        let leader = try #require(cluster.leader)
        let other = try #require(cluster.members.first { $0 != leader })
        return (cluster, leader, other)
    }

    /// Changes one key until that is refused; returns how many changes there are.
    private func fill(_ cluster: inout ManualCluster, at member: Member) -> Int {
        for number in 0..<200 {
            let answer = cluster.propose(put("k", String(repeating: "x", count: 700)), at: member)
            #expect(cluster.run { _ in answer.value != nil })
            if answer.error == .outOfSpace { return number }
            #expect(answer.succeeded)
        }
        return 200
    }

    private func held(_ cluster: ManualCluster, _ member: Member) -> Int {
        cluster.engine(member)?.shared.withContent { $0.state.bytesHeld } ?? 0
    }

    @Test func allMembersRaiseTheirAlarmAndTheLeaderStays() throws {
        var (cluster, leader, other) = try cluster()
        let count = fill(&cluster, at: other)
        #expect(count > 30 && count < 60)
        #expect(cluster.run { $0.alarms(are: $0.members) && $0.agrees })
        #expect(cluster.members.allSatisfy { held(cluster, $0) > Self.quota && held(cluster, $0) < Self.quota + 2_000 })
        let grant = cluster.propose(.grantLease(7, timeToLiveSeconds: 60), at: other)
        let read = cluster.read(at: other)
        let delete = cluster.propose(Transaction(success: [.delete(.key(bytes("k")))]), at: other)
        #expect(cluster.run { _ in grant.error == .outOfSpace && read.succeeded && delete.succeeded })
        cluster.run(milliseconds: 5_000)
        #expect(cluster.leader == leader && cluster.alarms(are: cluster.members), "the history is still held")

        let compaction = cluster.propose(.compact(Revision(count)), at: other)
        #expect(cluster.run { _ in compaction.succeeded } && cluster.run { $0.alarms(are: []) })
        #expect(cluster.members.allSatisfy { held(cluster, $0) < 5_000 } && cluster.leader == leader)
        let again = cluster.propose(put("k", "new"), at: other)
        #expect(cluster.run { _ in again.succeeded } && cluster.run { $0.agrees })
    }

    /// Between the quota and 95 % of it nothing changes, in either direction.
    @Test func theAlarmGoesWhenEnoughIsFree() throws {
        var (cluster, leader, _) = try cluster()
        let count = fill(&cluster, at: leader)
        #expect(cluster.run { $0.alarms(are: $0.members) })
        func compact(_ revision: Int) {
            let answer = cluster.propose(.compact(Revision(revision)), at: leader)
            #expect(cluster.run { _ in answer.succeeded })
            cluster.run(milliseconds: 3_000)
        }
        compact(4)
        #expect(held(cluster, leader) <= Self.quota && held(cluster, leader) > Self.quota * 95 / 100)
        #expect(cluster.alarms(are: cluster.members))
        let refused = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in refused.error == .outOfSpace })
        compact(6)
        #expect(held(cluster, leader) <= Self.quota * 95 / 100 && cluster.alarms(are: []))
        #expect(fill(&cluster, at: leader) < count)
    }

    @Test func turnedOffByHandItComesBackWithTheNextWrite() throws {
        var (cluster, leader, _) = try cluster()
        _ = fill(&cluster, at: leader)
        #expect(cluster.run { $0.alarms(are: $0.members) })
        for member in cluster.members {
            let alarm = StoreAlarm(member: member.id, kind: .noSpace)
            let off = cluster.propose(AlarmChange(alarm, isOn: false, isByHand: true), at: leader)
            #expect(cluster.run { _ in off.succeeded })
        }
        cluster.run(milliseconds: 5_000)
        #expect(cluster.alarms(are: []))
        let refused = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in refused.error == .outOfSpace } && cluster.run { $0.alarms(are: [leader]) })
    }

    /// The measure is taken from what a member finds at its start, and from a snapshot that it is sent.
    @Test(arguments: [false, true]) func aStartKnowsWhatIsHeld(bySnapshot: Bool) throws {
        var (cluster, leader, other) = try cluster(change: { $0.raft.retainedEntries = 10 })
        if bySnapshot { cluster.isolated = [other] }
        _ = fill(&cluster, at: leader)
        let raised = bySnapshot ? cluster.members.filter { $0 != other } : cluster.members
        #expect(cluster.run { $0.alarms(at: leader) == raised })
        if bySnapshot {
            cluster.isolated = []
            #expect(cluster.run { $0.agrees } && cluster.snapshotsCarried > 0)
        } else {
            var random = SplitMix64(seed: 5)
            for member in cluster.members { cluster.crash(member, using: &random) }
            for member in cluster.members { try cluster.start(member) }
        }
        #expect(cluster.run { $0.leader != nil && $0.alarms(are: $0.members) && $0.agrees })
        let leads = try #require(cluster.leader)
        cluster.run(milliseconds: 5_000)
        #expect(cluster.leader == leads && cluster.alarms(are: cluster.members), "a start ends no alarm")
        let refused = cluster.propose(put("k", "1"), at: leads)
        #expect(cluster.run { _ in refused.error == .outOfSpace })
        let revision = cluster.engine(leads)?.shared.withContent { $0.state.revision } ?? 0
        let compaction = cluster.propose(.compact(revision), at: leads)
        #expect(cluster.run { _ in compaction.succeeded } && cluster.run { $0.alarms(are: []) })
    }

    /// The disk's shortage and the quota's are one alarm, which goes when neither is left; only the disk's moves the
    /// lead.
    @Test func theDiskMayBeFullAsWell() throws {
        var (cluster, leader, _) = try cluster(change: { $0.logBytesPerSnapshot = .max })
        _ = fill(&cluster, at: leader)
        #expect(cluster.run { $0.alarms(are: $0.members) })
        for member in cluster.members { cluster.places[member]?.disk.setFaults { $0.capacity = 0 } }
        for number in 0..<40 {
            let answer = cluster.propose(Transaction(success: [.delete(.key(bytes("none\(number)")))]), at: leader)
            #expect(cluster.run { _ in answer.succeeded })
        }
        let compaction = cluster.propose(.compact(20), at: leader)
        #expect(cluster.run { _ in compaction.succeeded })
        cluster.run(milliseconds: 3_000)
        let full = cluster.members.filter { cluster.engine($0)?.space.isFull == true }
        #expect(cluster.alarms(at: leader) == full && cluster.members.allSatisfy { held(cluster, $0) < 30_000 })
        for member in cluster.members { cluster.places[member]?.disk.setFaults { $0.capacity = nil } }
        #expect(cluster.run { $0.alarms(are: []) })
        let answer = cluster.propose(put("k", "1"), at: leader)
        #expect(cluster.run { _ in answer.succeeded })
    }

    @Test func aNegativeQuotaIsNone() throws {
        var (cluster, leader, _) = try cluster(quota: -1)
        #expect(fill(&cluster, at: leader) == 200 && cluster.alarms(are: []))
        var limits = StoreLimits()
        limits.setQuota(nil)
        #expect(limits.quotaBytes == 8 << 30)
        limits.setQuota(5)
        limits.setQuota(0)
        #expect(limits.quotaBytes == 8 << 30)
        limits.setQuota(-7)
        #expect(limits.quotaBytes == -7)
    }
}
