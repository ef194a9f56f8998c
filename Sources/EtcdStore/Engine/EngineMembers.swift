import KeyValueCore
import RaftCore

/// Changes of who takes part, and of who leads.
extension StoreEngine {
    mutating func changeMembership(_ change: MembershipChange, _ request: WaitingRequest, now: Int64) {
        guard waiting.change == nil else {
            return answer(request, .failure(StoreError.membership(.inProgress)))
        }
        // One that was never heard of may lack few entries, and would yet be missed in every majority.
        let heard = Set(raft.peers.filter { $0.matched > 0 }.map(\.member))
        if let silent = change.voters.first(where: { raft.configuration.learners.contains($0) && !heard.contains($0) })
        {
            return answer(request, .failure(StoreError.membership(.learnerBehind(silent))))
        }
        let size = Self.smallWrite + 2 * raft.configuration.encoded.count + Self.configurationGrowth
        if let refusal = reserveSpace(size, for: .relief) {
            if refusal != .outOfSpace { stop(refusal) }
            return answer(request, .failure(refusal))
        }
        waiting.beginChange(request)
        step(.changeMembership(change), now: now)
    }

    /// Bytes by which a change may make a configuration longer.
    private static let configurationGrowth = 128

    mutating func finishChange(_ result: Result<LeaderAnswer, any Error>) {
        if let request = waiting.takeChange() { answer(request, result) }
    }

    /// A change is done when its last configuration is applied.
    mutating func configurationApplied(_ configuration: Configuration) {
        role.changed()
        role.membersChanged()
        if !configuration.isJoint { finishChange(.success(.done)) }
    }

    /// Learners that were added to become voters do so as soon as they have caught up; Raft says when.
    mutating func promoteLearners(now: Int64) {
        guard role.isLeading, waiting.change == nil, !raft.configuration.isJoint, !raft.configuration.learners.isEmpty
        else {
            return
        }
        let directory = shared.withContent { $0.applied.directory }
        for peer in raft.peers where peer.matched > 0 && directory[peer.member]?.becomesVoter == true {
            let learner = peer.member
            let size = Self.smallWrite + 2 * raft.configuration.encoded.count + Self.configurationGrowth
            guard raft.configuration.learners.contains(learner), reserveSpace(size, for: .relief) == nil else {
                continue
            }
            step(.changeMembership(.promote(learner)), now: now)
            if raft.configuration.isJoint { return }
        }
    }

    mutating func transferLeadership(to peer: Member, _ request: WaitingRequest, now: Int64) {
        if peer == member { return answer(request, .success(.done)) }
        guard waiting.transfer == nil else {
            return answer(request, .failure(StoreError.transferRefused(.alreadyTransferring(to: peer))))
        }
        waiting.beginTransfer(request)
        step(.transferLeadership(to: peer), now: now)
    }

    /// Somebody leads anew: another one, as was wanted, or this member again, for whom it did not come to pass.
    mutating func transferEnded(with leader: Member) {
        guard case .transferLeadership(let target)? = waiting.transfer?.request else { return }
        finishTransfer(leader == member ? .failure(StoreError.transferRefused(.timedOut(target))) : .success(.done))
    }

    mutating func finishTransfer(_ result: Result<LeaderAnswer, any Error>) {
        if let request = waiting.takeTransfer() { answer(request, result) }
    }
}
