import Basics

/// Questions that tests ask of chance.
extension SplitMix64 {
    /// 0 up to but without `limit`.
    public mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<max(1, limit), using: &self) }
    /// True in so many of a hundred cases.
    public mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    public mutating func pick<Element>(_ list: [Element]) -> Element? { list.randomElement(using: &self) }
}
