import Basics

/// Where all chance of a simulation comes from: a generator of which parts can be split off, so that what one part of
/// the world rolls does not move what another rolls.
public struct Dice: RandomNumberGenerator, Sendable {
    private var generator: SplitMix64

    public init(seed: UInt64) { generator = SplitMix64(seed: SplitMix64.mixed(seed &+ 0x6A09_E667_F3BC_C909)) }

    public mutating func next() -> UInt64 { generator.next() }

    /// Another generator, whose numbers have nothing to do with this one's; the same for the same label.
    public func split(_ label: UInt64) -> Dice {
        Dice(seed: SplitMix64.mixed(generator.state ^ SplitMix64.mixed(label &+ 0xBB67_AE85_84CA_A73B)))
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
}
