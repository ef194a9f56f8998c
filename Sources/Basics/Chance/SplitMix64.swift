/// A generator of numbers that look random (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators",
/// 2014): a seed gives the same numbers in every run and on every machine. Not for what nobody may guess.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    @usableFromInline var word: UInt64
    /// What the next numbers follow from; a generator with this seed goes on with them.
    public var state: UInt64 { word }

    public init(seed: UInt64) { word = seed }
    /// Seeded by the system, for spreading what nobody needs to see again.
    public init() { word = UInt64.random(in: .min ... .max) }

    @inlinable
    public mutating func next() -> UInt64 {
        word &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(word)
    }

    /// The finalizer: each bit of the word moves about half of the result's.
    @inlinable
    public static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
