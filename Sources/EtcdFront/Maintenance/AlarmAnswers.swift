import EtcdMessages
import EtcdStore

extension Etcdserverpb_AlarmMember {
    init(_ alarm: StoreAlarm) {
        self.init()
        memberID = alarm.member
        self.alarm =
            switch alarm.kind {
            case .noSpace: .nospace
            case .corrupt: .corrupt
            }
    }

    /// As etcd's status tells it among its errors.
    var sentence: String { "memberID:\(memberID) alarm:\(alarm == .corrupt ? "CORRUPT" : "NOSPACE") " }
}

extension StoreAlarm.Kind {
    /// Nil for none, and for kinds that nobody knows.
    init?(_ alarm: Etcdserverpb_AlarmType) {
        switch alarm {
        case .nospace: self = .noSpace
        case .corrupt: self = .corrupt
        case .none, .UNRECOGNIZED: return nil
        }
    }
}
