/// A client that takes a lease, ties a key to it and keeps it alive for a while: as long as it does, the key must be
/// there.
struct LeaseHolder {
    enum Phase { case granting, attaching, keeping, over }
    let lease: Int64
    let seconds: Int64
    var phase = Phase.granting
    /// Calls that are left before it lets go.
    var rounds: Int
    /// When the last renewal that succeeded was asked for, in microseconds: the lease runs at least its time from then.
    var renewed: UInt64 = 0
}

extension ClusterWorld {
    /// Holders' calls are made by clients with numbers from here on.
    private static var firstHolder: Int { 1_000 }

    mutating func beginLeases() {
        var dice = Dice(seed: plan.seed).split(4)
        guard M.self is StoreMember.Type, dice.happens(perMille: 400) else { return }
        for number in 0..<dice.number(in: 1...3) {
            holders.append(
                LeaseHolder(
                    lease: Int64(number + 1), seconds: dice.happens(perMille: 700) ? 1 : 2,
                    rounds: dice.number(in: 5...40)))
            agenda.plan(.holderCalls(number), after: UInt64(dice.below(500_000)))
        }
    }

    mutating func holderCalls(_ number: Int) {
        let holder = holders[number]
        let request: CallTable.Request
        switch holder.phase {
        case .granting: request = .grantLease(holder.lease, seconds: holder.seconds)
        case .attaching: request = .attach(holder.lease)
        case .keeping where !isCalm && holder.rounds > 0:
            holders[number].rounds -= 1
            request = holder.rounds % 3 == 0 ? .readLeaseKey(holder.lease) : .keepAlive(holder.lease)
        case .keeping, .over: return
        }
        let call = world.calls.begin(Self.firstHolder + number, request, at: agenda.now)
        agenda.plan(.request(call, member: workloadDice.below(members.count)), after: clientDelay())
        agenda.plan(.clientGivesUp(call), after: plan.patience)
    }

    /// Returns whether the call was a holder's.
    mutating func holderHears(_ call: Int, _ outcome: Outcome) -> Bool {
        let number = world.calls[call].client - Self.firstHolder
        guard number >= 0, number < holders.count else { return false }
        let begun = world.calls[call].begunAt
        if case .answered(let answer) = outcome {
            switch (world.calls[call].request, answer.succeeded) {
            case (.grantLease, true):
                holders[number].renewed = begun
                holders[number].phase = .attaching
            case (.attach, true): holders[number].phase = .keeping
            case (.keepAlive, true): holders[number].renewed = begun
            case (.readLeaseKey, _): if answer.results == [.found(nil)] { lost(number, call) }
            default: lost(number, call)
            }
        } else if case .granting = holders[number].phase {
            holders[number].phase = .over
        }
        agenda.plan(.holderCalls(number), after: UInt64(workloadDice.number(in: 20_000...200_000)))
        return true
    }

    /// A lease is gone, which it may be only after its time.
    private mutating func lost(_ number: Int, _ call: Int) {
        let holder = holders[number]
        holders[number].phase = .over
        let end = holder.renewed + UInt64(holder.seconds) * 1_000_000
        if agenda.now < end, holder.renewed > 0 {
            world.checker.report(
                .leases,
                "lease \(holder.lease) of \(holder.seconds) s, renewed by a call that began at "
                    + "\(holder.renewed / 1_000) ms, is gone at \(agenda.now / 1_000) ms")
        }
    }
}
