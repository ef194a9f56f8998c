import RaftCore

extension ClusterWorld {
    /// How long a cluster may take to agree once nothing goes wrong any more, in microseconds and in events.
    private static var settlingTime: UInt64 { 30_000_000 }
    /// The longest lease, and what a leader and its clock add to it.
    private static var leaseTime: UInt64 { 4_000_000 }
    private static var settlingEvents: Int { 60_000 }

    /// After the storm: waits for a leader, reads every key through it, and waits until all members of its
    /// configuration have applied the same and are the same.
    mutating func settle() {
        let deadline = (time: agenda.now + Self.settlingTime, events: events + Self.settlingEvents)
        var open = Workload.finalReads
        var call: Int?
        while world.checker.violation == nil {
            // A look at everybody now and then will do.
            if events % 8 != 0, !agenda.isEmpty {
                step()
                continue
            }
            if let asked = call, case .answered? = world.calls[asked].outcome {
                open.removeLast()
                call = nil
            } else if let asked = call, world.calls[asked].outcome != nil {
                call = nil
            }
            for number in members.indices where members[number].isOut && isNeeded(number) {
                // It was stopped although its removal did not come to pass.
                members[number].isOut = false
                start(number)
            }
            if call == nil, let transaction = open.last, let leader {
                call = world.calls.begin(plan.clientCount, .transaction(transaction), at: agenda.now)
                agenda.plan(.request(call ?? 0, member: leader), after: 1)
                agenda.plan(.clientGivesUp(call ?? 0), after: 500_000)
            }
            if open.isEmpty, hasAgreed, isWithoutAlarm { break }
            if agenda.now > deadline.time || events > deadline.events || agenda.isEmpty {
                let missing = whatIsMissing(open)
                world.checker.report(.progress, missing)
                return
            }
            step()
        }
        fillLeadersDisk()
        cutOffLeader()
        endLeases()
        guard world.checker.violation == nil else { return }
        for number in present where members[number].isUp { members[number].core.finish(&world) }
    }

    /// Nobody renews leases any more, so they have to go.
    private mutating func endLeases() {
        let deadline = agenda.now + Self.leaseTime
        while world.checker.violation == nil,
            events % 64 != 0 || present.contains(where: { members[$0].core.leaseCount > 0 })
        {
            if agenda.now > deadline || agenda.isEmpty {
                let counts = present.map { members[$0].core.leaseCount }
                return world.checker.report(.leases, "members still have \(counts) leases long after their time")
            }
            step()
        }
    }

    var present: [Int] {
        guard let leader, let configuration = members[leader].core.standing?.configuration else { return [] }
        return members.indices.filter { configuration.contains(RaftCore.Member(UInt64($0 + 1))) }
    }

    /// Disks have room again, so alarms have to go by themselves.
    var isWithoutAlarm: Bool { present.allSatisfy { members[$0].core.alarmCount == 0 } }

    var hasAgreed: Bool {
        guard let leader, members[leader].core.standing?.configuration.isJoint == false else { return false }
        let goal = members[leader].core.progress
        guard goal.applied >= world.checker.lastApplied.index else { return false }
        return present.allSatisfy { members[$0].isUp && members[$0].core.progress == goal }
    }

    private func whatIsMissing(_ open: [ModelTransaction]) -> String {
        var lines: [String] = []
        if let leader { lines.append("member \(leader + 1) leads") } else { lines.append("nobody leads") }
        if let next = open.last { lines.append("not answered: \(next)") }
        for number in members.indices where !members[number].isOut {
            let member = members[number]
            let progress = member.core.progress
            lines.append(
                "member \(number + 1): \(member.isUp ? "up" : "down"), applied \(progress.applied), state "
                    + "\(String(progress.hash, radix: 16)), term \(member.core.standing?.term ?? 0), \(member.core.alarmCount) alarms"
            )
        }
        return lines.joined(separator: "\n")
    }
}
