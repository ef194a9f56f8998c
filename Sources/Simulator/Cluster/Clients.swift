extension ClusterWorld {
    mutating func thinkTime() -> UInt64 { UInt64(1 + workloadDice.below(2 * plan.thinkTime)) }

    /// Clients are near; what they lose is a connection with a member that died.
    mutating func clientDelay() -> UInt64 { UInt64(workloadDice.number(in: 50...400)) }

    mutating func clientCalls(_ client: Int) {
        if isCalm { return }
        let request = workload.next(call: world.calls.count, M.self is StoreMember.Type, &workloadDice)
        let call = world.calls.begin(client, request, at: agenda.now)
        let isReadOnly = world.calls[call].transaction.isReadOnly
        clients[client].call = call
        // Any member answers reads and most callers do not know who leads.
        let asksAnyone = workloadDice.happens(perMille: isReadOnly ? 500 : 100)
        let number = asksAnyone ? workloadDice.below(members.count) : clients[client].guess
        world.trace.line(at: agenda.now, "client \(client) asks \(number + 1): call \(call), \(request)")
        agenda.plan(.request(call, member: number), after: clientDelay())
        agenda.plan(.clientGivesUp(call), after: plan.patience)
    }

    mutating func clientHears(_ call: Int, _ outcome: Outcome) {
        guard world.calls.end(call, outcome) else { return }
        let client = world.calls[call].client
        world.trace.line(at: agenda.now, "client \(client) hears of call \(call): \(outcome)")
        if holderHears(call, outcome) { return }
        switch outcome {
        case .answered(let answer):
            world.trace.note(7, UInt64(call), agenda.now)
            workload.learn(world.calls[call].transaction, answer)
            if let reason = world.calls.checkRevision(call) { world.checker.report(.revisions, reason) }
        case .refused(let leader):
            world.trace.note(8, UInt64(call), agenda.now)
            if client < clients.count {
                clients[client].guess =
                    leader.flatMap { $0 < members.count ? $0 : nil } ?? workloadDice.below(members.count)
            }
        case .unknown:
            world.trace.note(9, UInt64(call), agenda.now)
            if client < clients.count { clients[client].guess = workloadDice.below(members.count) }
        }
        guard client < clients.count, clients[client].call == call else { return }
        clients[client].call = nil
        agenda.plan(.clientCalls(client), after: thinkTime())
    }
}
