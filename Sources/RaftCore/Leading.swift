/// The leader's side of replication (§3.5).
extension Raft {
    // MARK: Appending

    mutating func propose(_ proposals: [Proposal]) {
        guard case .leader(let leadership) = state else {
            effects.append(.refuse(Array(proposals.indices), .notLeader(leader)))
            return
        }
        if let transfer = leadership.transfer {
            effects.append(.refuse(Array(proposals.indices), .transferring(to: transfer.target)))
            return
        }
        var entries: [Entry] = []
        entries.reserveCapacity(proposals.count)
        var (passed, exceeding): ([Int], [Int]) = ([], [])
        var (index, bytes) = (log.last.index, log.bytes(after: log.committed))
        for (place, proposal) in proposals.enumerated() {
            if let wanted = proposal.term, wanted != term {
                passed.append(place)
                continue
            }
            let entry = Entry(index: index + 1, term: term, kind: .command, command: proposal.command)
            // One that is greater than the limit goes when it is alone.
            guard bytes == 0 || bytes + entry.bytes <= settings.uncommittedBytes else {
                exceeding.append(place)
                continue
            }
            index += 1
            bytes += entry.bytes
            entries.append(entry)
        }
        if !passed.isEmpty { effects.append(.refuse(passed, .termPassed(current: term))) }
        if !exceeding.isEmpty { effects.append(.refuse(exceeding, .tooManyUncommitted)) }
        if !entries.isEmpty { appendAsLeader(entries) }
    }

    /// Sends while the own disk writes: the entries count for this member when they are persisted (§10.2.1).
    mutating func appendAsLeader(_ entries: [Entry]) {
        let number = log.append(entries)
        if membership.appended(entries) { membershipChanged() }
        replicateToAll()
        effects.append(.write(entries, number: number))
        if settings.fault == .countsOwnDiskEarly { commitWhatMostHold() }
    }

    // MARK: Sending

    mutating func replicateToAll(evenIfEmpty: Bool = false) {
        for place in 0..<(leadership?.peers.count ?? 0) { replicate(to: place, evenIfEmpty: evenIfEmpty) }
    }

    /// Sends what the peer at this place of the list lacks and may be sent.
    private mutating func replicate(to place: Int, evenIfEmpty: Bool = false) {
        var evenIfEmpty = evenIfEmpty
        let (log, settings) = (log, settings)
        while let shipment = leadership?.peers[place].next(of: log, settings, evenIfEmpty: evenIfEmpty),
            let peer = leadership?.peers[place].member
        {
            evenIfEmpty = false
            switch shipment {
            case .append(let previous, let entries):
                let committed = log.committed
                send(.append(previous: previous, entries: entries, committed: committed), to: peer)
                leadership?.peers[place].toldCommitted = min(committed, previous.index + UInt64(entries.count))
            case .snapshot:
                effects.append(.sendSnapshot(to: peer, atLeast: log.base.index))
            }
        }
    }

    private mutating func replicate(to peer: Member, evenIfEmpty: Bool = false) {
        if let place = leadership?.place(of: peer) { replicate(to: place, evenIfEmpty: evenIfEmpty) }
    }

    /// Tells peers that get no entries now how far they may apply.
    private mutating func tellCommitted() {
        guard let peers = leadership?.peers else { return }
        for (place, peer) in peers.enumerated() {
            let index = min(peer.matched, log.committed)
            guard index > peer.toldCommitted else { continue }
            send(.commit(index), to: peer.member)
            leadership?.peers[place].toldCommitted = index
        }
    }

    // MARK: Answers

    mutating func acknowledged(by peer: Member, upTo index: Index) {
        guard isLeader, index <= log.last.index else { return }
        var isNews = false
        let base = log.base.index
        withPeer(peer) { progress in
            progress.isActive = true
            isNews = progress.acknowledged(index, base: base)
        }
        if isNews {
            commitWhatMostHold()
            tellCommitted()
        }
        replicate(to: peer)
        handOverIfReady()
    }

    mutating func rejected(by peer: Member, _ previous: Index, hint: LogPosition) {
        // Terms along a log only rise: beyond the hint's term the logs cannot agree (§3.5).
        let agreed = log.position(notAfter: hint.index, termUpTo: hint.term).index
        var isNews = false
        withPeer(peer) { progress in
            progress.isActive = true
            isNews = progress.rejected(previous, agreed: agreed)
        }
        if isNews { replicate(to: peer, evenIfEmpty: true) }
    }

    mutating func heartbeatAnswered(by peer: Member, round: UInt64) {
        guard isLeader else { return }
        let (settings, last) = (settings, log.last.index)
        var isBehind = false
        withPeer(peer) { progress in
            progress.isActive = true
            progress.answeredRound = max(progress.answeredRound, round)
            progress.heartbeatAnswered(settings)
            isBehind = progress.matched < last || !progress.isInPipeline
        }
        // A message may have been lost: the next one makes the peer say what it lacks.
        if isBehind { replicate(to: peer, evenIfEmpty: true) }
        finishRound()
    }

    mutating func snapshotSent(to peer: Member, upTo index: Index?) {
        withPeer(peer) { $0.snapshotSent(upTo: index) }
        trim()
    }

    // MARK: Committing

    /// An entry is committed once a quorum has it on disk, if it is of the leader's own term; the entries before it
    /// are committed with it (§3.6.2).
    mutating func commitWhatMostHold() {
        guard case .leader(let leadership) = state else { return }
        let own = settings.fault == .countsOwnDiskEarly ? log.last.index : log.persisted
        let index = membership.quorumIndex { voter in
            voter == member ? own : leadership.peer(voter)?.matched ?? 0
        }
        guard index > log.committed else { return }
        guard index >= leadership.since || settings.fault == .commitsOlderTermByCounting else { return }
        log.commit(upTo: index)
        apply()
        tellCommitted()
        startRound()
        membershipCommitted()
    }

    // MARK: Time

    mutating func leaderTick() {
        leadership?.heartbeatElapsedTicks += 1
        if elapsedTicks >= settings.electionTicks {
            elapsedTicks = 0
            lookForQuorum()
        }
        transferTick()
        guard let beats = leadership?.heartbeatElapsedTicks, beats >= settings.heartbeatTicks else { return }
        leadership?.heartbeatElapsedTicks = 0
        sendHeartbeats()
    }

    /// Who is cut off from a majority leads no longer (§6.2).
    private mutating func lookForQuorum() {
        guard case .leader(let leadership) = state else { return }
        let hasQuorum = membership.isQuorum { voter in
            voter == member || leadership.peer(voter)?.isActive ?? false
        }
        if settings.checksQuorum, !hasQuorum { return follow(nil, in: term) }
        let committed = log.committed
        // Those who left have had time to hear of it.
        self.leadership?.peers.removeAll { peer in peer.leaving.map { $0 <= committed } ?? false }
        for place in leadership.peers.indices where place < self.leadership?.peers.count ?? 0 {
            self.leadership?.peers[place].listenAnew()
        }
    }

    /// The leader is there; a peer commits no further than what it has (§3.5).
    mutating func sendHeartbeats() {
        guard case .leader(let leadership) = state else { return }
        for peer in leadership.peers {
            var committed = min(peer.matched, log.committed)
            if settings.fault == .commitsUnverified { committed = log.committed }
            send(.heartbeat(committed: committed, round: leadership.reads.round), to: peer.member)
        }
    }
}
