import RaftCore

/// When all is calm and everybody agrees, some runs of whole stores fill the leader's disk: nothing else goes wrong, so
/// it can be said what has to happen.
extension ClusterWorld {
    /// How long each part may take, in microseconds.
    private static var drillTime: UInt64 { 10_000_000 }
    private static var drillsPerMille: Int { 200 }
    /// A put has so many bytes that a segment is soon full.
    private static var valueBytes: Int { 500 }

    /// Another member leads and tells of the alarm; what makes the store smaller goes on; and once there is room, the
    /// alarm goes and everything is as before.
    mutating func fillLeadersDisk() {
        var dice = Dice(seed: plan.seed).split(5)
        guard M.self is StoreMember.Type, dice.happens(perMille: Self.drillsPerMille), world.checker.violation == nil,
            let first = leader, members[first].core.standing?.configuration.voters.count ?? 0 >= 3
        else { return }
        world.trace.line(at: agenda.now, "a drill: \(first + 1) has no room on its disk")
        members[first].core.setDiskFull(true)
        let filling = String(repeating: ".", count: Self.valueBytes)
        ask("nobody else leads and says that member \(first + 1) is full") {
            .put("a", "\($0)\(filling)")
        } until: {
            world, _ in
            guard let leader = world.leader, leader != first else { return false }
            return world.members[leader].core.alarmCount > 0
        }
        ask("nothing can be deleted") { _ in
            .delete("a")
        } until: {
            $1 > 0
        }
        world.trace.line(at: agenda.now, "the drill is over: \(first + 1) has room again")
        members[first].core.setDiskFull(false)
        ask("the cluster is not as before") {
            .put("b", "\($0)")
        } until: { world, answered in
            answered > 0 && world.isWithoutAlarm && world.hasAgreed
        }
    }

    /// Asks the leader again and again until something is so; what is so is told how often there was an answer.
    private mutating func ask(
        _ failure: String, _ transaction: (Int) -> ModelTransaction, until isSo: (ClusterWorld, Int) -> Bool
    ) {
        let deadline = agenda.now + Self.drillTime
        var call: Int?
        var answered = 0
        while world.checker.violation == nil {
            if events % 8 == 0, isSo(self, answered) { return }
            if let asked = call, let outcome = world.calls[asked].outcome {
                if case .answered = outcome { answered += 1 }
                call = nil
            }
            if agenda.now > deadline || agenda.isEmpty { return world.checker.report(.room, failure) }
            if call == nil, let leader {
                let new = world.calls.begin(
                    plan.clientCount, .transaction(transaction(world.calls.count)), at: agenda.now)
                agenda.plan(.request(new, member: leader), after: 5_000)
                agenda.plan(.clientGivesUp(new), after: 500_000)
                call = new
            }
            step()
        }
    }
}
