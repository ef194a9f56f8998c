/// What a member knows of the room on its own disk, and when it is to tell the cluster: its alarm goes on when the
/// room ends, and off when there is room again. Who turns it off by hand meanwhile is not contradicted, until this
/// member has to refuse a write.
struct SpaceWatch {
    /// The disk had no room at the last attempt.
    private(set) var isFull = false
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

    /// Whether there is an alarm that the cluster does not know of.
    var isUntold: Bool { isFull && !wasTold }

    mutating func ranOut() {
        self = SpaceWatch()
        isFull = true
    }

    mutating func roomReturned() {
        self = SpaceWatch()
    }

    /// This member leads, and had to refuse a write.
    mutating func writeRefused() { wasTold = false }

    /// The own alarm is on, as everybody knows.
    mutating func alarmRaised() { wasTold = isFull }

    /// The change of the own alarm that is to be proposed now; asked for again after the pause.
    mutating func dueChange(
        of own: StoreAlarm, in alarms: AlarmList, now: Int64, pauseMilliseconds: Int64
    ) -> AlarmChange? {
        guard isFull ? !wasTold : alarms.isOwn(own), now >= nextChange else { return nil }
        nextChange = now + pauseMilliseconds
        return AlarmChange(own, isOn: isFull, isByHand: false)
    }

    /// Whether a leader should look for a successor now; to be tried again after the pause.
    mutating func shouldHandOver(now: Int64, pauseMilliseconds: Int64) -> Bool {
        guard isFull, now >= nextHandOver else { return false }
        nextHandOver = now + pauseMilliseconds
        return true
    }
}
