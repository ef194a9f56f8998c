/// All that a run is made of besides the code under test: rolled from a seed, and then a value that can be printed,
/// changed and made smaller.
public struct Plan: Sendable, Equatable {
    public var seed: UInt64
    /// Members at the start; more may join.
    public var memberCount: Int
    public var clientCount: Int
    /// How long things go wrong, in microseconds.
    public var duration: UInt64
    /// Events after which things stop going wrong, if the time is not over before.
    public var eventLimit: Int
    /// What clients do between two calls, on average, in microseconds.
    public var thinkTime: Int
    /// How long clients wait for an answer, in microseconds.
    public var patience: UInt64
    public var weather: Weather
    public var mishaps: [Mishap]
    /// Rolls what the code under test can be set to; see each level.
    public var settingsSeed: UInt64

    /// Members that may ever be in the cluster.
    public static let memberLimit = 9

    public init(seed: UInt64, memberCount: Int? = nil, eventLimit: Int = 6_000) {
        var dice = Dice(seed: seed)
        self.seed = seed
        self.eventLimit = eventLimit
        let rolledCount = dice.happens(perMille: 650) ? 3 : 5
        self.memberCount = memberCount ?? rolledCount
        clientCount = dice.number(in: 2...8)
        patience = dice.pick([80_000, 300_000, 900_000]) ?? 300_000
        duration = UInt64(dice.number(in: 1_500...3_500)) * 1_000
        thinkTime = dice.pick([5_000, 20_000, 60_000]) ?? 20_000
        weather = Weather.rolled(&dice)
        settingsSeed = dice.next()
        mishaps = Mishap.rolled(&dice, weather: weather, duration: duration)
    }
}

/// Something that goes wrong, or that an operator does, at a moment. What exactly it is, is rolled when it happens,
/// from dice of its own, so that leaving out others does not change it.
public struct Mishap: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        case crash, partition, pause, fullDisk, changeMembership, transferLeadership
    }
    /// Microseconds from the start.
    public var time: UInt64
    public var kind: Kind
    /// How long it stays so, in microseconds.
    public var duration: UInt64
    public var dice: UInt64

    public var description: String { "\(kind.rawValue) at \(time / 1_000) ms for \(duration / 1_000) ms" }

    static func rolled(_ dice: inout Dice, weather: Weather, duration: UInt64) -> [Mishap] {
        // Many mishaps are over before anybody has noticed.
        let intervals: [(Kind, Int)] = [
            (.crash, weather.crashInterval), (.partition, weather.partitionInterval), (.pause, weather.pauseInterval),
            (.fullDisk, weather.fullDiskInterval), (.changeMembership, weather.membershipInterval),
            (.transferLeadership, weather.transferInterval),
        ]
        var mishaps: [Mishap] = []
        for (kind, interval) in intervals where interval > 0 {
            var time = UInt64(dice.below(2 * interval))
            while time < duration {
                let longest = dice.happens(perMille: 300) ? 10_000 : 2 * weather.mishapDuration
                mishaps.append(
                    Mishap(time: time, kind: kind, duration: UInt64(1 + dice.below(longest)), dice: dice.next()))
                time += UInt64(1 + dice.below(2 * interval))
            }
        }
        return mishaps.sorted { ($0.time, $0.dice) < ($1.time, $1.dice) }
    }
}
