import EtcdStore
import KeyValueCore
import RaftCore

/// What a member's turn has changed, for the checkers and the clients.
extension StoreMember {
    mutating func observe(_ world: inout Surroundings<Self>) {
        for work in mailbox.takeWorks() {
            workCount += 1
            works[workCount] = work
            world.wake(after: UInt64(world.dice.number(in: 100...40_000)), .work(workCount))
        }
        answer(&world)
        observeState(&world)
        if settings.watchersPerMember > 0, world.dice.happens(perMille: 200) { readWatches(&world) }
    }

    /// Also at the moment of a crash: what was applied may be known to nobody else.
    mutating func observeState(_ world: inout Surroundings<Self>) {
        observeLeader(&world)
        guard let shared = engine?.shared else { return }
        let (position, hash, revision) = shared.withContent {
            ($0.applied.position, $0.state.hash, $0.state.revision)
        }
        if position.index > judged.index {
            for index in judged.index + 1...position.index {
                guard let term = engine?.raft.term(at: index) else { continue }
                world.judge.applied(number + 1, index, term)
            }
            judged = position
            world.trace.line(at: world.now, "\(number + 1) has applied \(position.index), revision \(revision)")
            if let configuration = engine?.raft.configuration {
                world.judge.appliedConfiguration(configuration, upTo: position.index)
            }
            world.judge.state(of: number + 1, at: position.index, hash: hash)
        }
        if revision > judgedRevision {
            var events: [HistoryEvent] = []
            // What was compacted in the same turn, or before an installed snapshot, may be gone, also in parts.
            let compacted = shared.withContent { content in
                let compacted = content.state.compactedRevision
                content.state.visitApplied(after: max(judgedRevision, compacted)) { events.append($0) }
                return compacted
            }
            if let violation = world.judge.changes.saw(events, at: number + 1, compacted: compacted) {
                world.judge.report(violation.rule, violation.detail)
            }
            judgedRevision = revision
        }
    }

    mutating func observeLeader(_ world: inout Surroundings<Self>) {
        guard isLeader, engine?.raft.term != judgedTerm, let raft = engine?.raft else { return }
        if raft.term > judgedTerm {
            judgedTerm = raft.term
            world.trace.line(
                at: world.now, "\(number + 1) leads in term \(raft.term), its log ends at \(raft.lastIndex)")
            world.judge.leads(number + 1, in: raft.term, lastIndex: raft.lastIndex) { raft.term(at: $0) }
        }
    }

    mutating func readWatches(_ world: inout Surroundings<Self>) {
        guard let shared = engine?.shared, engine?.failure == nil else { return }
        for place in watchers.indices {
            if let violation = watchers[place].read(shared, number + 1, world.judge.changes) {
                world.judge.report(violation.rule, violation.detail)
            }
        }
    }

    mutating func answer(_ world: inout Surroundings<Self>) {
        for reply in mailbox.takeReplies() {
            let outcome = reply.outcome(on: engine?.shared, world.calls[reply.call])
            if let (revision, isWrite) = outcome.revision {
                world.calls.note(reply.call, revision: revision, isWrite: isWrite)
            }
            world.answer(reply.call, outcome.outcome)
        }
    }
}
