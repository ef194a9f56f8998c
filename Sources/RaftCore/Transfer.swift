/// A leader that hands over (§3.10).
struct Transfer: Sendable {
    let target: Member
    var elapsedTicks = 0
    var isAsked = false
}

extension Raft {
    /// Stops taking proposals, brings the target up to date, and tells it to campaign.
    mutating func transferLeadership(to target: Member) {
        guard case .leader(let leadership) = state else { return refuseTransfer(.notLeader(leader)) }
        // Who leads already has nothing to take over.
        if target == member { return }
        if let transfer = leadership.transfer { return refuseTransfer(.alreadyTransferring(to: transfer.target)) }
        guard configuration.voters.contains(target) else { return refuseTransfer(.notVoter(target)) }
        self.leadership?.transfer = Transfer(target: target)
        handOverIfReady()
    }

    /// The target's log must not lack anything, or it would not be elected.
    mutating func handOverIfReady() {
        guard let leadership, let transfer = leadership.transfer, !transfer.isAsked else { return }
        guard leadership.peer(transfer.target)?.matched == log.last.index else { return }
        self.leadership?.transfer?.isAsked = true
        send(.timeoutNow, to: transfer.target)
    }

    /// After an election timeout the leader goes on as before.
    mutating func transferTick() {
        leadership?.transfer?.elapsedTicks += 1
        guard let transfer = leadership?.transfer, transfer.elapsedTicks >= settings.electionTicks else { return }
        leadership?.transfer = nil
        refuseTransfer(.timedOut(transfer.target))
    }

    private mutating func refuseTransfer(_ refusal: TransferRefusal) { effects.append(.refuseTransfer(refusal)) }
}
