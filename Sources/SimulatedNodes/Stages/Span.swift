/// A length of time with chance in it: evenly anywhere between two ends.
public struct Span: Sendable, Equatable {
    public var least: Duration
    public var most: Duration

    public static let none = Span(.zero)

    public init(_ duration: Duration) {
        least = duration
        most = duration
    }
    public init(from least: Duration, to most: Duration) {
        self.least = least
        self.most = max(least, most)
    }

    public var isNone: Bool { most == .zero }

    /// The length that a number of any size stands for.
    func length(_ chance: UInt64) -> Duration {
        guard least < most else { return least }
        let width = most - least
        let milliseconds =
            UInt64(clamping: width.components.seconds) * 1_000
            + UInt64(clamping: width.components.attoseconds / 1_000_000_000_000_000)
        return least + .milliseconds(Int64(clamping: chance % (milliseconds + 1)))
    }
}
