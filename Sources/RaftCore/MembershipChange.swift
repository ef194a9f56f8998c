extension Configuration {
    /// The configuration that a change leads to: joint if voters change (§4.3), or why there is none. `lag` is how
    /// many committed entries a learner lacks.
    func applying(
        _ change: MembershipChange, lag: (Member) -> UInt64, limit: UInt64
    ) throws(Raft.MembershipRefusal) -> Configuration {
        let named = change.learners + change.voters + change.removed
        guard !named.isEmpty, Set(named).count == named.count else { throw .contradictory }
        var (newVoters, newLearners) = (Set(voters), Set(learners))
        for member in change.removed {
            guard contains(member) else { throw .notMember(member) }
            newVoters.remove(member)
            newLearners.remove(member)
        }
        for member in change.voters {
            guard !voters.contains(member) else { throw .alreadyMember(member) }
            guard learners.contains(member) else { throw .notLearner(member) }
            guard lag(member) <= limit else { throw .learnerBehind(member) }
            newLearners.remove(member)
            newVoters.insert(member)
        }
        var retiring: Set<Member> = []
        for member in change.learners {
            guard !learners.contains(member) else { throw .alreadyMember(member) }
            // Who still votes in the outgoing half learns only afterwards.
            if newVoters.remove(member) != nil { retiring.insert(member) } else { newLearners.insert(member) }
        }
        guard !newVoters.isEmpty else { throw .noVoterLeft }
        guard newVoters.union(newLearners).union(voters).count <= Self.memberLimit else { throw .tooManyMembers }
        // Learners have no say, so they come and go in one step.
        if newVoters == Set(voters) { return Configuration(voters: voters, learners: newLearners) }
        return Configuration(voters: newVoters, outgoing: voters, learners: newLearners, learnersNext: retiring)
    }

    /// What a joint configuration ends in (§4.3).
    var afterJoint: Configuration { Configuration(voters: voters, learners: learners + learnersNext) }
}

extension Raft {
    mutating func changeMembership(_ change: MembershipChange) {
        do throws(MembershipRefusal) {
            let next = try configuration(after: change)
            appendAsLeader([entry(next)])
        } catch {
            effects.append(.refuseMembershipChange(error))
        }
    }

    /// One change after the other, and only when the leader has committed something itself (§4.1; Ongaro's correction
    /// on raft-dev, 10 July 2015).
    private func configuration(after change: MembershipChange) throws(MembershipRefusal) -> Configuration {
        guard case .leader(let leadership) = state else { throw .notLeader(leader) }
        let isSettled = !configuration.isJoint && membership.index <= log.committed
        guard isSettled, log.committed >= leadership.since, leadership.transfer == nil else { throw .inProgress }
        return try configuration.applying(
            change,
            lag: { learner in
                let matched = leadership.peer(learner)?.matched ?? 0
                return log.committed - min(matched, log.committed)
            }, limit: settings.promotionLagEntries)
    }

    private func entry(_ configuration: Configuration) -> Entry {
        Entry(index: log.last.index + 1, term: term, kind: .configuration, command: configuration.encoded)
    }

    /// What becomes due when a leader's configuration is committed.
    mutating func membershipCommitted() {
        guard case .leader(let leadership) = state, membership.index <= log.committed else { return }
        if configuration.isJoint {
            // The old majority is no longer needed: leave at once, whoever leads by now (§4.3).
            appendAsLeader([entry(configuration.afterJoint)])
        } else if !configuration.voters.contains(member) {
            // A leader that is left out goes when that is committed (§4.2.2), and spares the others the time out.
            let voters = leadership.peers.filter { configuration.voters.contains($0.member) }
            if let successor = voters.max(by: { $0.matched < $1.matched }) { send(.timeoutNow, to: successor.member) }
            follow(nil, in: term)
        }
    }

    /// After the log's end has changed the configuration.
    mutating func membershipChanged() {
        let (configuration, index, own) = (configuration, membership.index, member)
        leadership?.adopt(configuration, at: index, own: own)
        effects.append(.membership(configuration))
    }
}
