extension Instant: CustomStringConvertible {
    /// Reads RFC 3339's date-time: `2026-01-02T03:04:05Z`, with any fraction of a second (digits beyond nanoseconds are
    /// passed over) and with an offset such as `+01:00`; nil for anything else.
    public init?(rfc3339 text: String) {
        var reader = InstantReader(text)
        guard let read = reader.read() else { return nil }
        self = read
    }

    /// To the second, as metav1.Time: `2026-01-02T03:04:05Z`.
    public var rfc3339: String { written(fraction: 0, digits: 0) }
    /// To the microsecond, as metav1.MicroTime: `2026-01-02T03:04:05.000006Z`.
    public var rfc3339Micro: String { written(fraction: Int(nanosecond / 1_000), digits: 6) }
    /// To the nanosecond, as in a container's log: `2026-01-02T03:04:05.000006007Z`.
    public var rfc3339Nano: String { written(fraction: Int(nanosecond), digits: 9) }
    public var description: String { rfc3339 }

    /// As in the `Date` header (RFC 9110, section 5.6.7): `Fri, 02 Jan 2026 03:04:05 GMT`.
    public var httpDate: String {
        let (day, second) = dayAndSecond
        let date = CalendarDay(daysSince1970: day)
        return "\(date.weekdayName), \(date.day.digits(2)) \(date.monthName) \(date.year.digits(4)) "
            + "\(Self.timeOfDay(second)) GMT"
    }
    /// As in access logs (NCSA): `02/Jan/2026:03:04:05 +0000`.
    public var accessLogTime: String {
        let (day, second) = dayAndSecond
        let date = CalendarDay(daysSince1970: day)
        return "\(date.day.digits(2))/\(date.monthName)/\(date.year.digits(4)):\(Self.timeOfDay(second)) +0000"
    }

    /// The day since 1970, and the second of that day.
    private var dayAndSecond: (day: Int, second: Int) {
        let day = secondsSince1970.flooredQuotient(by: 86_400)
        return (Int(day), Int(secondsSince1970 - day * 86_400))
    }
    private static func timeOfDay(_ second: Int) -> String {
        "\((second / 3600).digits(2)):\((second / 60 % 60).digits(2)):\((second % 60).digits(2))"
    }

    private func written(fraction: Int, digits: Int) -> String {
        let (day, second) = dayAndSecond
        let date = CalendarDay(daysSince1970: day)
        return String(unsafeUninitializedCapacity: 30) { output in
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
            put(second % 60, digits: 2, then: digits == 0 ? UInt8(ascii: "Z") : UInt8(ascii: "."))
            if digits > 0 { put(fraction, digits: digits, then: UInt8(ascii: "Z")) }
            return count
        }
    }
}
