/// What a member knows of the room that it has, and when it is to tell the cluster: its alarm goes on when the disk is
/// full or the store holds more than its quota, and off when neither is so. Who turns it off by hand meanwhile is not
/// contradicted, until this member has to refuse a write.
struct LocalSpace {
    /// The disk had no room at the last attempt.
    private(set) var isFull = false
    /// More is held than the quota, or has been and not enough is free since.
    private(set) var isOverQuota = false
    /// The cluster knows of this shortage.
    private var wasTold = false
    /// When the alarm may be asked for again, and leadership given away.
    private var nextChange = Int64.min
    private var nextHandOver = Int64.min

    /// As a member begins: its alarm may be on since its last life.
    init(alarmIsOn: Bool = false) {
        isFull = alarmIsOn
        wasTold = alarmIsOn
    }

    /// Whether the alarm is to be on.
    private var lacksRoom: Bool { isFull || isOverQuota }
    /// Whether there is an alarm that the cluster does not know of.
    var isUntold: Bool { lacksRoom && !wasTold }

    // MARK: What happens

    mutating func ranOut() {
        isFull = true
        changed()
    }

    mutating func spaceReturned() {
        isFull = false
        changed()
    }

    /// So many bytes are held; returns whether that begins or ends a shortage.
    mutating func measured(_ bytesHeld: Int, _ limits: StoreLimits) -> Bool {
        let limit = isOverQuota ? limits.quotaBytes / 100 * limits.quotaReliefPercent : limits.quotaBytes
        let isOver = limits.quotaBytes >= 0 && bytesHeld > limit
        guard isOver != isOverQuota else { return false }
        isOverQuota = isOver
        changed()
        return true
    }

    /// What the cluster was told, and when, is of the shortage before.
    private mutating func changed() {
        wasTold = false
        nextChange = .min
        nextHandOver = .min
    }

    /// This member leads, and had to refuse a write.
    mutating func writeRefused() { wasTold = false }

    /// The own alarm is on, as everybody knows.
    mutating func alarmRaised() { wasTold = lacksRoom }

    // MARK: What is due

    /// The change of the own alarm that is to be proposed now; asked for again after the pause.
    mutating func dueChange(
        of own: StoreAlarm, in alarms: AlarmList, now: Int64, pauseMilliseconds: Int64
    ) -> AlarmChange? {
        guard lacksRoom ? !wasTold : alarms.isOwn(own), now >= nextChange else { return nil }
        nextChange = now + pauseMilliseconds
        return AlarmChange(own, isOn: lacksRoom, isByHand: false)
    }

    /// Whether a leader should look for a successor now; to be tried again after the pause. Not for the quota: the
    /// others hold the same.
    mutating func shouldHandOver(now: Int64, pauseMilliseconds: Int64) -> Bool {
        guard isFull, now >= nextHandOver else { return false }
        nextHandOver = now + pauseMilliseconds
        return true
    }
}
