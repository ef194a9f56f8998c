import Logging
import RaftCore

/// Room on the disk and within the quota, and what happens without it. Room is reserved before Raft hears of anything
/// that it would write, so a full disk never leaves a promise half kept. A part of each segment is spared for what must
/// go on then: the alarm, what makes the store smaller, and votes. The quota is measured when changes have been
/// applied, so what was on its way is held beyond it.
extension StoreEngine {
    /// What room is wanted for.
    enum SpaceUse {
        case entries
        /// What makes the store smaller or tells of the shortage; and what a follower is sent before the leader knows.
        case relief
        /// Terms and votes, so that a full member still takes part in elections.
        case votes
    }

    /// Reserves room in the log for what is pending and so much more. Without space on the disk nothing has been
    /// written or decided. Returns why there is no room.
    mutating func reserveSpace(_ size: Int, for use: SpaceUse) -> StoreError? {
        let size = effects.pending.bytes + size
        do {
            if !space.local.isFull {
                try log.reserve(size, sparing: limits.spare(.entries))
                return nil
            }
        } catch {
            guard error.storeError == .outOfSpace else { return error.storeError }
            space.ranOut()
            role.changed()
            logger.error("The disk is full; the store only takes what makes it smaller")
        }
        return log.hasRoom(size, sparing: limits.spare(use)) ? nil : .outOfSpace
    }

    /// Compares what is held with the quota.
    mutating func measure(_ bytesHeld: Int) {
        guard space.measured(bytesHeld, limits) else { return }
        role.changed()
        let figures: Logger.Metadata = ["held": "\(bytesHeld)", "quota": "\(limits.quotaBytes)"]
        if space.local.isOverQuota {
            logger.error("More is held than the quota; the store only takes what makes it smaller", metadata: figures)
        } else {
            logger.notice("The quota has room again", metadata: figures)
        }
    }

    /// Looks whether a full disk has room again, tells the cluster of changes, and gives leadership to a member that
    /// can write.
    mutating func careForSpace(now: Int64) {
        space.careBegins()
        if space.local.isFull { lookForSpace() }
        guard failure == nil, raft.configuration.contains(member) else { return }
        let due = space.dueChange(now: now, pauseMilliseconds: limits.requestMilliseconds / 4)
        if let due {
            let content = LogCommand.Content.alarm(due)
            propose([WaitingProposal(content, bytes: LogCommand.bytes(content), answer: { _ in })], now: now)
        }
        guard limits.fault != .leadsWithoutRoom, role.isLeading, waiting.transfer == nil,
            let transferee = space.transferee(raft.peers, raft.configuration),
            space.shouldHandOver(now: now, pauseMilliseconds: 4 * limits.electionMilliseconds)
        else { return }
        logger.notice("Leadership goes to a member with room on its disk", metadata: ["member": "\(transferee.id)"])
        transferLeadership(to: transferee, WaitingRequest(.transferLeadership(to: transferee)) { _ in }, now: now)
    }

    private mutating func lookForSpace() {
        do {
            let size = min(limits.requestBytes, limits.segmentBytes)
            try log.reserve(effects.pending.bytes + size, sparing: limits.spare(.entries))
        } catch {
            if error.storeError != .outOfSpace { stop(error.storeError) }
            return
        }
        space.spaceReturned()
        role.changed()
        logger.notice("The disk has space again")
    }

    // MARK: Without room for entries

    /// Tells a leader, with each of its entries and signs of life, that its entries find no room here.
    mutating func tellLackOfSpace(to message: Message) {
        switch message.body {
        case .append, .heartbeat: send(.refused([], .outOfSpace), to: message.from)
        default: break
        }
    }

    // MARK: Proposals

    /// Reserves room for a leader's batch. Returns by place why a proposal cannot be appended: an alarm is on, no
    /// majority has room, or the quota or the own disk has room for nothing, or only for what makes the store smaller.
    mutating func reserveSpace(for batch: [WaitingProposal], now: Int64) -> [Int: StoreError] {
        var refusals = space.refusals(
            of: batch, raft.configuration, now: now, electionMilliseconds: limits.electionMilliseconds)
        var size = size(of: batch, without: refusals)
        if effects.pending.bytes + size > limits.batchBytes, !effects.pending.isEmpty { flush(now: now) }
        let growing = batch.indices.filter { refusals[$0] == nil && batch[$0].content.takesSpace }
        var refusal = failure ?? reserveSpace(size, for: growing.isEmpty ? .relief : .entries)
        if refusal == .outOfSpace, !growing.isEmpty {
            space.writeRefused()
            for place in growing { refusals[place] = .outOfSpace }
            size = self.size(of: batch, without: refusals)
            refusal = reserveSpace(size, for: .relief)
        }
        guard let refusal else { return refusals }
        if refusal != .outOfSpace { stop(refusal) }
        for place in batch.indices where refusals[place] == nil { refusals[place] = refusal }
        return refusals
    }

    private func size(of batch: [WaitingProposal], without refused: [Int: StoreError]) -> Int {
        batch.indices.reduce(0) { size, place in
            refused[place] == nil ? size + LogBatch.entryOverhead + batch[place].bytes.count : size
        }
    }
}

extension StoreLimits {
    /// The room that is spared for other uses than this one.
    func spare(_ use: StoreEngine.SpaceUse) -> Int {
        let votes = min(votesRoomBytes, segmentBytes / 16)
        return switch use {
        case .entries: max(votes, min(reliefRoomBytes, segmentBytes / 4))
        case .relief: votes
        case .votes: 0
        }
    }

    /// The time after which, at the earliest, members look for another leader.
    var electionMilliseconds: Int64 { Int64(electionTicks) * raftTickMilliseconds }
}
