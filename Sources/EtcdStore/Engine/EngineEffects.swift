import KeyValueCore
import RaftCore

/// How Raft's effects are carried out.
extension StoreEngine {
    mutating func step(_ input: Raft.Input, now: Int64) {
        guard failure == nil else { return }
        carryOut(stepRaft(input), now: now)
    }

    mutating func carryOut(_ new: [Raft.Effect], now: Int64) {
        effects.append(new)
        carryOut(now: now)
    }

    /// Carries out effects up to the first that has to wait for the disk.
    private mutating func carryOut(now: Int64) {
        while failure == nil, let effect = effects.next() {
            switch effect {
            case .remember, .write: continue  // The queue keeps them until `flush`.
            case .send(let message, let peer): send(.raft(message), to: peer)
            case .apply(let entries): apply(entries, now: now)
            case .readable(let reads, let index): readable(reads, at: index, now: now)
            case .refuseReads(let reads, _): waiting.holdReads(reads)
            case .refuse: continue  // `append` has looked at it.
            case .sendSnapshot(let peer, let index): offerSnapshot(to: peer, atLeast: index, now: now)
            case .installSnapshot(let position, let configuration): install(position, configuration, now: now)
            case .became(let role, let term, let leader): became(role, term, leader)
            case .membership:
                role.changed()
                role.membersChanged()
            case .refuseMembershipChange(let refusal): finishChange(.failure(StoreError.membership(refusal)))
            case .refuseTransfer(let refusal): finishTransfer(.failure(StoreError.transferRefused(refusal)))
            }
        }
    }

    /// Puts what Raft wants remembered and written on disk, with one synchronization for all of it, and does what
    /// follows from that.
    package mutating func flush(now: Int64) {
        while failure == nil, let write = effects.takePending() {
            for part in write.parts(limit: limits.batchBytes) where failure == nil { persist(part) }
            carryOut(now: now)
            if let number = write.number { step(.persisted(write: number), now: now) }
        }
        snapshots.consider(shared, log, applied)
        settle(now: now)
    }

    package var needsFlush: Bool { failure == nil && !effects.pending.isEmpty }

    /// What cannot be made durable is never tried again: nobody can say what is on the disk after a failure.
    private mutating func persist(_ entries: [Entry]) {
        do {
            let synchronizing = limits.fault != .acknowledgesBeforeSynchronizing
            try log.append(raft.hardState, entries, synchronizing: synchronizing)
        } catch {
            stop(.stopped("the log could not be written: \(error)"))
        }
    }

    // MARK: Applying

    private mutating func apply(_ entries: [Entry], now: Int64) {
        var answers: [(WaitingProposal, Result<CommandResult?, any Error>)] = []
        answers.reserveCapacity(entries.count)
        let commands = entries.map { command(of: $0) }
        var changed: Configuration?
        let committed = raft.committed
        let (woken, bytesHeld) = shared.withContent { content in
            content.memberState.committed = committed
            let before = content.state.revision
            for (entry, (command, proposal)) in zip(entries, commands) {
                if let command {
                    content.applied.position = entry.position
                    let refusal =
                        limits.fault == .refusesByOwnDisk && space.local.isFull && command.takesSpace
                        ? StoreError.outOfSpace : content.applied.alarms.refusal(of: command)
                    let result = content.apply(command, unless: refusal, now: now)
                    if let proposal { answers.append((proposal, result)) }
                    switch command {
                    case .keyValue(.compact): compactor.compacted()
                    case .member: role.membersChanged()
                    case .alarm: space.alarmsChanged(content.applied.alarms)
                    case .keyValue: break
                    }
                } else if case .configuration(let new)? = try? content.applied.apply(entry) {
                    changed = new
                    space.alarmsChanged(content.applied.alarms)
                }
            }
            return (content.publish(after: before), content.state.bytesHeld)
        }
        measure(bytesHeld)
        if let last = entries.last { applied = last.position }
        for (proposal, result) in answers { proposal.answer(result) }
        for watch in woken { watch.wake() }
        if let changed { configurationApplied(changed) }
        lead(now: now)
        finish(waiting.takeConfirmedReads(applied: applied.index), .success(()), now: now)
    }

    /// The entry's command, from whoever proposed it here if he still waits, which saves reading its bytes.
    private mutating func command(of entry: Entry) -> (LogCommand.Content?, WaitingProposal?) {
        if let mine = waiting.take(entry.position) { return (mine.content, mine) }
        guard entry.kind == .command, let command = try? LogCommand(decoding: entry.command) else { return (nil, nil) }
        guard let origin = command.origin, origin.member == member.id else { return (command.content, nil) }
        return (command.content, waiting.takeForwarded(origin.number))
    }

    /// A leader that has applied an entry of its own term knows everything that was committed before, and begins to
    /// count the leases' time, from the beginning for each.
    private mutating func lead(now: Int64) {
        guard role.applied(term: applied.term, isLeader: raft.isLeader, currentTerm: raft.term) else { return }
        if limits.fault != .keepsOldLeaseTimes { shared.withContent { $0.restartLeases(now: now) } }
    }

    private mutating func became(_ role: Raft.Role, _ term: Term, _ leader: Member?) {
        self.role.became(role, in: term, appliedTerm: applied.term)
        space.leaderChanged()
        if limits.fault == .repeatsUnanswered { waiting.holdForwarded() }
        if leader != nil { waiting.retryLater() }
        if role != .leader { finishChange(.failure(StoreError.unknownOutcome)) }
        if let leader { transferEnded(with: leader) }
    }

    // MARK: What readers see

    /// The only voter that leads has everything that was ever acknowledged.
    var isAlone: Bool { role.isLeading && raft.configuration.voters == [member] && !raft.configuration.isJoint }

    /// Ends every input: asks again what waited for a leader, tells the cluster that there is no room, and readers what
    /// has changed.
    mutating func settle(now: Int64) {
        if failure == nil, waiting.takeRetry() { retryHeld(now: now) }
        if space.needsCare, failure == nil { careForSpace(now: now) }
        if role.isUnpublished { publish() }
    }

    func memberState() -> SharedState.MemberState {
        var memberState = SharedState.MemberState()
        memberState.leadership = Leadership(term: raft.term, leader: raft.leader?.id, isLeading: role.isLeading)
        memberState.isAlone = isAlone
        memberState.configuration = raft.configuration
        memberState.isLearner = raft.configuration.learners.contains(member)
        memberState.committed = raft.committed
        memberState.hasUntoldAlarm = space.local.isUntold
        return memberState
    }

    mutating func publish() {
        role.published()
        let bytes = log.bytesReserved + snapshots.bytes
        let memberState = memberState()
        let streams = shared.withContent { content in
            defer { content.memberState = memberState }
            content.bytesOnDisk = bytes
            return content.memberState.leadership == memberState.leadership ? [] : Array(content.leadership.values)
        }
        for stream in streams { stream.yield(memberState.leadership) }
    }
}

extension SharedState.Content {
    /// Applies one command, unless it is refused, and keeps the leases' clock in step.
    mutating func apply(
        _ content: LogCommand.Content, unless refusal: StoreError?, now: Int64
    ) -> Result<CommandResult?, any Error> {
        if let refusal { return .failure(refusal) }
        guard case .keyValue(let command) = content else {
            _ = applied.apply(content)
            return .success(nil)
        }
        do {
            let result = try state.apply(command)
            switch command {
            case .grantLease(let id, let seconds): leaseClock.start(id, timeToLiveSeconds: seconds, now: now)
            case .revokeLease(let id): leaseClock.remove(id)
            case .transact, .compact: break
            }
            return .success(result)
        } catch {
            return .failure(error)
        }
    }

    /// Gives the changes after a revision to their watches; returns those to wake.
    mutating func publish(after revision: Revision) -> [EmbeddedWatch] {
        guard state.revision > revision, hub.count > 0 else { return [] }
        var events: [HistoryEvent] = []
        state.visitApplied(after: revision) { events.append($0) }
        return hub.publish(events, upTo: state.revision)
    }
}
