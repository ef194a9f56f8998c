/// Where all chance of a simulation comes from: a small generator (SplitMix64; Steele, Lea and Flood, "Fast Splittable
/// Pseudorandom Number Generators", 2014) of which parts can be split off, so that what one part of the world rolls
/// does not move what another rolls.
public struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = Self.mixed(seed &+ 0x6A09_E667_F3BC_C909) }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// Another generator, whose numbers have nothing to do with this one's; the same for the same label.
    public func split(_ label: UInt64) -> Dice {
        Dice(seed: Self.mixed(state ^ Self.mixed(label &+ 0xBB67_AE85_84CA_A73B)))
    }

    /// A number from 0 up to but without `bound`, which is at least 1.
    public mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(max(1, bound))).high)
    }

    public mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True in so many of a thousand cases.
    public mutating func happens(perMille chance: Int) -> Bool { chance > 0 && below(1_000) < chance }

    /// One of them; nil if there is none.
    public mutating func pick<T>(_ choices: some RandomAccessCollection<T>) -> T? {
        if choices.isEmpty { return nil }
        return choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// So many of them, in their order.
    public mutating func sample<T>(_ count: Int, of choices: [T]) -> [T] {
        var left = max(0, min(count, choices.count))
        var result: [T] = []
        for (place, choice) in choices.enumerated() where left > 0 {
            if below(choices.count - place) < left {
                result.append(choice)
                left -= 1
            }
        }
        return result
    }

    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
