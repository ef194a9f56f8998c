import KeyValueCore
import RaftCore

/// Snapshots: our own, those for members that lag behind, and those that a leader sends.
extension StoreEngine {
    /// A snapshot that was being written is done.
    package mutating func snapshotFinished(_ result: Result<SnapshotFile?, StoreError>, now: Int64) {
        do {
            try snapshots.finished(result, &log)
        } catch {
            logger.warning("A snapshot was not finished", metadata: ["reason": "\(error)"])
            for peer in snapshots.giveUp() { step(.snapshotSent(to: peer, upTo: nil), now: now) }
        }
        sendWantedSnapshots(now: now)
        role.changed()
        settle(now: now)
    }

    /// A member lacks entries that are not in memory any more.
    mutating func offerSnapshot(to peer: Member, atLeast index: Index, now: Int64) {
        snapshots.want(for: peer, atLeast: index)
        sendWantedSnapshots(now: now)
    }

    /// Sends what is there, and begins a new snapshot where none is new enough.
    private mutating func sendWantedSnapshots(now: Int64) {
        guard failure == nil else { return }
        for peer in snapshots.takeReady() {
            do throws(StoreError) {
                guard raft.isLeader, let file = snapshots.newest else { throw .notLeader }
                let header = try SnapshotReader(disk: disk).header(of: file.name)
                let message = Message(
                    from: member, term: raft.term, body: .snapshot(header.position, header.configuration))
                send(file, with: message, to: peer)
            } catch {
                if error != .notLeader { logger.warning("A snapshot cannot be sent", metadata: ["reason": "\(error)"]) }
                step(.snapshotSent(to: peer, upTo: nil), now: now)
            }
        }
        snapshots.consider(shared, log, applied)
    }

    /// The snapshot, of which the last entry is `position`, is at the peer; nil: it did not get there. To be told
    /// once for each `sendSnapshot`.
    package mutating func snapshotSent(to peer: Member, upTo position: Index?, now: Int64) {
        step(.snapshotSent(to: peer, upTo: position), now: now)
        settle(now: now)
    }

    /// Another member's snapshot is here, whole and checked, with the leader's message that belongs to it.
    package mutating func snapshotReceived(_ received: ReceivedSnapshot, _ message: Message, now: Int64) {
        guard failure == nil, received.header.identity.cluster == identity.cluster,
            message.body == .snapshot(received.header.position, received.header.configuration)
        else { return received.discard() }
        flush(now: now)
        snapshots.arrived(received)
        step(.receive(message), now: now)
        flush(now: now)
        snapshots.discardArrived()
    }

    /// The snapshot takes the place of state and log. First it gets its name, then the log begins anew; a start in
    /// between does the second part (`Replay.followsSnapshot`).
    mutating func install(_ position: LogPosition, _ configuration: Configuration, now: Int64) {
        guard let received = snapshots.takeArrived(at: position) else {
            return stop(.stopped("a snapshot is to be installed that is not here"))
        }
        do {
            guard let file = try begin(after: position, with: received) else { return }
            effects.dropPending()
            try snapshots.installed(file, &log)
        } catch {
            return stop(.stopped("a snapshot could not be installed: \(error)"))
        }
        logger.notice("The leader's snapshot is installed", metadata: ["index": "\(position.index)"])
        let woken = shared.withContent { $0.replace(received.applied, now: now) }
        applied = position
        space.alarmsChanged(received.applied.alarms)
        compactor.compacted()
        measure(received.applied.keyValues.bytesHeld)
        role.changed()
        role.membersChanged()
        for watch in woken { watch.wake() }
        for proposal in waiting.takeAppended(upTo: position.index) {
            proposal.answer(.failure(StoreError.unknownOutcome))
        }
        effects.append(stepRaft(.snapshotInstalled(position, configuration)))
        finish(waiting.takeConfirmedReads(applied: applied.index), .success(()), now: now)
    }

    /// Begins the log anew after the snapshot. Nil if the disk has no room for that: then all is as it was, and the
    /// leader sends the snapshot again.
    private mutating func begin(
        after position: LogPosition, with received: ReceivedSnapshot
    ) throws(DiskError) -> SnapshotFile? {
        let file = try received.keep()
        do throws(DiskError) {
            try log.restart(after: position, raft.hardState)
            return file
        } catch {
            guard error.storeError == .outOfSpace else { throw error }
        }
        try disk.remove(file.name)
        try disk.synchronizeDirectory()
        space.ranOut()
        role.changed()
        return nil
    }
}
