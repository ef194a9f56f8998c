/// A point in wall-clock time, in nanoseconds since 1970-01-01 UTC.
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    public init(seconds: Int64) {
        self.nanoseconds = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue
    }

    public static let distantFuture = Instant(nanoseconds: .max)

    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
    /// Saturates at the ends of the range.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, hasOverflowed) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Instant(nanoseconds: hasOverflowed ? (duration < .zero ? .min : .max) : sum)
    }
    public static func - (instant: Instant, duration: Duration) -> Instant {
        let (difference, hasOverflowed) = instant.nanoseconds.subtractingReportingOverflow(duration.wholeNanoseconds)
        return Instant(nanoseconds: hasOverflowed ? (duration < .zero ? .max : .min) : difference)
    }
    public static func - (left: Instant, right: Instant) -> Duration {
        let (difference, hasOverflowed) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return .nanoseconds(hasOverflowed ? (left < right ? .min : .max) : difference)
    }
}

extension Duration {
    /// In nanoseconds, held to what fits in 64 bits.
    var wholeNanoseconds: Int64 {
        let parts = components
        let (seconds, hasOverflowed) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if hasOverflowed { return parts.seconds < 0 ? .min : .max }
        let (sum, alsoOverflowed) = seconds.addingReportingOverflow(parts.attoseconds / 1_000_000_000)
        return alsoOverflowed ? (seconds < 0 ? .min : .max) : sum
    }
}

// MARK: - As Kubernetes writes time

extension Instant {
    /// RFC 3339 in UTC with whole seconds, as metav1.Time: "2026-01-02T03:04:05Z".
    public var rfc3339: String { "\(dateAndTime)Z" }
    /// RFC 3339 in UTC with microseconds, as metav1.MicroTime: "2026-01-02T03:04:05.000006Z".
    public var rfc3339Micro: String {
        let micros = remainder / 1_000
        let digits = String(micros)
        return "\(dateAndTime).\(String(repeating: "0", count: 6 - digits.count))\(digits)Z"
    }

    /// Reads RFC 3339 with an optional fraction and a zone of Z or ±hh:mm; nil for anything else.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int64? {
            guard from + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[from..<from + count] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            var scale: Int64 = 100_000_000
            let start = index
            while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
                fraction += Int64(bytes[index] - 0x30) * scale
                scale /= 10
                index += 1
            }
            if index == start { return nil }
        }
        guard index < bytes.count else { return nil }
        var offset: Int64 = 0
        switch bytes[index] {
        case UInt8(ascii: "Z"): guard index + 1 == bytes.count else { return nil }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard index + 6 == bytes.count, bytes[index + 3] == UInt8(ascii: ":"), let hours = number(index + 1, 2),
                let minutes = number(index + 4, 2)
            else { return nil }
            offset = (hours * 60 + minutes) * 60 * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
        default: return nil
        }
        let days = Instant.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        // 64 bits of nanoseconds reach from 1678 to 2262; what lies outside is held to the ends.
        let (scaled, hasOverflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, alsoOverflowed) = scaled.addingReportingOverflow(fraction)
        self.init(nanoseconds: hasOverflowed || alsoOverflowed ? (seconds < 0 ? .min : .max) : sum)
    }

    /// Nanoseconds past the whole second, 0 ..< 1,000,000,000.
    private var remainder: Int64 {
        let rest = nanoseconds % 1_000_000_000
        return rest < 0 ? rest + 1_000_000_000 : rest
    }
    private var dateAndTime: String {
        let seconds = nanoseconds / 1_000_000_000 - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0)
        var days = seconds / 86_400
        var time = seconds % 86_400
        if time < 0 {
            time += 86_400
            days -= 1
        }
        let (year, month, day) = Instant.date(days: days)
        func pad(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let padded = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
        return
            "\(padded)-\(pad(month))-\(pad(day))T\(pad(time / 3_600)):\(pad(time / 60 % 60)):\(pad(time % 60))"
    }
    /// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that leap days come last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }
}
