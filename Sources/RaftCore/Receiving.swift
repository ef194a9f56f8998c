extension Raft {
    /// Everybody's messages are heard, whether the own configuration has them or not: it may be behind (§4.1).
    mutating func receive(_ message: Message) {
        if settings.fault == .preVoteRaisesTerm { raiseTerm(by: message) }
        guard message.from != member, !isIgnored(message) else { return }
        if message.term > term {
            // A question before an election changes no term (§9.6).
            if !message.isPreVoteRequest { follow(message.isFromLeader ? message.from : nil, in: message.term) }
        } else if message.term < term {
            return receiveFromEarlierTerm(message)
        }
        if message.isFromLeader {
            // Two leaders of one term cannot be (§3.4); whoever says so is not heard.
            guard !isLeader else { return }
            if leader == message.from { elapsedTicks = 0 } else { follow(message.from, in: term) }
        }
        receiveInTerm(message)
    }

    /// The fault of that name.
    private mutating func raiseTerm(by message: Message) {
        if case .requestPreVote(_, let wanted) = message.body, wanted > term { follow(nil, in: wanted) }
    }

    /// Who hears a leader lets nobody else campaign (§4.2.3, §6.2), and a leader hears only its peers' answers.
    private func isIgnored(_ message: Message) -> Bool {
        switch message.body {
        case .requestPreVote, .requestVote(_, isTransfer: false):
            return settings.checksQuorum && (isLeader || leader != nil && elapsedTicks < settings.electionTicks)
        case .appended, .rejected, .heartbeatAnswer:
            guard case .leader(let leadership) = state else { return false }
            return !leadership.peers.contains { $0.member == message.from }
        default:
            return false
        }
    }

    /// A leader or candidate of an earlier term hears of the later one (§3.3, §9.6).
    private mutating func receiveFromEarlierTerm(_ message: Message) {
        switch message.body {
        case .append, .heartbeat, .commit, .snapshot: send(.rejected(previous: 0, hint: log.last), to: message.from)
        case .requestPreVote(_, let wanted): send(.preVote(granted: false, of: wanted), to: message.from)
        case .requestVote: send(.vote(granted: false), to: message.from)
        // Who would vote in the next term may not have reached this one yet.
        case .preVote(let granted, let wanted): preVoted(message.from, granted, of: wanted)
        default: break
        }
    }

    private mutating func receiveInTerm(_ message: Message) {
        switch message.body {
        case .requestPreVote(let last, let wanted): preVoteRequested(by: message.from, last, of: wanted)
        case .preVote(let granted, let wanted): preVoted(message.from, granted, of: wanted)
        case .requestVote(let last, _): voteRequested(by: message.from, last)
        case .vote(let granted): voted(message.from, granted)
        case .append(let previous, let entries, let committed): append(entries, after: previous, committed: committed)
        case .appended(let index): acknowledged(by: message.from, upTo: index)
        case .rejected(let previous, let hint): rejected(by: message.from, previous, hint: hint)
        case .heartbeat(let committed, let round):
            learnCommitted(committed, verified: committed)
            send(.heartbeatAnswer(round: round), to: message.from)
        case .heartbeatAnswer(let round): heartbeatAnswered(by: message.from, round: round)
        case .commit(let index): learnCommitted(index, verified: index)
        case .snapshot(let position, let configuration): snapshotOffered(position, configuration)
        case .requestRead(let number): readRequested(by: message.from, number: number)
        case .readable(let number, let index): forwardedReadAnswered(number: number, at: index)
        case .timeoutNow: if mayCampaign, !isLeader { campaign(isTransfer: true) }
        }
    }
}

extension Message {
    fileprivate var isPreVoteRequest: Bool { if case .requestPreVote = body { true } else { false } }

    /// Only the leader of the message's term sends such.
    fileprivate var isFromLeader: Bool {
        switch body {
        case .append, .heartbeat, .commit, .snapshot, .timeoutNow: true
        default: false
        }
    }
}
