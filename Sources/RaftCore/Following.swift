/// What only a follower knows.
struct Following: Sendable {
    /// Who leads the term, if that is known.
    let leader: Member?
    /// The own log is this leader's up to here.
    var verified: Index = 0
    /// The leader was told that entries up to here are on the disk.
    var acknowledged: Index = 0
}

/// The follower's side of replication (§3.5).
extension Raft {
    mutating func append(_ entries: [Entry], after previous: LogPosition, committed: Index) {
        guard let leader else { return }
        guard previous.index >= log.base.index else {
            // An old message: what is applied here is the leader's, too (§3.6.3).
            return acknowledge(upTo: log.committed)
        }
        guard log.term(at: previous.index) == previous.term else {
            let hint = log.position(notAfter: previous.index, termUpTo: previous.term)
            return send(.rejected(previous: previous.index, hint: hint), to: leader)
        }
        let end = previous.index + UInt64(entries.count)
        guard appendNew(entries) else { return }
        learnCommitted(committed, verified: end)
        // Otherwise the answer comes with the disk's.
        if log.persisted >= end || settings.fault == .acknowledgesBeforePersisted { acknowledge(upTo: end) }
    }

    /// Keeps what the log has already, and replaces what conflicts with the leader's (§3.5). Returns false if that is
    /// committed, which no leader asks for.
    private mutating func appendNew(_ entries: [Entry]) -> Bool {
        guard let last = entries.last, log.term(at: last.index) != last.term else { return true }
        // Most messages begin where the log ends, and are written as they came.
        let known = entries.prefix { isKept($0) }.count
        let new = known == 0 ? entries : Array(entries.dropFirst(known))
        guard let first = new.first else { return true }
        var isOtherMembership = false
        if first.index <= log.last.index {
            guard first.index > log.committed else { return false }
            log.truncate(from: first.index)
            isOtherMembership = membership.truncated(from: first.index)
        }
        let number = log.append(new)
        if membership.appended(new) || isOtherMembership { membershipChanged() }
        effects.append(.write(new, number: number))
        return true
    }

    private func isKept(_ entry: Entry) -> Bool {
        if settings.fault == .keepsConflictingEntries { return entry.index <= log.last.index }
        return log.term(at: entry.index) == entry.term
    }

    /// `verified`: up to here the own log is the leader's, which the entries and what was acknowledged show.
    mutating func learnCommitted(_ committed: Index, verified: Index) {
        let known = max(following?.verified ?? 0, min(verified, log.last.index))
        following?.verified = known
        log.commit(upTo: min(committed, known))
        apply()
    }

    /// Says what is on the disk and verified, not more.
    private mutating func acknowledge(upTo index: Index) {
        guard let leader, let following else { return }
        var persisted = min(max(following.verified, log.committed), log.persisted)
        if settings.fault == .acknowledgesBeforePersisted { persisted = max(following.verified, index) }
        self.following?.acknowledged = max(following.acknowledged, persisted)
        send(.appended(upTo: persisted), to: leader)
    }

    // MARK: The disk

    mutating func persisted(write number: UInt64) {
        log.persisted(write: number)
        if isLeader {
            commitWhatMostHold()
        } else if let following, min(following.verified, log.persisted) > following.acknowledged {
            acknowledge(upTo: log.persisted)
        }
        apply()
    }

    /// Hands on what is committed and on the own disk, so that the state never runs ahead of the log that restores it.
    mutating func apply() {
        let end = settings.fault == .appliesUnpersisted ? log.committed : min(log.committed, log.persisted)
        guard end > log.applied else { return }
        effects.append(.apply(log.apply(upTo: end)))
        membership.applied(end)
        trim()
    }

    /// Keeps some applied entries for peers, more while one of them takes a snapshot; none if there are no peers.
    mutating func trim() {
        if membership.members == [member] { return log.trim(entries: 0, bytes: 0) }
        let isSnapshotOnItsWay = leadership?.peers.contains { $0.isInSnapshot } ?? false
        if isSnapshotOnItsWay {
            log.trim(entries: settings.retainedForSnapshotEntries, bytes: settings.retainedForSnapshotBytes)
        } else {
            log.trim(entries: settings.retainedEntries, bytes: settings.retainedBytes)
        }
    }

    // MARK: Snapshots

    /// The shell has the whole snapshot; it is taken if the log has not as much (§5).
    mutating func snapshotOffered(_ position: LogPosition, _ configuration: Configuration) {
        if position.index > log.committed, log.term(at: position.index) != position.term {
            return effects.append(.installSnapshot(position, configuration))
        }
        // The log agrees with the leader's up to there.
        learnCommitted(position.index, verified: position.index)
        acknowledge(upTo: log.committed)
    }

    mutating func snapshotInstalled(_ position: LogPosition, _ configuration: Configuration) {
        guard position.index > log.committed, !isLeader else { return }
        log.reset(to: position)
        membership.reset(to: configuration, at: position.index)
        membershipChanged()
        following?.verified = position.index
        acknowledge(upTo: position.index)
    }
}
