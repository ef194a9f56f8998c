/// A moment in UTC as Kubernetes writes it (RFC 3339), from the year 0 to 9999. Now is handed in, never asked for.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let secondsSince1970: Int64
    /// 0 to 999,999,999.
    public let nanoseconds: Int32

    /// The moments that have a text, 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z; others are held to these bounds.
    public static let bounds: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    public init(secondsSince1970: Int64, nanoseconds: Int32 = 0) {
        self.secondsSince1970 = min(max(secondsSince1970, Self.bounds.lowerBound), Self.bounds.upperBound)
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    /// Reads RFC 3339's date-time: `2026-01-02T03:04:05Z`, with any fraction of a second, and with an offset such as `+01:00`.
    public init?(_ text: String) {
        var reader = TimestampReader(text)
        guard let read = reader.read() else { return nil }
        self = read
    }
    public init?(_ json: JSON?) {
        guard let text = json?.string else { return nil }
        self.init(text)
    }

    /// To the second, as metav1.Time: `2026-01-02T03:04:05Z`.
    public var text: String { written(fraction: nil) }
    /// To the microsecond, as metav1.MicroTime: `2026-01-02T03:04:05.000006Z`.
    public var microText: String { written(fraction: Int(nanoseconds / 1000)) }
    public var description: String { text }
    public var json: JSON { JSON(text) }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.secondsSince1970, left.nanoseconds) < (right.secondsSince1970, right.nanoseconds)
    }

    /// Without the fraction of the second, as `text` shows it.
    public var wholeSecond: Timestamp { Timestamp(secondsSince1970: secondsSince1970) }

    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (seconds, attoseconds) = right.components
        let nanos = Int64(left.nanoseconds) + attoseconds / 1_000_000_000
        let carry = nanos >= 1_000_000_000 ? 1 : nanos < 0 ? -1 : 0
        let sum = left.secondsSince1970.addingReportingOverflow(seconds)
        let held = sum.overflow ? (seconds < 0 ? bounds.lowerBound : bounds.upperBound) : sum.partialValue
        return Timestamp(
            secondsSince1970: held.clamped(to: bounds) + Int64(carry),
            nanoseconds: Int32(nanos - Int64(carry) * 1_000_000_000))
    }
    public static func - (left: Timestamp, right: Duration) -> Timestamp { left + (.zero - right) }
    /// How much later the left one is.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .seconds(left.secondsSince1970 - right.secondsSince1970)
            + .nanoseconds(Int64(left.nanoseconds) - Int64(right.nanoseconds))
    }

    private func written(fraction: Int?) -> String {
        let days = secondsSince1970.flooredQuotient(by: 86_400)
        let second = Int(secondsSince1970 - days * 86_400)
        let date = CalendarDay(daysSince1970: Int(days))
        return String(unsafeUninitializedCapacity: 27) { output in
            var count = 0
            func put(_ value: Int, digits: Int, then mark: UInt8) {
                var power = 1
                for _ in 1..<digits { power *= 10 }
                while power > 0 {
                    output[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / power % 10)
                    count += 1
                    power /= 10
                }
                output[count] = mark
                count += 1
            }
            put(date.year, digits: 4, then: UInt8(ascii: "-"))
            put(date.month, digits: 2, then: UInt8(ascii: "-"))
            put(date.day, digits: 2, then: UInt8(ascii: "T"))
            put(second / 3600, digits: 2, then: UInt8(ascii: ":"))
            put(second / 60 % 60, digits: 2, then: UInt8(ascii: ":"))
            put(second % 60, digits: 2, then: fraction == nil ? UInt8(ascii: "Z") : UInt8(ascii: "."))
            if let fraction { put(fraction, digits: 6, then: UInt8(ascii: "Z")) }
            return count
        }
    }
}

extension Int64 {
    func flooredQuotient(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
    fileprivate func clamped(to range: ClosedRange<Int64>) -> Int64 {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
