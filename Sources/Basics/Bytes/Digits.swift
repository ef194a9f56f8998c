extension BinaryInteger {
    /// The number with zeros in front where it has fewer than `count` digits, so that texts sort as numbers do;
    /// one with more is written whole. For numbers from 0 on.
    public func digits(_ count: Int, radix: Int = 10, uppercase: Bool = false) -> String {
        let text = String(self, radix: radix, uppercase: uppercase)
        return text.utf8.count < count ? String(repeating: "0", count: count - text.utf8.count) + text : text
    }
}
