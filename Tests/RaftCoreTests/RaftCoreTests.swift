import RaftCore
import Testing

@Suite struct SingleMemberTests {
    let member = Member(7)

    func started(_ hardState: HardState = HardState(), entries: [Entry] = []) -> (Raft, [Raft.Effect]) {
        var raft = Raft(member: member, hardState: hardState, applied: LogPosition(), entries: entries)
        let effects = raft.step(.started)
        return (raft, effects)
    }

    @Test func startsInANewTermThatItRemembersBeforeAnythingElse() {
        let (raft, effects) = started(HardState(term: 4, vote: Member(7)))
        #expect(raft.isLeader && raft.term == 5)
        #expect(
            effects == [
                .remember(HardState(term: 5, vote: member)), .write([Entry(index: 1, term: 5, kind: .empty)]),
            ])
    }

    @Test func appliesOnlyWhatIsOnDisk() {
        var (raft, _) = started()
        let command = Entry(index: 2, term: 1, kind: .command, command: [1])
        #expect(raft.step(.propose([Proposal([1])])) == [.write([command])])
        #expect(raft.step(.persisted(0)) == [])
        #expect(raft.step(.persisted(1)) == [.apply([Entry(index: 1, term: 1, kind: .empty)])])
        #expect(raft.step(.persisted(2)) == [.apply([command])])
        #expect(raft.step(.persisted(2)) == [])
        #expect(raft.step(.persisted(99)) == [])
        #expect(raft.committed == 2)
    }

    @Test func entriesOfAnEarlierTermAreCommittedWithOneOfItsOwn() {
        let old = Entry(index: 1, term: 3, kind: .command, command: [9])
        var (raft, effects) = started(HardState(term: 3), entries: [old])
        let first = Entry(index: 2, term: 4, kind: .empty)
        #expect(effects.last == .write([first]))
        #expect(raft.step(.persisted(1)) == [], "the old entry alone is not committed by counting")
        #expect(raft.step(.persisted(2)) == [.apply([old, first])])
    }

    @Test func refusesProposalsOfAnotherTermAndKeepsTheOthers() {
        var (raft, _) = started(HardState(term: 1))
        let effects = raft.step(.propose([Proposal([1]), Proposal([2], inTerm: 1), Proposal([3], inTerm: 2)]))
        let written = [
            Entry(index: 2, term: 2, kind: .command, command: [1]),
            Entry(index: 3, term: 2, kind: .command, command: [3]),
        ]
        #expect(effects == [.refuse([1], leader: member, term: 2), .write(written)])
    }

    @Test func refusesEverythingBeforeItLeads() {
        var raft = Raft(member: member, applied: LogPosition(), entries: [])
        #expect(raft.step(.propose([Proposal([1])])) == [.refuse([0], leader: nil, term: 0)])
        #expect(raft.step(.persisted(5)) == [])
    }

    @Test func dropsMessagesOfMembersItDoesNotKnow() {
        var (raft, _) = started()
        let message = Message(from: Member(8), term: 99, body: .requestVote(last: LogPosition(index: 50, term: 98)))
        #expect(raft.step(.receive(message)) == [])
        #expect(raft.isLeader && raft.term == 1)
    }
}
