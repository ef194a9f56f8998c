import RaftCore
import Testing

/// A batch is one array from the proposal on: what is written, sent and applied is not copied.
@Suite struct BatchTests {
    /// Where the array is in memory.
    func place(_ entries: [Entry]) -> UnsafeRawPointer? { entries.withUnsafeBytes { $0.baseAddress } }

    /// A leader of three whose followers have acknowledged its first entry.
    func leader(_ settings: Raft.Settings = Raft.Settings()) -> Raft {
        let voters = [Member(1), Member(2), Member(3)]
        var raft = Raft(
            member: Member(1), configuration: Configuration(voters: voters), applied: LogPosition(), entries: [],
            settings: settings, seed: 1)
        _ = raft.step(.started)
        while raft.role == .follower { _ = raft.step(.tick) }
        for body: Message.Body in [.preVote(granted: true, of: 1), .vote(granted: true), .appended(upTo: 1)] {
            for peer in voters.dropFirst() { _ = raft.step(.receive(Message(from: peer, term: raft.term, body: body))) }
        }
        _ = raft.step(.persisted(write: 1))
        return raft
    }

    @Test func isOneArrayOnItsWholeWay() throws {
        var raft = leader()
        #expect(raft.isLeader && raft.committed == 1)
        let effects = raft.step(.propose((0..<1_000).map { Proposal([UInt8(truncatingIfNeeded: $0)]) }))
        var places: [UnsafeRawPointer?] = []
        for effect in effects {
            switch effect {
            case .send(let message, _):
                guard case .append(_, let entries, _) = message.body else { continue }
                places.append(place(entries))
            case .write(let entries, _): places.append(place(entries))
            default: break
            }
        }
        let committed = raft.step(.receive(Message(from: Member(2), term: 1, body: .appended(upTo: 1_001))))
        #expect(committed == [], "one disk of three is no majority")
        for case .apply(let entries) in raft.step(.persisted(write: 2)) { places.append(place(entries)) }
        #expect(places.count == 4)
        #expect(Set(places).count == 1 && places.first != nil)
    }

    @Test func sendsBeforeItWrites() {
        var raft = leader()
        let effects = raft.step(.propose([Proposal([1])]))
        let write = effects.firstIndex { if case .write = $0 { true } else { false } }
        let lastSend = effects.lastIndex { if case .send = $0 { true } else { false } }
        #expect(write == 2 && lastSend == 1)
    }

    /// What is on the way to a peer is limited in bytes, and a message as well.
    @Test func flowsInLimits() {
        var settings = Raft.Settings()
        settings.entriesPerMessageBytes = 10_000
        settings.inFlightBytes = 40_000
        var raft = leader(settings)
        let value = [UInt8](repeating: 1, count: 1_000)
        let effects = raft.step(.propose((0..<100).map { _ in Proposal(value) }))
        let batches = effects.compactMap { effect -> Int? in
            guard case .send(let message, to: Member(2)) = effect else { return nil }
            guard case .append(_, let entries, _) = message.body else { return nil }
            return entries.reduce(0) { $0 + $1.command.count }
        }
        #expect(batches.allSatisfy { $0 <= 10_000 } && batches.count >= 4 && batches.count <= 6)
        // The first acknowledgement lets the next message go.
        let next = raft.step(.receive(Message(from: Member(2), term: 1, body: .appended(upTo: 10))))
        #expect(next.contains { if case .send(_, to: Member(2)) = $0 { true } else { false } })
    }

    @Test func whatWasWrittenAndCutCountsAsPersistedOnlyWhenItsReplacementIs() {
        let voters = [Member(1), Member(2), Member(3)]
        var raft = Raft(
            member: Member(1), configuration: Configuration(voters: voters), applied: LogPosition(), entries: [],
            seed: 1)
        _ = raft.step(.started)
        func append(_ term: Term, _ previous: LogPosition, _ terms: [Term], from leader: UInt64) -> Raft.Input {
            let entries = terms.enumerated().map {
                Entry(index: previous.index + 1 + UInt64($0), term: $1, kind: .empty)
            }
            return .receive(
                Message(
                    from: Member(leader), term: term,
                    body: .append(previous: previous, entries: entries, committed: 0)))
        }
        _ = raft.step(append(1, LogPosition(), [1, 1, 1], from: 2))
        _ = raft.step(append(2, LogPosition(index: 1, term: 1), [2], from: 3))
        _ = raft.step(append(3, LogPosition(index: 1, term: 1), [1, 1, 3], from: 2))
        // The entry at 2 is the first one's again, but the second write may still take it away.
        #expect(
            raft.step(.persisted(write: 1)) == [
                .send(Message(from: Member(1), term: 3, body: .appended(upTo: 1)), to: Member(2))
            ])
        #expect(
            raft.step(.persisted(write: 3)) == [
                .send(Message(from: Member(1), term: 3, body: .appended(upTo: 4)), to: Member(2))
            ])
    }
}
