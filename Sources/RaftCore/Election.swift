/// Who has answered a candidate.
struct Poll: Sendable {
    private(set) var granted: [Member]
    private(set) var refused: [Member] = []

    init(own: Member) { granted = [own] }

    /// Each has one voice, and his first word counts.
    mutating func count(_ voter: Member, granted isGranted: Bool) {
        guard !granted.contains(voter), !refused.contains(voter) else { return }
        if isGranted { granted.append(voter) } else { refused.append(voter) }
    }
}

extension Raft {
    // MARK: Campaigning

    /// No leader was heard, or no election succeeded in time.
    mutating func timedOut() {
        guard settings.asksBeforeElection else { return campaign(isTransfer: false) }
        // Who cannot reach a majority does not raise its term, so it disturbs nobody when it returns (§9.6).
        refuseForwardedReads()
        state = .preCandidate(Poll(own: member))
        drawTimeout(isCampaigning: true)
        for voter in otherVoters { send(.requestPreVote(last: log.last, of: term + 1), to: voter) }
        concludePoll()
    }

    /// Raises the term and asks for votes; the own vote is on disk before the question leaves (§3.4, §3.8).
    mutating func campaign(isTransfer: Bool) {
        refuseForwardedReads()
        term += 1
        vote = member
        state = .candidate(Poll(own: member))
        drawTimeout(isCampaigning: true)
        for voter in otherVoters { send(.requestVote(last: log.last, isTransfer: isTransfer), to: voter) }
        concludePoll()
    }

    private var otherVoters: [Member] { membership.electors.filter { $0 != member } }

    mutating func preVoted(_ voter: Member, _ granted: Bool, of wanted: Term) {
        guard case .preCandidate(var poll) = state, wanted == term + 1 else { return }
        poll.count(voter, granted: granted)
        state = .preCandidate(poll)
        concludePoll()
    }

    mutating func voted(_ voter: Member, _ granted: Bool) {
        guard case .candidate(var poll) = state else { return }
        poll.count(voter, granted: granted)
        state = .candidate(poll)
        concludePoll()
    }

    private mutating func concludePoll() {
        switch state {
        case .preCandidate(let poll):
            if membership.isQuorum(poll.granted) { return campaign(isTransfer: false) }
            if membership.isBlocking(poll.refused) { follow(nil, in: term) }
        case .candidate(let poll):
            if membership.isQuorum(poll.granted) { return lead() }
            if membership.isBlocking(poll.refused) { follow(nil, in: term) }
        case .follower, .leader: break
        }
    }

    // MARK: Voting

    /// Would the vote be given (§9.6)? Whether a leader is heard is known by now.
    mutating func preVoteRequested(by candidate: Member, _ last: LogPosition, of wanted: Term) {
        send(.preVote(granted: wanted > term && isUpToDate(last), of: wanted), to: candidate)
    }

    /// One vote in a term, and only for a log that is at least as new as the own (§3.4, §3.6.1). The vote is
    /// remembered before the answer leaves.
    mutating func voteRequested(by candidate: Member, _ last: LogPosition) {
        var mayVote = vote == candidate || vote == nil && leader == nil
        if settings.fault == .votesTwice { mayVote = true }
        let granted = mayVote && isUpToDate(last)
        if granted {
            vote = candidate
            drawTimeout()
        }
        send(.vote(granted: granted), to: candidate)
    }

    /// The later last term wins, then the longer log (§3.6.1).
    private func isUpToDate(_ last: LogPosition) -> Bool {
        if settings.fault == .votesWithoutLogCheck { return true }
        return (last.term, last.index) >= (log.last.term, log.last.index)
    }

    // MARK: Changing roles

    /// Becomes a follower of somebody or nobody; a later term begins without a vote (§3.3).
    mutating func follow(_ leader: Member?, in newTerm: Term) {
        if newTerm > term {
            term = newTerm
            vote = nil
        }
        let reads = leadership?.reads.ownReads ?? []
        state = .follower(Following(leader: leader))
        drawTimeout()
        if !reads.isEmpty { effects.append(.refuseReads(reads, leader: leader)) }
        refuseForwardedReads()
    }

    /// The first entry of the own term makes it possible to commit those before it (§3.6.2).
    private mutating func lead() {
        let first = log.last.index + 1
        let others = membership.members.filter { $0 != member }
        state = .leader(LeaderState(since: first, peers: others.map { Progress($0, next: first) }))
        elapsedTicks = 0
        appendAsLeader([Entry(index: first, term: term, kind: .empty)])
    }
}
