import Basics
import KeyValueCore
import RaftCore

/// What keeps the whole cluster from its full work until it is turned off; etcd's word and meaning.
public struct StoreAlarm: Sendable, Hashable {
    /// etcd's kinds, with etcd's numbers.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// The member's disk is full: no member takes what makes the store larger.
        case noSpace = 1
        /// The member's content differs from the others': no member reads or changes keys.
        case corrupt = 2
    }
    public var member: UInt64
    public var kind: Kind

    public init(member: UInt64, kind: Kind) {
        self.member = member
        self.kind = kind
    }
}

/// An entry of the log that turns an alarm on or off.
struct AlarmChange: Sendable, Equatable {
    var alarm: StoreAlarm
    var isOn: Bool
    /// A client asks for it, not the member about its own disk. Only a client turns off what a client turned on.
    var isByHand: Bool

    func encode(into writer: inout ByteWriter) {
        alarm.encode(into: &writer)
        for flag in [isOn, isByHand] { writer.write(flag) }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        alarm = try StoreAlarm(from: &reader)
        isOn = try reader.readFlag()
        isByHand = try reader.readFlag()
    }

    init(_ alarm: StoreAlarm, isOn: Bool, isByHand: Bool) {
        self.alarm = alarm
        self.isOn = isOn
        self.isByHand = isByHand
    }
}

/// The alarms that are on; replicated by entries of the log, and part of snapshots, so that every member refuses the
/// same commands.
struct AlarmList: Sendable, Equatable {
    /// With whether a client turned it on.
    private var raised: [StoreAlarm: Bool] = [:]

    init() {}

    /// In order of members.
    var all: [StoreAlarm] { raised.keys.sorted { ($0.member, $0.kind.rawValue) < ($1.member, $1.kind.rawValue) } }
    var isEmpty: Bool { raised.isEmpty }
    func contains(_ alarm: StoreAlarm) -> Bool { raised[alarm] != nil }
    /// Whether the member itself turned it on, who then turns it off, too.
    func isOwn(_ alarm: StoreAlarm) -> Bool { raised[alarm] == false }

    mutating func apply(_ change: AlarmChange) {
        if change.isOn {
            raised[change.alarm] = raised[change.alarm] ?? false || change.isByHand
        } else if change.isByHand || isOwn(change.alarm) {
            raised[change.alarm] = nil
        }
    }

    /// Forgets the alarms of members that are in the cluster no more.
    mutating func forget(_ gone: Set<Member>) {
        for alarm in raised.keys where gone.contains(Member(alarm.member)) { raised[alarm] = nil }
    }

    /// Why an entry has no effect while these alarms are on.
    func refusal(of content: LogCommand.Content) -> StoreError? {
        guard !isEmpty, case .keyValue(let command) = content else { return nil }
        return refusalOfReads ?? (command.takesSpace && has(.noSpace) ? .outOfSpace : nil)
    }

    /// Why not even reads are answered.
    var refusalOfReads: StoreError? {
        if isEmpty || !has(.corrupt) { return nil }
        return .corrupt(file: "the cluster", offset: 0, reason: "a member's content differs from the others'")
    }

    private func has(_ kind: StoreAlarm.Kind) -> Bool { raised.keys.contains { $0.kind == kind } }

    func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(raised.count))
        for alarm in all {
            alarm.encode(into: &writer)
            writer.write(raised[alarm] ?? false)
        }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        for _ in 0..<(try reader.readCount(ofAtLeast: 10)) {
            raised[try StoreAlarm(from: &reader)] = try reader.readFlag()
        }
    }
}

extension StoreAlarm {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(member)
        writer.write(kind.rawValue)
    }

    fileprivate init(from reader: inout ByteReader) throws(ByteReaderError) {
        member = try reader.read()
        guard let kind = Kind(rawValue: try reader.read()) else { throw reader.failure }
        self.kind = kind
    }
}

/// The cluster's alarms; every call can be made at any member.
extension EmbeddedStore {
    /// The alarms that are on.
    public func alarms() async throws -> [StoreAlarm] {
        try await catchUp()
        return try shared.withRunning { $0.applied.alarms.all }
    }

    /// Turns an alarm on, as a client may. It stays on until `lowerAlarm`.
    public func raiseAlarm(_ alarm: StoreAlarm) async throws { try await change(alarm, isOn: true) }

    /// Turns an alarm off. A member whose disk is still full turns it on again when it leads and lacks room for a
    /// write.
    public func lowerAlarm(_ alarm: StoreAlarm) async throws { try await change(alarm, isOn: false) }

    private func change(_ alarm: StoreAlarm, isOn: Bool) async throws {
        let content = LogCommand.Content.alarm(AlarmChange(alarm, isOn: isOn, isByHand: true))
        _ = try await propose(content, bytes: LogCommand.bytes(content))
    }
}
