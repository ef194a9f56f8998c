import Basics

/// Numbers that follow from a seed and from whom and what they are for alone, so that they are the same in every run.
struct Chance: Sendable, Equatable {
    private let word: UInt64

    init(seed: UInt64, of name: String) {
        word = FNV1a.hash64(name.utf8, from: SplitMix64.mixed(seed &+ 0x9E37_79B9_7F4A_7C15))
    }

    /// The number for the `count`th time of something.
    func number(_ what: String, _ count: Int = 0) -> UInt64 {
        SplitMix64.mixed(FNV1a.hash64(what.utf8, from: word) &+ UInt64(truncatingIfNeeded: count))
    }
}
