/// A moment in UTC, to the nanosecond, from the year 0 to 9999: what RFC 3339 can write. What lies outside is held to
/// these ends.
public struct Instant: Sendable, Hashable, Comparable {
    public let secondsSince1970: Int64
    /// Within the second, 0 to 999,999,999.
    public let nanosecond: Int32

    /// 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
    public static let bounds: ClosedRange<Int64> = -62_167_219_200...253_402_300_799
    public static let distantPast = Instant(secondsSince1970: .min)
    public static let distantFuture = Instant(secondsSince1970: .max, nanosecond: 999_999_999)

    public init(secondsSince1970: Int64, nanosecond: Int32 = 0) {
        self.secondsSince1970 = min(max(secondsSince1970, Self.bounds.lowerBound), Self.bounds.upperBound)
        self.nanosecond = min(max(nanosecond, 0), 999_999_999)
    }
    /// Nanoseconds since 1970, which reach from 1677 to 2262.
    public init(nanoseconds: Int64) {
        let seconds = nanoseconds.flooredQuotient(by: 1_000_000_000)
        self.init(secondsSince1970: seconds, nanosecond: Int32(nanoseconds &- seconds &* 1_000_000_000))
    }

    /// Nanoseconds since 1970, held to what fits in 64 bits.
    public var nanoseconds: Int64 {
        let (scaled, hasOverflowed) = secondsSince1970.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, alsoOverflowed) = scaled.addingReportingOverflow(Int64(nanosecond))
        return hasOverflowed || alsoOverflowed ? (secondsSince1970 < 0 ? .min : .max) : sum
    }
    /// Without the fraction of the second, as `rfc3339` shows it.
    public var wholeSecond: Instant { Instant(secondsSince1970: secondsSince1970) }

    public static func < (left: Instant, right: Instant) -> Bool {
        (left.secondsSince1970, left.nanosecond) < (right.secondsSince1970, right.nanosecond)
    }
    /// Held to the ends of the range.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (seconds, attoseconds) = duration.components
        let nanos = Int64(instant.nanosecond) + attoseconds / 1_000_000_000
        let carry: Int64 = nanos >= 1_000_000_000 ? 1 : nanos < 0 ? -1 : 0
        let (sum, hasOverflowed) = instant.secondsSince1970.addingReportingOverflow(seconds)
        let held = hasOverflowed ? (seconds < 0 ? bounds.lowerBound : bounds.upperBound) : sum
        return Instant(
            secondsSince1970: min(max(held, bounds.lowerBound), bounds.upperBound) + carry,
            nanosecond: Int32(nanos - carry * 1_000_000_000))
    }
    public static func - (instant: Instant, duration: Duration) -> Instant { instant + (.zero - duration) }
    /// How much later the left one is.
    public static func - (left: Instant, right: Instant) -> Duration {
        .seconds(left.secondsSince1970 - right.secondsSince1970)
            + .nanoseconds(Int64(left.nanosecond) - Int64(right.nanosecond))
    }
}

extension Instant: Codable {
    /// One whole number, the nanoseconds since 1970.
    public init(from decoder: any Decoder) throws {
        self.init(nanoseconds: try decoder.singleValueContainer().decode(Int64.self))
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}

extension Int64 {
    func flooredQuotient(by divisor: Int64) -> Int64 { self / divisor - (self % divisor < 0 ? 1 : 0) }
}
