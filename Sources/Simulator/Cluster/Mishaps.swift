import RaftCore

extension ClusterWorld {
    mutating func happen(_ mishap: Mishap) {
        var dice = Dice(seed: mishap.dice)
        let up = members.indices.filter { members[$0].isUp && !members[$0].isOut }
        world.trace.note(10, mishap.dice)
        switch mishap.kind {
        case .crash:
            // Now and then everybody at once, as when the power fails.
            let victims = dice.happens(perMille: 150) ? up : dice.sample(1, of: up)
            for victim in victims { crash(victim, for: mishap.duration) }
        case .partition:
            let present = members.indices.filter { !members[$0].isOut }
            let partition = Partition.rolled(&dice, of: present, leader: leader)
            world.trace.line(at: agenda.now, "\(partition.description) (numbers from 0)")
            network.apply(partition)
            cuts += 1
            agenda.plan(.heal(cuts), after: mishap.duration)
        case .pause:
            guard let victim = dice.happens(perMille: 500) ? leader ?? dice.pick(up) : dice.pick(up) else { return }
            world.trace.line(at: agenda.now, "\(victim + 1) stands still")
            members[victim].isPaused = true
            agenda.plan(.resume(victim), after: mishap.duration)
        case .fullDisk:
            guard let victim = dice.happens(perMille: 500) ? leader ?? dice.pick(up) : dice.pick(up) else { return }
            world.trace.line(at: agenda.now, "\(victim + 1) has no room on its disk")
            members[victim].core.setDiskFull(true)
            agenda.plan(.roomOnDisk(victim), after: mishap.duration)
        case .changeMembership:
            guard let leader, !members[leader].isPaused, let change = membershipChange(at: leader, &dice) else {
                return
            }
            world.trace.line(at: agenda.now, "\(leader + 1) is asked for \(change)")
            members[leader].core.change(change, &world)
            carryOut(for: leader)
        case .transferLeadership:
            guard let leader, !members[leader].isPaused, let memberState = members[leader].core.memberState,
                let target = dice.pick(memberState.configuration.voters)
            else { return }
            world.trace.line(at: agenda.now, "\(leader + 1) is asked to hand over to \(target.id)")
            members[leader].core.transferLeadership(to: Int(target.id) - 1, &world)
            carryOut(for: leader)
        }
    }

    /// Who leads, as far as one can see from above.
    var leader: Int? {
        var found: (number: Int, term: Term)?
        for number in members.indices where members[number].isUp && members[number].core.isLeader {
            guard let memberState = members[number].core.memberState else { continue }
            if memberState.term > found?.term ?? 0 { found = (number, memberState.term) }
        }
        return found?.number
    }

    /// What an operator may want of a configuration; new members begin with an empty disk and a number of their own.
    private mutating func membershipChange(at leader: Int, _ dice: inout Dice) -> MembershipChange? {
        guard let configuration = members[leader].core.memberState?.configuration else { return nil }
        for number in members.indices
        where !members[number].isOut && !configuration.contains(RaftCore.Member(UInt64(number + 1))) {
            agenda.plan(.retire(number), after: 1_000_000)
        }
        let voter = dice.pick(configuration.voters)
        switch dice.below(8) {
        case 0, 1:
            let count = min(dice.number(in: 1...3), Plan.memberLimit - members.count)
            guard count > 0 else { return nil }
            let joining = members.count..<members.count + count
            for number in joining {
                addMember(number)
                start(number)
            }
            return MembershipChange(learners: joining.map { RaftCore.Member(UInt64($0 + 1)) })
        case 2: return dice.pick(configuration.learners).map { .promote($0) }
        case 3: return configuration.voters.count > 1 ? voter.map { .remove($0) } : nil
        case 4:
            guard let voter, let learner = dice.pick(configuration.learners) else { return nil }
            return .replace(voter, by: learner)
        case 5:
            guard configuration.voters.count > 2, let voter else { return nil }
            return MembershipChange(learners: [voter], voters: configuration.learners)
        default:
            // Many at once: half of the old voters, or all, go, and every learner takes part.
            guard !configuration.learners.isEmpty else { return nil }
            let leaving = dice.sample(dice.number(in: 1...configuration.voters.count), of: configuration.voters)
            return MembershipChange(voters: configuration.learners, removed: leaving)
        }
    }
}
