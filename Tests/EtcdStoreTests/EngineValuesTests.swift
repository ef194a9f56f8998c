import KeyValueCore
import RaftCore
import Testing

@testable import EtcdStore

/// What the engine decides itself, by the values that decide it.
@Suite struct EngineValuesTests {
    private static let members = (1...3).map { Member(UInt64($0)) }
    private static let configuration = Configuration(voters: members)

    private func entry(_ index: Index) -> Entry { Entry(index: index, term: 2, kind: .command, command: [1, 2, 3]) }

    // MARK: What waits for the disk

    private func effects(_ fault: StoreFault? = nil) -> EffectQueue {
        var effects = EffectQueue(fault: fault)
        let message = Message(from: Self.members[0], term: 2, body: .heartbeat(committed: 0, round: 0))
        effects.append([
            .write([entry(1)], number: 1), .remember(HardState(term: 2)), .write([entry(2)], number: 2),
            .send(message, to: Self.members[1]), .apply([entry(1)]),
        ])
        return effects
    }

    @Test func nothingPassesWhatIsToBeRememberedButAWrite() {
        var effects = effects()
        let before = effects.next()
        #expect(before == nil && effects.pending.entries.map(\.index) == [1, 2] && effects.pending.hasHardState)
        let write = effects.takePending()
        #expect(write?.number == 2 && effects.pending.isEmpty)
        var after: [Raft.Effect] = []
        while let effect = effects.next() { after.append(effect) }
        #expect(after.count == 2)
        guard case .send? = after.first, case .apply? = after.last else {
            Issue.record("\(after)")
            return
        }
        let nothing = effects.takePending()
        #expect(nothing == nil)
    }

    @Test func theDeliberateBugSendsBefore() {
        var effects = effects(.sendsBeforeRemembering)
        guard case .send? = effects.next() else {
            Issue.record("the barrier still holds")
            return
        }
    }

    @Test func aSnapshotDropsWhatWasToBeWritten() {
        var effects = effects()
        _ = effects.next()
        effects.dropPending()
        #expect(effects.pending.isEmpty)
        let next = effects.next()
        #expect(next != nil, "what is behind goes on")
    }

    @Test func laterEntriesReplaceThoseThatWait() {
        var pending = PendingWrite()
        pending.add([entry(1), entry(2), entry(3)], number: 1)
        let bytes = pending.bytes
        pending.add([entry(2)], number: 2)
        #expect(pending.entries.map(\.index) == [1, 2] && pending.number == 2)
        #expect(pending.bytes == bytes - PendingWrite.size(entry(3)))
        let parts = pending.parts(limit: LogBatch.overhead + PendingWrite.size(entry(1)))
        #expect(parts.map { $0.map(\.index) } == [[1], [2]])
    }

    // MARK: Who leads

    @Test func aMemberLeadsOnceItHasAppliedAnEntryOfItsOwnTerm() {
        var role = MemberRole()
        role.published()
        let old = role.applied(term: 4, isLeader: true, currentTerm: 5)
        #expect(!old && !role.isLeading && !role.isUnpublished)
        let own = role.applied(term: 5, isLeader: true, currentTerm: 5)
        let again = role.applied(term: 5, isLeader: true, currentTerm: 5)
        #expect(own && !again && role.isLeading && role.isUnpublished)
        role.became(.leader, in: 5, appliedTerm: 5)
        #expect(role.isLeading)
        role.became(.leader, in: 6, appliedTerm: 5)
        #expect(!role.isLeading, "another term has to be applied first")
    }

    @Test func changesOfMembersAreCounted() {
        var role = MemberRole()
        role.peersCounted(2)
        role.peersCounted(2)
        role.membersChanged()
        #expect(role.membershipChanges == 2)
    }

    @Test func periodicWorkIsDueAfterItsPause() {
        var work = PeriodicWork()
        let due = [0, 99, 100, 150].map { work.isDue(now: $0, everyMilliseconds: 100) }
        #expect(due == [true, false, true, false])
    }

    // MARK: Shortages

    private func put() -> WaitingProposal {
        WaitingProposal(.transact(Transaction(success: [.put(key: [1], value: [2])]))) { _ in }
    }
    private func delete() -> WaitingProposal {
        WaitingProposal(.transact(Transaction(success: [.delete(.key([1]))]))) { _ in }
    }
    private func refusals(_ space: inout StoreSpace, _ batch: [WaitingProposal], now: Int64 = 0) -> [Int: StoreError] {
        space.refusals(of: batch, Self.configuration, now: now, electionMilliseconds: 1_000)
    }

    @Test func anAlarmRefusesWhatGrows() {
        var space = StoreSpace(member: 1, alarms: AlarmList())
        let none = refusals(&space, [put(), delete()])
        #expect(none.isEmpty)
        var alarms = AlarmList()
        alarms.apply(AlarmChange(StoreAlarm(member: 3, kind: .noSpace), isOn: true, isByHand: false))
        space.alarmsChanged(alarms)
        let some = refusals(&space, [put(), delete()])
        #expect(some == [0: .outOfSpace])
    }

    @Test func aMajorityWithoutRoomRefusesEverythingForAnElectionsTime() {
        var space = StoreSpace(member: 1, alarms: AlarmList())
        space.followerRanOut(Self.members[1], now: 0)
        let one = refusals(&space, [put()])
        space.followerRanOut(Self.members[2], now: 500)
        let both = refusals(&space, [put(), delete()], now: 600)
        let later = refusals(&space, [put()], now: 1_200)
        #expect(one.isEmpty && both == [0: .outOfSpace, 1: .outOfSpace] && later.isEmpty)
        space.followerRanOut(Self.members[1], now: 1_200)
        space.leaderChanged()
        let anew = refusals(&space, [put()], now: 1_200)
        #expect(anew.isEmpty)
    }

    @Test func theQuotaIsLeftBehindInSteps() {
        var limits = StoreLimits()
        limits.quotaBytes = 1_000
        var space = StoreSpace(member: 1, alarms: AlarmList())
        let changes = [900, 1_001, 1_100, 980, 951, 950, 951].map { space.measured($0, limits) }
        #expect(changes == [false, true, false, false, false, true, false])
        #expect(space.needsCare && !space.local.isOverQuota)
    }

    @Test func aFullMemberTellsOnceAndAgainWhenItRefuses() {
        var space = StoreSpace(member: 1, alarms: AlarmList())
        space.ranOut()
        let first = space.dueChange(now: 0, pauseMilliseconds: 100)
        let soon = space.dueChange(now: 50, pauseMilliseconds: 100)
        let again = space.dueChange(now: 100, pauseMilliseconds: 100)
        #expect(first?.isOn == true && soon == nil && again?.isOn == true)
        var alarms = AlarmList()
        alarms.apply(AlarmChange(space.ownAlarm, isOn: true, isByHand: false))
        space.alarmsChanged(alarms)
        let told = space.dueChange(now: 1_000, pauseMilliseconds: 100)
        #expect(told == nil && !space.local.isUntold)
        space.writeRefused()
        let refused = space.dueChange(now: 2_000, pauseMilliseconds: 100)
        #expect(refused?.isOn == true)
        space.spaceReturned()
        let over = space.dueChange(now: 3_000, pauseMilliseconds: 100)
        #expect(over?.isOn == false)
    }

    // MARK: Who waits

    private func list() -> WaitList { WaitList(firstNumber: 0, limits: StoreLimits()) }

    @Test func aProposalWhosePlaceWasTakenIsHeldAndTriedAgain() {
        var waiting = list()
        waiting.append(put(), at: LogPosition(index: 5, term: 1))
        waiting.append(put(), at: LogPosition(index: 6, term: 1))
        let other = waiting.take(LogPosition(index: 5, term: 2))
        #expect(other == nil && waiting.held.count == 1)
        let own = waiting.take(LogPosition(index: 6, term: 1))
        #expect(own != nil)
        let retries = [waiting.takeRetry(), waiting.takeRetry()]
        #expect(retries == [true, false])
    }

    @Test func readsWaitUntilTheirIndexIsApplied() throws {
        var waiting = list()
        let read = WaitingRead { _ in }
        let asked = (waiting.ask([read, read], now: 0), waiting.ask([read], now: 0))
        let late = try #require(asked.0)
        let early = try #require(asked.1)
        let none = waiting.readable([late], at: 9, applied: 5)
        let alsoNone = waiting.readable([early], at: 7, applied: 5)
        let first = waiting.takeConfirmedReads(applied: 7)
        let rest = waiting.takeConfirmedReads(applied: 20)
        #expect(none.isEmpty && alsoNone.isEmpty && first.count == 1 && rest.count == 2)
    }

    @Test func oneChangeAndOneTransferAreUnderWayAtATime() {
        var waiting = list()
        waiting.beginChange(WaitingRequest(.changeMembership(.promote(Self.members[2]))) { _ in })
        let taken = [waiting.takeChange() != nil, waiting.takeChange() != nil, waiting.takeTransfer() != nil]
        #expect(taken == [true, false, false])
    }

    @Test func garbageIsThereUntilTheLastOfItIsFreed() {
        var compactor = Compactor(seconds: 0, revisions: 0)
        compactor.compacted()
        compactor.freed(hasMore: true)
        #expect(compactor.hasGarbage)
        compactor.freed(hasMore: false)
        #expect(!compactor.hasGarbage)
    }
}
