import RaftCore

/// One member of a simulated cluster, with its disk: what the world does to it, and what it may be asked. Everything it
/// wants to do to the world goes through `MemberWorld`.
protocol SimulatedMember {
    /// What goes over the wire.
    associatedtype Packet
    /// What a member tells itself later, for example that its disk is done. Timers of before a crash do not fire.
    associatedtype Timer

    /// Nil while it is down.
    var standing: Standing? { get }
    var isLeader: Bool { get }
    /// How far its state is, and what it is like: for comparing members at the end.
    var progress: (applied: Index, hash: UInt64) { get }

    mutating func start(_ world: inout MemberWorld<Self>)
    /// Memory is lost, and what was not synchronized may be lost.
    mutating func crash(_ world: inout MemberWorld<Self>)
    mutating func tick(_ world: inout MemberWorld<Self>)
    mutating func receive(_ packet: Packet, from: Int, _ world: inout MemberWorld<Self>)
    mutating func fired(_ timer: Timer, _ world: inout MemberWorld<Self>)
    /// A client asks; it is answered through `world.answer`, or never.
    mutating func request(_ call: Int, _ world: inout MemberWorld<Self>)
    mutating func change(_ change: MembershipChange, _ world: inout MemberWorld<Self>)
    mutating func transferLeadership(to member: Int, _ world: inout MemberWorld<Self>)
    /// The disk has no room, or has room again.
    mutating func setDiskFull(_ isFull: Bool)
    /// Whether its disk has this entry, by itself or in a snapshot, whatever happens.
    func holds(_ position: LogPosition) -> Bool
    /// Leases that its state has.
    var leaseCount: Int { get }
    /// Alarms that its state has.
    var alarmCount: Int { get }
    /// Called once at the end, when all is calm and everybody agrees.
    mutating func finish(_ world: inout MemberWorld<Self>)
}

/// What a member is to the others.
struct Standing {
    var isLeader: Bool
    var term: Term
    var configuration: Configuration
}

/// What came of a client's call.
enum Outcome {
    case answered(ModelAnswer)
    /// It certainly had no effect. The leader is somebody to ask instead.
    case refused(leader: Int?)
    /// It may have had an effect, or may have one later.
    case unknown
}

/// The world as a member sees it while it handles one event. What it does is collected and carried out after the event.
struct MemberWorld<M: SimulatedMember> {
    var dice: Dice
    var weather: Weather
    var checker: LogChecker
    var calls: CallTable
    var trace: Trace
    /// Microseconds since the start.
    var now: UInt64 = 0

    fileprivate(set) var packets: [(to: Int, packet: M.Packet)] = []
    fileprivate(set) var timers: [(delay: UInt64, timer: M.Timer)] = []
    fileprivate(set) var outcomes: [(call: Int, outcome: Outcome)] = []
    /// A leader counted an entry as committed, with one of these configurations.
    var commitment: (position: LogPosition, term: Term, configurations: [Configuration])?
    /// The member died in the middle of the event; what was collected before has left it.
    var hasCrashed = false

    mutating func send(_ packet: M.Packet, to member: Int) { packets.append((member, packet)) }
    mutating func wake(after delay: UInt64, _ timer: M.Timer) { timers.append((delay, timer)) }
    mutating func answer(_ call: Int, _ outcome: Outcome) { outcomes.append((call, outcome)) }

    /// How long a synchronization of the disk takes now, in microseconds.
    mutating func writeTime() -> UInt64 {
        let usual = dice.number(in: weather.minimumWrite...max(weather.minimumWrite, weather.maximumWrite))
        return UInt64(dice.happens(perMille: weather.slowWritesPerMille) ? usual * 50 : usual)
    }

    mutating func takePackets() -> [(to: Int, packet: M.Packet)] {
        defer { packets.removeAll(keepingCapacity: true) }
        return packets
    }
    mutating func takeTimers() -> [(delay: UInt64, timer: M.Timer)] {
        defer { timers.removeAll(keepingCapacity: true) }
        return timers
    }
    mutating func takeOutcomes() -> [(call: Int, outcome: Outcome)] {
        defer { outcomes.removeAll(keepingCapacity: true) }
        return outcomes
    }
}
