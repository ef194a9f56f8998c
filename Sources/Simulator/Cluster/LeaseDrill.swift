import RaftCore

/// When all is calm and everybody agrees, some runs of whole stores cut the leader off while a client who still reaches it
/// keeps a lease alive there. What the old leader promises, the new one must keep.
extension ClusterWorld {
    private static var drillTime: UInt64 { 10_000_000 }
    private static var drillsPerMille: Int { 150 }
    /// What the client does between two calls, in microseconds.
    private static var pause: UInt64 { 20_000 }
    private static var patience: UInt64 { 300_000 }
    private static var lease: Int64 { 1_000 }
    private static var leaseSeconds: Int64 { 1 }

    mutating func cutOffLeader() {
        var dice = Dice(seed: plan.seed).split(6)
        guard M.self is StoreMember.Type, dice.happens(perMille: Self.drillsPerMille), world.checker.violation == nil,
            let first = leader, members[first].core.standing?.configuration.voters.count ?? 0 >= 3
        else { return }
        world.trace.line(at: agenda.now, "a drill: a client keeps a lease alive at \(first + 1), which is cut off")
        var renewed = agenda.now
        for request in [CallTable.Request.grantLease(Self.lease, seconds: Self.leaseSeconds), .attach(Self.lease)] {
            guard succeeds(request, at: first) else { return }
        }
        network.apply(.symmetric([first], of: members.indices.filter { !members[$0].isOut }))
        // No partition of the storm ends this one.
        cuts += 1
        defer { network.heal() }
        let deadline = agenda.now + Self.drillTime
        var renewal: Int?
        var reading: Int?
        while world.checker.violation == nil {
            if let call = renewal, let outcome = world.calls[call].outcome {
                if case .answered(let answer) = outcome, answer.succeeded { renewed = world.calls[call].begunAt }
                renewal = nil
            }
            if let call = reading, let outcome = world.calls[call].outcome {
                if case .answered(let answer) = outcome, answer.results == [.found(nil)] {
                    return checkEnd(of: renewed, at: first)
                }
                reading = nil
            }
            if agenda.now > deadline || agenda.isEmpty {
                return world.checker.report(.leases, "a lease that only a deposed leader was asked for does not end")
            }
            renewal = renewal ?? ask(.keepAlive(Self.lease), at: first)
            if reading == nil, let leader, leader != first { reading = ask(.readLeaseKey(Self.lease), at: leader) }
            step()
        }
    }

    /// Asks the leader until it is so; false if the leader is another meanwhile, or nothing works.
    private mutating func succeeds(_ request: CallTable.Request, at member: Int) -> Bool {
        let deadline = agenda.now + Self.drillTime
        var call = ask(request, at: member)
        while world.checker.violation == nil, leader == member, agenda.now <= deadline, !agenda.isEmpty {
            if let outcome = world.calls[call].outcome {
                if case .answered(let answer) = outcome, answer.succeeded { return true }
                call = ask(request, at: member)
            }
            step()
        }
        return false
    }

    private mutating func ask(_ request: CallTable.Request, at member: Int) -> Int {
        let call = world.calls.begin(plan.clientCount, request, at: agenda.now)
        agenda.plan(.request(call, member: member), after: Self.pause)
        agenda.plan(.clientGivesUp(call), after: Self.patience)
        return call
    }

    private mutating func checkEnd(of renewed: UInt64, at member: Int) {
        guard agenda.now < renewed + UInt64(Self.leaseSeconds) * 1_000_000 else { return }
        world.checker.report(
            .leases,
            "a lease of \(Self.leaseSeconds) s, renewed at \(member + 1) by a call that began at "
                + "\(renewed / 1_000) ms, is gone at \(agenda.now / 1_000) ms")
    }
}
