/// How bad a simulated world is: chances of a thousand, and times in microseconds. A run rolls its own weather from its
/// seed, so that some seeds are calm and others stormy in one way or another.
public struct Weather: Sendable, Equatable {
    // Network: for each message.
    public var lossPerMille = 0
    public var duplicatePerMille = 0
    /// Messages that take ten times as long as others, and so arrive after later ones.
    public var stragglersPerMille = 0
    public var minimumDelay = 200
    public var maximumDelay = 2_000

    // Disk.
    public var minimumWrite = 50
    public var maximumWrite = 2_000
    /// Synchronizations that take fifty times as long.
    public var slowWritesPerMille = 0
    /// Changes of the disk in the middle of which the member dies.
    public var crashPerMille = 0
    /// Members that die when they have just voted: the moment at which forgetting is worst.
    public var crashAfterVotePerMille = 0

    // Mishaps: how often (mean time between them, 0: never).
    public var crashInterval = 0
    public var partitionInterval = 0
    public var pauseInterval = 0
    public var fullDiskInterval = 0
    public var membershipInterval = 0
    public var transferInterval = 0
    /// How long what went wrong stays so, on average.
    public var mishapDuration = 400_000

    /// Nothing goes wrong.
    public static let calm = Weather()

    /// Everything about weather, with names for people. (What plans already hold is not here: how often mishaps come.)
    static let names: [(String, WritableKeyPath<Weather, Int> & Sendable)] = [
        ("loss", \.lossPerMille), ("duplicates", \.duplicatePerMille), ("stragglers", \.stragglersPerMille),
        ("delay", \.maximumDelay), ("write time", \.maximumWrite), ("slow writes", \.slowWritesPerMille),
        ("crashes", \.crashPerMille), ("crashes after votes", \.crashAfterVotePerMille),
    ]
    static var parts: [WritableKeyPath<Weather, Int> & Sendable] { names.map(\.1) }

    /// The weather of a seed: each kind of mishap is there in some seeds and not in others, since what happens
    /// always hides what happens without it.
    public static func rolled(_ dice: inout Dice) -> Weather {
        var weather = Weather()
        if dice.happens(perMille: 500) { weather.lossPerMille = dice.pick([2, 20, 100, 250]) ?? 0 }
        if dice.happens(perMille: 400) { weather.duplicatePerMille = dice.pick([5, 50, 200]) ?? 0 }
        if dice.happens(perMille: 500) { weather.stragglersPerMille = dice.pick([5, 50, 200]) ?? 0 }
        if dice.happens(perMille: 300) { weather.maximumDelay = dice.pick([500, 10_000, 40_000]) ?? 2_000 }
        if dice.happens(perMille: 300) { weather.maximumWrite = dice.pick([100, 10_000, 30_000]) ?? 2_000 }
        if dice.happens(perMille: 300) { weather.slowWritesPerMille = dice.pick([5, 50]) ?? 0 }
        if dice.happens(perMille: 400) { weather.crashPerMille = dice.pick([1, 5, 20]) ?? 0 }
        if dice.happens(perMille: 200) { weather.crashAfterVotePerMille = 250 }
        weather.mishapDuration = dice.pick([100_000, 400_000, 1_500_000]) ?? 400_000
        if dice.happens(perMille: 500) { weather.crashInterval = dice.pick([150_000, 800_000]) ?? 0 }
        if dice.happens(perMille: 600) { weather.partitionInterval = dice.pick([100_000, 400_000, 2_000_000]) ?? 0 }
        if dice.happens(perMille: 300) { weather.pauseInterval = dice.pick([700_000, 2_500_000]) ?? 0 }
        if dice.happens(perMille: 150) { weather.fullDiskInterval = 2_000_000 }
        if dice.happens(perMille: 400) { weather.membershipInterval = dice.pick([80_000, 500_000]) ?? 0 }
        if dice.happens(perMille: 400) { weather.transferInterval = dice.pick([100_000, 1_000_000]) ?? 0 }
        return weather
    }
}
