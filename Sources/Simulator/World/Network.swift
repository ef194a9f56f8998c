/// The wires between members, each direction apart: what they carry may be lost, late, overtaken, or arrive twice, and
/// they may be cut.
struct Network {
    private var dice: Dice
    var weather: Weather
    /// Whether what goes one way arrives in order and once, as in a connection.
    let keepsOrder: Bool
    /// When the last message of each way arrives; `from * 64 + to`.
    private var arrivals: [Int: UInt64] = [:]
    /// Directed pairs that carry nothing; `from * 64 + to`.
    private var cut: Set<Int> = []

    init(_ dice: Dice, weather: Weather, keepsOrder: Bool) {
        self.keepsOrder = keepsOrder
        self.dice = dice
        self.weather = weather
    }

    /// When copies of a message arrive, as delays from now; none if it is lost.
    mutating func delays(from: Int, to: Int, now: UInt64) -> [UInt64] {
        if cut.contains(from * 64 + to) || dice.happens(perMille: weather.lossPerMille) { return [] }
        if keepsOrder {
            let arrival = max(now + delay(), arrivals[from * 64 + to, default: 0])
            arrivals[from * 64 + to] = arrival
            return [arrival - now]
        }
        var delays = [delay()]
        if dice.happens(perMille: weather.duplicatePerMille) { delays.append(delay()) }
        return delays
    }

    private mutating func delay() -> UInt64 {
        let usual = dice.number(in: weather.minimumDelay...max(weather.minimumDelay, weather.maximumDelay))
        return UInt64(dice.happens(perMille: weather.stragglersPerMille) ? usual * 10 : usual)
    }

    func isCut(from: Int, to: Int) -> Bool { cut.contains(from * 64 + to) }

    mutating func apply(_ partition: Partition) {
        for (from, to) in partition.pairs { cut.insert(from * 64 + to) }
    }

    mutating func heal() { cut.removeAll() }
}

/// Which directions a partition cuts.
struct Partition: Equatable, CustomStringConvertible {
    var pairs: [(from: Int, to: Int)]
    var description: String

    static func == (left: Self, right: Self) -> Bool { left.description == right.description }

    /// Both directions between one group and the rest.
    static func symmetric(_ group: [Int], of members: [Int]) -> Partition {
        let rest = members.filter { !group.contains($0) }
        return Partition(
            pairs: group.flatMap { one in rest.flatMap { [(one, $0), ($0, one)] } },
            description: "partition \(group) | \(rest)")
    }

    /// Only what goes from one group to the rest.
    static func asymmetric(_ group: [Int], of members: [Int]) -> Partition {
        let rest = members.filter { !group.contains($0) }
        return Partition(
            pairs: group.flatMap { one in rest.map { (one, $0) } }, description: "\(group) cannot reach \(rest)")
    }

    /// Both directions of one wire; everybody still reaches everybody by a third member.
    static func link(_ one: Int, _ other: Int) -> Partition {
        Partition(pairs: [(one, other), (other, one)], description: "no wire between \(one) and \(other)")
    }

    /// Some partition of these members.
    static func rolled(_ dice: inout Dice, of members: [Int], leader: Int?) -> Partition {
        let group = dice.sample(dice.number(in: 1...max(1, members.count - 1)), of: members)
        switch dice.below(7) {
        case 0, 1: return .symmetric(group, of: members)
        case 2: return .asymmetric(group, of: members)
        case 3: return .symmetric(leader.map { [$0] } ?? group, of: members)
        case 4:
            // The leader with a minority: what it is asked for comes into logs that nobody may count.
            let others = dice.sample((members.count - 1) / 2 - dice.below(2), of: members.filter { $0 != leader })
            return .symmetric((leader.map { [$0] } ?? []) + others, of: members)
        case 5: return .symmetric(dice.sample(1, of: members), of: members)
        default:
            let pair = dice.sample(2, of: members)
            return pair.count == 2 ? .link(pair[0], pair[1]) : .symmetric(group, of: members)
        }
    }
}
