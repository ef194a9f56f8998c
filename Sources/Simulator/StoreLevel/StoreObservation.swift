import EtcdStore
import KeyValueCore
import RaftCore

/// What a member's turn has changed, for the checkers and the clients.
extension StoreMember {
    mutating func observe(_ world: inout MemberWorld<Self>) {
        for work in engineOutput.takeWorks() {
            workCount += 1
            works[workCount] = work
            world.wake(after: UInt64(world.dice.number(in: 100...40_000)), .work(workCount))
        }
        answer(&world)
        observeState(&world)
        if settings.watchersPerMember > 0, world.dice.happens(perMille: 200) { readWatches(&world) }
    }

    /// Also at the moment of a crash: what was applied may be known to nobody else.
    mutating func observeState(_ world: inout MemberWorld<Self>) {
        observeLeader(&world)
        guard let shared = engine?.shared else { return }
        let (position, hash, revision) = shared.withContent {
            ($0.applied.position, $0.state.hash, $0.state.revision)
        }
        if position.index > checked.index {
            for index in checked.index + 1...position.index {
                guard let term = engine?.raft.term(at: index) else { continue }
                world.checker.applied(number + 1, index, term)
            }
            checked = position
            world.trace.line(at: world.now, "\(number + 1) has applied \(position.index), revision \(revision)")
            if let configuration = engine?.raft.configuration {
                world.checker.appliedConfiguration(configuration, upTo: position.index)
            }
            world.checker.state(of: number + 1, at: position.index, hash: hash)
        }
        if revision > checkedRevision {
            var events: [HistoryEvent] = []
            // What was compacted in the same turn, or before an installed snapshot, may be gone, also in parts.
            let compacted = shared.withContent { content in
                let compacted = content.state.compactedRevision
                content.state.visitApplied(after: max(checkedRevision, compacted)) { events.append($0) }
                return compacted
            }
            if let violation = world.checker.changes.saw(events, at: number + 1, compacted: compacted) {
                world.checker.report(violation.rule, violation.detail)
            }
            checkedRevision = revision
        }
    }

    mutating func observeLeader(_ world: inout MemberWorld<Self>) {
        guard isLeader, engine?.raft.term != checkedTerm, let raft = engine?.raft else { return }
        if raft.term > checkedTerm {
            checkedTerm = raft.term
            world.trace.line(
                at: world.now, "\(number + 1) leads in term \(raft.term), its log ends at \(raft.lastIndex)")
            world.checker.leads(number + 1, in: raft.term, lastIndex: raft.lastIndex) { raft.term(at: $0) }
        }
    }

    mutating func readWatches(_ world: inout MemberWorld<Self>) {
        guard let shared = engine?.shared, engine?.failure == nil else { return }
        for place in watchers.indices {
            if let violation = watchers[place].read(shared, number + 1, world.checker.changes) {
                world.checker.report(violation.rule, violation.detail)
            }
        }
    }

    mutating func answer(_ world: inout MemberWorld<Self>) {
        for answer in engineOutput.takeAnswers() {
            let outcome = answer.outcome(on: engine?.shared, world.calls[answer.call])
            if let (revision, isWrite) = outcome.revision {
                world.calls.note(answer.call, revision: revision, isWrite: isWrite)
            }
            world.answer(answer.call, outcome.outcome)
        }
    }
}
