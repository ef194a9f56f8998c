import RaftCore

/// What a member knows of shortages, its own and the others', and what it has to do about them.
struct StoreSpace {
    /// How this member says that it has no room.
    let ownAlarm: StoreAlarm
    /// Room on the own disk and within the quota.
    private(set) var local: LocalSpace
    /// The alarms that are on, as far as entries are applied.
    private(set) var alarms: AlarmList
    /// The own shortage has begun or ended: the cluster is to be told before more is on its way.
    private(set) var needsCare = false
    /// This member had no room for the leader's last entries, not even the spared one.
    /// Exits: `entriesTaken`, `spaceReturned`.
    private(set) var ignoresEntries = false
    /// When the followers of this leader last told that it is so with them.
    private var followersOutOfSpace: [Member: Int64] = [:]

    /// The alarm of an earlier life stays on until the disk is found to have room.
    init(member: UInt64, alarms: AlarmList) {
        ownAlarm = StoreAlarm(member: member, kind: .noSpace)
        local = LocalSpace(alarmIsOn: alarms.isOwn(ownAlarm))
        self.alarms = alarms
    }

    // MARK: What happens

    mutating func alarmsChanged(_ new: AlarmList) {
        alarms = new
        if alarms.contains(ownAlarm) { local.alarmRaised() }
    }

    /// The disk has no room.
    mutating func ranOut() {
        local.ranOut()
        needsCare = true
    }

    mutating func spaceReturned() {
        local.spaceReturned()
        ignoresEntries = false
    }

    /// So many bytes are held; returns whether that begins or ends a shortage.
    mutating func measured(_ bytesHeld: Int, _ limits: StoreLimits) -> Bool {
        guard local.measured(bytesHeld, limits) else { return false }
        needsCare = true
        return true
    }

    mutating func entriesIgnored() { ignoresEntries = true }
    mutating func entriesTaken() { ignoresEntries = false }

    mutating func followerRanOut(_ follower: Member, now: Int64) { followersOutOfSpace[follower] = now }

    /// Whoever leads now hears it anew.
    mutating func leaderChanged() { followersOutOfSpace = [:] }

    /// This member leads, and had to refuse a write.
    mutating func writeRefused() { local.writeRefused() }

    // MARK: What is due

    /// The change of the own alarm that is to be proposed now; asked for again after the pause.
    mutating func dueChange(now: Int64, pauseMilliseconds: Int64) -> AlarmChange? {
        local.dueChange(of: ownAlarm, in: alarms, now: now, pauseMilliseconds: pauseMilliseconds)
    }

    /// Somebody looks after it.
    mutating func careBegins() { needsCare = false }

    /// Whether a leader should hand over now.
    mutating func shouldHandOver(now: Int64, pauseMilliseconds: Int64) -> Bool {
        local.shouldHandOver(now: now, pauseMilliseconds: pauseMilliseconds)
    }

    /// The voter with room on its disk, as far as is known, that lacks least.
    func transferee(_ peers: [PeerStatus], _ configuration: Configuration) -> Member? {
        peers.filter { peer in
            peer.isThere && peer.phase != .snapshot && configuration.voters.contains(peer.member)
                && !alarms.contains(StoreAlarm(member: peer.member.id, kind: .noSpace))
        }
        .max { $0.matched < $1.matched }?.member
    }

    // MARK: What is refused

    /// Why a leader cannot append some of these proposals, by their place: an alarm is on, no majority has room, or more
    /// is held than the quota. Whether the own disk has room is not looked at.
    mutating func refusals(
        of batch: [WaitingProposal], _ configuration: Configuration, now: Int64, electionMilliseconds: Int64
    ) -> [Int: StoreError] {
        var refusals: [Int: StoreError] = [:]
        if !alarms.isEmpty {
            for (place, proposal) in batch.enumerated() { refusals[place] = alarms.refusal(of: proposal.content) }
        }
        if majorityIsOutOfSpace(configuration, now: now, electionMilliseconds: electionMilliseconds) {
            for (place, proposal) in batch.enumerated() where refusals[place] == nil && proposal.content.isKeyValue {
                refusals[place] = .outOfSpace
            }
        }
        if local.isOverQuota {
            for (place, proposal) in batch.enumerated() where refusals[place] == nil && proposal.content.takesSpace {
                refusals[place] = .outOfSpace
                local.writeRefused()
            }
        }
        return refusals
    }

    /// Whether nothing can be committed, as followers have told just now.
    private func majorityIsOutOfSpace(
        _ configuration: Configuration, now: Int64, electionMilliseconds: Int64
    ) -> Bool {
        if followersOutOfSpace.isEmpty { return false }
        return [configuration.voters, configuration.outgoing].contains { voters in
            let full = voters.count { followersOutOfSpace[$0].map { now - $0 < electionMilliseconds } ?? false }
            return !voters.isEmpty && voters.count - full <= voters.count / 2
        }
    }
}
