import KeyValueCore
import RaftCore

/// Changes of who takes part, and of who leads.
extension StoreEngine {
    mutating func changeMembership(_ change: MembershipChange, _ request: WaitingRequest, now: Int64) {
        guard desk.change == nil else {
            return answer(request, .failure(StoreError.membership(.inProgress)))
        }
        desk.change = request
        step(.changeMembership(change), now: now)
    }

    mutating func finishChange(_ result: Result<LeaderAnswer, any Error>) {
        guard let request = desk.change else { return }
        desk.change = nil
        answer(request, result)
    }

    /// A change is done when its last configuration is applied.
    mutating func configurationApplied(_ configuration: Configuration) {
        standingChanged = true
        membershipChanges += 1
        if !configuration.isJoint { finishChange(.success(.done)) }
    }

    /// Learners that were added to become voters do so as soon as they have caught up; Raft says when.
    mutating func promoteLearners(now: Int64) {
        guard isLeading, desk.change == nil, !raft.configuration.isJoint, !raft.configuration.learners.isEmpty else {
            return
        }
        let directory = shared.withContent { $0.applied.directory }
        for learner in raft.configuration.learners where directory[learner]?.becomesVoter == true {
            step(.changeMembership(.promote(learner)), now: now)
            if raft.configuration.isJoint { return }
        }
    }

    mutating func transferLeadership(to peer: Member, _ request: WaitingRequest, now: Int64) {
        if peer == member { return answer(request, .success(.done)) }
        guard desk.transfer == nil else {
            return answer(request, .failure(StoreError.transferRefused(.alreadyTransferring(to: peer))))
        }
        desk.transfer = request
        step(.transferLeadership(to: peer), now: now)
    }

    mutating func finishTransfer(_ result: Result<LeaderAnswer, any Error>) {
        guard let request = desk.transfer else { return }
        desk.transfer = nil
        answer(request, result)
    }
}
