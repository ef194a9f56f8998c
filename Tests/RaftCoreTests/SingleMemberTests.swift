import RaftCore
import Testing

@Suite struct SingleMemberTests {
    let member = Member(7)

    func started(_ hardState: HardState = HardState(), entries: [Entry] = []) -> (Raft, [Raft.Effect]) {
        var raft = Raft(
            member: member, configuration: Configuration(voters: [member]), hardState: hardState,
            applied: LogPosition(), entries: entries, seed: 1)
        let effects = raft.step(.started)
        return (raft, effects)
    }

    @Test func startsInANewTermThatItRemembersBeforeAnythingElse() {
        let (raft, effects) = started(HardState(term: 4, vote: Member(7)))
        #expect(raft.isLeader && raft.term == 5)
        #expect(
            effects == [
                .remember(HardState(term: 5, vote: member)),
                .write([Entry(index: 1, term: 5, kind: .empty)], number: 1),
                .became(.leader, term: 5, leader: member),
            ])
    }

    @Test func appliesOnlyWhatIsOnDisk() {
        var (raft, _) = started()
        let command = Entry(index: 2, term: 1, kind: .command, command: [1])
        #expect(raft.step(.propose([Proposal([1])])) == [.write([command], number: 2)])
        #expect(raft.step(.persisted(write: 0)) == [])
        #expect(raft.step(.persisted(write: 1)) == [.apply([Entry(index: 1, term: 1, kind: .empty)])])
        #expect(raft.step(.persisted(write: 2)) == [.apply([command])])
        #expect(raft.step(.persisted(write: 2)) == [])
        #expect(raft.step(.persisted(write: 99)) == [])
        #expect(raft.committed == 2)
    }

    @Test func entriesOfAnEarlierTermAreCommittedWithOneOfItsOwn() {
        let old = Entry(index: 1, term: 3, kind: .command, command: [9])
        var (raft, effects) = started(HardState(term: 3), entries: [old])
        let first = Entry(index: 2, term: 4, kind: .empty)
        #expect(effects.contains(.write([first], number: 1)))
        #expect(raft.committed == 0, "the old entry alone is not committed by counting")
        #expect(raft.step(.persisted(write: 1)) == [.apply([old, first])])
    }

    @Test func refusesProposalsOfAnotherTermAndKeepsTheOthers() {
        var (raft, _) = started(HardState(term: 1))
        let effects = raft.step(.propose([Proposal([1]), Proposal([2], inTerm: 1), Proposal([3], inTerm: 2)]))
        let written = [
            Entry(index: 2, term: 2, kind: .command, command: [1]),
            Entry(index: 3, term: 2, kind: .command, command: [3]),
        ]
        #expect(effects == [.refuse([1], .termPassed(current: 2)), .write(written, number: 2)])
    }

    @Test func refusesEverythingBeforeItLeads() {
        var raft = Raft(
            member: member, configuration: Configuration(voters: [member]), applied: LogPosition(), entries: [], seed: 1
        )
        #expect(raft.step(.propose([Proposal([1])])) == [.refuse([0], .notLeader(nil))])
        #expect(raft.step(.persisted(write: 5)) == [])
    }

    @Test func refusesWhatExceedsTheUncommittedBytes() {
        var settings = Raft.Settings()
        settings.uncommittedBytes = 2_000
        var raft = Raft(
            member: member, configuration: Configuration(voters: [member]), applied: LogPosition(), entries: [],
            settings: settings, seed: 1)
        _ = raft.step(.started)
        _ = raft.step(.persisted(write: 1))
        let large = Proposal([UInt8](repeating: 1, count: 1_500))
        #expect(raft.step(.propose([large, large])).first == .refuse([1], .tooManyUncommitted))
        #expect(raft.step(.propose([large])) == [.refuse([0], .tooManyUncommitted)])
        _ = raft.step(.persisted(write: 2))
        let huge = Proposal([UInt8](repeating: 1, count: 5_000))
        let effects = raft.step(.propose([huge]))
        #expect(effects.count == 1 && raft.lastIndex == 3, "alone it goes")
    }

    @Test func dropsMessagesOfMembersItDoesNotKnow() {
        var (raft, _) = started()
        let last = LogPosition(index: 50, term: 98)
        for body: Message.Body in [.requestVote(last: last, isTransfer: false), .appended(upTo: 9)] {
            #expect(raft.step(.receive(Message(from: Member(8), term: 99, body: body))) == [])
        }
        #expect(raft.isLeader && raft.term == 1)
    }

    @Test func answersReadsWhenItHasCommittedInItsTerm() {
        var (raft, _) = started()
        #expect(raft.step(.read(ReadID(1))) == [])
        let first = Entry(index: 1, term: 1, kind: .empty)
        #expect(raft.step(.persisted(write: 1)) == [.apply([first]), .readable([ReadID(1)], at: 1)])
        #expect(raft.step(.read(ReadID(2))) == [.readable([ReadID(2)], at: 1)])
    }
}
